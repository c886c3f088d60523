package staff_test

import (
	"bytes"
	"crypto/sha256"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// residents gives two bookings of one resident under two numbers: of two programmes.
func residents(t *testing.T, w *world) (old, now clinic.Booking) {
	t.Helper()
	a, b := bookingtest.Ask(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 7), bookingtest.Ask(w.SlotOn(bookingtest.SiteC, bookingtest.FluVac, bookingtest.Day), 7)
	a.Person.ID, b.Person.ID = bookingtest.Resident(7)
	return must2(w.Book(t.Context(), a)), must2(w.Book(t.Context(), b))
}

func TestTheBureauJoinsAResidentsNumbers(t *testing.T) {
	w := open(t, options{})
	old, now := residents(t, w)
	p := w.as("bureau")
	p.get("/staff/numbers").wants(t, 200, "兩個居留證號碼是同一個人嗎？", "2 個英文字母加 8 個數字", "合併成同一個人", "-都在手上")
	typed := []string{"old", strings.ToLower(old.Person.ID.Reveal()), "new", now.Person.ID.Reveal()}
	p.post("/staff/numbers", append(typed, "do", "split")...).wants(t, 422, "沒有合併過")
	p.post("/staff/numbers", append(typed, "do", "join")...).wants(t, 200, "共有 2 筆預約", "-"+now.Person.ID.Reveal())
	if list, err := w.LookUp(t.Context(), now.Person.ID, now.Person.Birth); err != nil || len(list) != 2 {
		t.Errorf("%d found, %v", len(list), err)
	}
	p.post("/staff/numbers", append(typed, "do", "split")...).wants(t, 200, "兩個號碼已分開")
	p.post("/staff/numbers", append(typed, "do", "guess")...).wants(t, 400)
	for _, name := range []string{"xitun", "site-a", "root"} {
		w.as(name).post("/staff/numbers", append(typed, "do", "join")...).wants(t, 403)
	}
	trail := strings.Join(w.actions(), "\n")
	if !strings.Contains(trail, "bureau join_numbers ") || !strings.Contains(trail, "bureau split_numbers ") || strings.Contains(trail+w.log.String(), now.Person.ID.Reveal()) {
		t.Error(trail)
	}
}

func TestNumbersThatCanNotBeJoinedSayWhy(t *testing.T) {
	w := open(t, options{})
	old, now := residents(t, w)
	p := w.as("bureau")
	join := func(old, now string, more ...string) answer {
		return p.post("/staff/numbers", append([]string{"do", "join", "old", old, "new", now}, more...)...)
	}
	a, b := old.Person.ID.Reveal(), now.Person.ID.Reveal()
	join("A123456789", b).wants(t, 422, "有 1 個地方需要修正", "這不是舊式居留證號碼", `value="A123456789"`, `value="`+b+`"`)
	join(a, a).wants(t, 422, "這不是新式居留證號碼")
	join("<img>", "").wants(t, 422, "-<img>", "&lt;img&gt;")
	woman := "A900207177"
	join(a, woman).wants(t, 422, "可能不是同一個人", "兩張證件都在手上")
	join(a, woman, "seen", "1").wants(t, 200, "已合併成同一個人")
	join(a, b).wants(t, 422, "已和別的號碼合併")
	p.post("/staff/numbers", "do", "split", "old", a, "new", woman).wants(t, 200, "已分開")
	flu := bookingtest.Ask(w.SlotOn(bookingtest.SiteB, bookingtest.FluVac, bookingtest.Day), 7)
	flu.Person.ID = old.Person.ID
	must(t, second(w.Book(t.Context(), flu)))
	join(a, b).wants(t, 422, "兩個號碼都預約了流感疫苗", "先取消另一筆")
}

func second[T any](_ T, err error) error { return err }

// send sends events as a new device of a clinic would.
func (w *world) send(t *testing.T, site string, ops ...syncproto.Op) []syncproto.Verdict {
	t.Helper()
	return must2(w.Receive(t.Context(), batchOf(w, site, ops...))).Verdicts
}

// batchOf is what a new device of a clinic says first.
func batchOf(w *world, site string, ops ...syncproto.Op) booking.Batch {
	b := booking.Batch{Site: site, Device: bookingtest.NewID(), Epoch: 1, Previous: make([]byte, 32)}
	before := b.Previous
	for i, op := range ops {
		op.Seq, op.At = uint64(i+1), w.Now().UnixMilli()
		sum := sha256.Sum256(append(bytes.Clone(before), byte(i)))
		before = sum[:]
		b.Ops, b.Hashes = append(b.Ops, op), append(b.Hashes, before)
	}
	return b
}

func walkIn(slot clinic.Slot, n int) syncproto.Op {
	p := bookingtest.Person(n)
	return syncproto.Op{Kind: clinic.WalkInRegistered, Booking: bookingtest.NewID(), Ticket: "A00" + strconv.Itoa(n%10), Staff: "kiosk", WalkIn: &syncproto.WalkIn{
		IDNumber: p.ID.Reveal(), Name: p.Name.Reveal(), Birth: syncproto.DayOf(p.Birth.Reveal()), Slot: slot.ID, Dose: bookingtest.Ask(slot, n).Dose,
	}}
}

var admitForm = regexp.MustCompile(`action="(/staff/review/[^"]+/admit)"`)

func TestASupervisorAdmitsAWalkInThatWasTooMuch(t *testing.T) {
	w := open(t, options{})
	slot := w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	for n := range slot.Capacity {
		w.MustBook(slot, n)
	}
	w.Set(bookingtest.Day.At(9 * 60))
	v := w.send(t, bookingtest.SiteA, walkIn(slot, 101), syncproto.Op{Kind: clinic.CheckedIn, Booking: bookingtest.NewID(), Ticket: "A009"})
	if v[0].Code != booking.CodeOverCap || v[1].Code != booking.CodeOrphan {
		t.Fatal(v)
	}
	w.send(t, bookingtest.SiteC, syncproto.Op{Kind: clinic.CheckedIn, Booking: bookingtest.NewID()})
	full := bookingtest.Person(101).Name.Reveal()
	p := w.as("xitun")
	a := p.get("/staff/review")
	a.wants(t, 200, "待處理事件", "還沒生效 2", "已生效，請留意 0", "現場登記", "現場人數超過上限", "11/23（一）09:00–12:00", bookingtest.Person(101).Name.String(), "-"+full, "這裡還沒有這筆預約", "-豐原")
	form := admitForm.FindStringSubmatch(a.body)
	if form == nil || strings.Count(a.body, "/admit\"") != 1 {
		t.Fatalf("no way to admit: %s", a.body)
	}
	w.as("site-a").get("/staff/review").wants(t, 200, "現場人數超過上限", "-/admit\"")
	w.as("site-a").post(form[1]).wants(t, 403)
	w.as("root").get("/staff/review").wants(t, 403)
	p.post(form[1]).wants(t, 200, "已補收"+bookingtest.Person(101).Name.String(), "還沒生效 1", "已生效，請留意 1")
	p.post(form[1]).wants(t, 404)
	p.post("/staff/review/x/1/1/admit").wants(t, 404)
	a = p.get("/staff/review?show=flagged&site=" + bookingtest.SiteA)
	a.wants(t, 200, "現場人數超過量能", "查看預約", "安心診所")
	link := regexp.MustCompile(`href="(/staff/bookings/[0-9a-f-]{36})"`).FindStringSubmatch(a.body)
	p.get(link[1]).wants(t, 200, full, "已報到")
	p.get("/staff/review?site="+bookingtest.SiteC).wants(t, 404)
	w.as("bureau").get("/staff/review").wants(t, 200, "還沒生效 2", "豐原區衛生所")
	if s, _ := w.Slot(slot.ID); s.Taken != slot.Capacity+1 {
		t.Errorf("%d are taken", s.Taken)
	}
}

func TestEveryKindOfEventHasItsWord(t *testing.T) {
	for kind := clinic.CheckedIn; kind <= clinic.LastKind+1; kind++ { // and those of later versions
		if key := "staff.event." + strconv.Itoa(int(kind)); !i18n.Has("zh-TW", key) {
			t.Errorf("%s has no word", key)
		}
	}
	if i18n.Has("zh-TW", "staff.event."+strconv.Itoa(int(clinic.LastKind+2))) {
		t.Error("a kind has a word that is not there")
	}
}

// TestEveryVerdictHasItsWords reads the codes from where they are defined.
func TestEveryVerdictHasItsWords(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../booking/receive.go", nil, 0)
	must(t, err)
	quiet := map[string]bool{booking.CodeArrivedAlready: true, booking.CodeSameDose: true, booking.CodeDismissed: true, booking.CodeTakenBack: true} // not in review
	seen := 0
	ast.Inspect(file, func(n ast.Node) bool {
		c, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(c.Names[0].Name, "Code") {
			return true
		}
		code, err := strconv.Unquote(c.Values[0].(*ast.BasicLit).Value)
		must(t, err)
		for _, key := range []string{"", ".next"} {
			if key = "staff.review." + strings.ToLower(code) + key; !quiet[code] && !i18n.Has("zh-TW", key) {
				t.Errorf("%s has no words", key)
			}
		}
		command := code == booking.CodeStale || code == booking.CodePartly // the desk shows these with what it asked for
		for _, locale := range []string{"zh-TW", "en"} {
			if key := "doubt." + strings.ToLower(code); !quiet[code] && !command && !i18n.Has(locale, key) {
				t.Errorf("%s: the desk has no words for %s", locale, key)
			}
		}
		seen++
		return true
	})
	if seen < 15 {
		t.Errorf("%d codes", seen)
	}
}

func TestAPersonWhoCallsGetsAnotherTime(t *testing.T) {
	w := open(t, options{})
	b := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(1)), 1)
	path := "/staff/bookings/" + b.ID.String() + "/move"
	near, far := w.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day.AddDays(3)), w.SlotOn(bookingtest.SiteC, bookingtest.XBB, bookingtest.Day.AddDays(3))
	p, c := w.as("xitun"), w.as("site-a")
	p.get("/staff/bookings/"+b.ID.String()).wants(t, 200, "改時間")
	p.get(path).wants(t, 200, "要改到哪個時段？", "安心診所還有名額的時段", "11/26（四）", "09:00–12:00，剩 20", "-"+b.ID.String()+`">09`, "-"+b.Person.Name.Reveal())
	p.get(path+"?site=平安診所").wants(t, 200, "平安診所還有名額的時段", near.ID.String())
	p.get(path+"?site="+bookingtest.SiteC).wants(t, 200, "您的轄區沒有這個接種站", "-還有名額的時段")
	c.get(path).wants(t, 200, "-"+bookingtest.SiteB)
	c.post(path, "slot", near.ID.String()).wants(t, 403, "不在您的轄區")
	p.post(path, "slot", far.ID.String()).wants(t, 403, "不在您的轄區")
	w.as("root").post(path, "slot", near.ID.String()).wants(t, 403)
	p.post(path, "slot", "x").wants(t, 400)
	p.post(path, "slot", near.ID.String()).wants(t, 200, "已改到 11/26（四）09:00–12:00，平安診所")
	if now := must2(w.Booking(t.Context(), b.ID)); now.Slot.ID != near.ID {
		t.Errorf("it is at %s", now.Slot.Site)
	}
	c.get(path).wants(t, 404) // it left
	for n := range 20 {
		w.MustBook(w.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day.AddDays(4)), 10+n)
	}
	full := w.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day.AddDays(4))
	p.get(path).wants(t, 200, "-"+full.ID.String())
	p.post(path, "slot", full.ID.String()).wants(t, 409, "剛額滿", "還有名額的時段")
	p.post("/staff/bookings/" + b.ID.String() + "/cancel")
	p.get(path).wants(t, 200, "不能改時間", "-還有名額的時段")
	p.post(path, "slot", near.ID.String()).wants(t, 409, "已取消")
	if !w.noted("xitun move " + b.ID.String()) {
		t.Error(w.actions())
	}
}

func TestADayIsClosedFromItsList(t *testing.T) {
	w := open(t, options{})
	day := bookingtest.Day
	b := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, day), 1)
	far := w.MustBook(w.SlotOn(bookingtest.SiteC, bookingtest.XBB, day), 2)
	list := "/staff/bookings?date=" + day.String()
	w.as("site-a").get(list).wants(t, 200, "-這一天") // it has not come
	w.Set(day.At(12 * 60))
	c, p := w.as("site-a"), w.as("xitun")
	c.get(list).wants(t, 200, "結束 安心診所 11/23（一） 這一天")
	c.get("/staff/bookings").wants(t, 200, "-這一天")
	p.get(list).wants(t, 200, "-這一天")
	p.get(list+"&site="+bookingtest.SiteA).wants(t, 200, "結束 安心診所 11/23（一） 這一天", "離線的裝置之後補送報到")
	p.post("/staff/close-day", "site", bookingtest.SiteC, "date", day.String()).wants(t, 403, "不在您的轄區")
	w.as("root").post("/staff/close-day", "site", bookingtest.SiteA, "date", day.String()).wants(t, 403)
	c.post("/staff/close-day", "site", bookingtest.SiteA, "date", "today").wants(t, 400)
	c.post("/staff/close-day", "site", bookingtest.SiteA, "date", day.String()).wants(t, 200, "1 人記為未到場", "未到場")
	c.post("/staff/close-day", "site", bookingtest.SiteA, "date", day.String()).wants(t, 200, "沒有要記的人")
	for id, want := range map[clinic.ID]clinic.Attendance{b.ID: clinic.NoShow, far.ID: clinic.NotArrived} {
		if got := must2(w.Booking(t.Context(), id)).Visit().Attendance; got != want {
			t.Errorf("%s: %v", id, got)
		}
	}
	if !w.noted("site-a close_day " + bookingtest.SiteA) {
		t.Error(w.actions())
	}
}

func TestASessionThatWaitsForADeviceIsListedWithIt(t *testing.T) {
	day := bookingtest.Day
	w := open(t, options{devices: put(asIs, asIs)})
	w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, day), 1)
	w.MustBook(w.SlotOn(bookingtest.SiteC, bookingtest.XBB, day), 2)
	w.as("site-a").get("/staff/open").wants(t, 200, "未到場待確認", "沒有在等的時段")
	w.Set(day.At(13 * 60))
	a := w.as("site-a").get("/staff/open")
	a.wants(t, 200, "安心診所", "11/23（一）", "A 櫃檯 A", "最後連線 115/11/16 09:59:55", "-豐原區衛生所", "-這裡沒有裝置")
	w.as("bureau").get("/staff/open").wants(t, 200, "安心診所", "豐原區衛生所", "這裡沒有裝置，請由人員結束")
	w.as("root").get("/staff/open").wants(t, 403)
	must(t, w.Fleet.Pushed(t.Context(), clinic.ID{15: 1, 6: 0x70, 8: 0x80}, syncproto.PullState{MaxSeq: 7}, 7))
	must(t, w.Fleet.Flush(t.Context()))
	if n := must2(w.DecideNoShows(t.Context())); n != 1 {
		t.Errorf("%d were marked", n)
	}
	w.as("site-a").get("/staff/open").wants(t, 200, "沒有在等的時段")
}
