package staff_test

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/store"
	"ezhitong.tw/syncproto"
)

// put writes devices into the database before the door opens.
func put(alter ...func(*store.Device, *store.DeviceStatus)) func(*store.Tx) error {
	sites := []string{bookingtest.SiteA, bookingtest.SiteB, bookingtest.SiteC}
	return func(tx *store.Tx) error {
		var errs []error
		for i, a := range alter {
			d, s := machine(sites[i%3], string(rune('A'+i/3)), "櫃檯 "+string(rune('A'+i/3)), byte(i+1), bookingtest.Monday, 5*time.Second)
			a(&d, &s)
			errs = append(errs, tx.InsertDevice(d))
			if s.Contact != 0 {
				errs = append(errs, tx.SaveDeviceStatus(s))
			}
		}
		return errors.Join(errs...)
	}
}

func asIs(*store.Device, *store.DeviceStatus) {}

// three is one live device at every site.
var three = put(asIs, asIs, asIs)

func TestTheMonitorShowsEveryStateWithWhatToDo(t *testing.T) {
	ago := func(d time.Duration) int64 { return bookingtest.Monday.Add(-d).UnixMilli() }
	for state, c := range map[string]struct {
		alter func(*store.Device, *store.DeviceStatus)
		shows []string
	}{
		"即時":  {asIs, []string{"不用處理", "12 ms", "41 GB", "+0.4 秒", "5 秒前"}},
		"落後":  {func(_ *store.Device, s *store.DeviceStatus) { s.MaxSeq, s.OldestPending = 9, 180 }, []string{"2 筆紀錄待上傳", "3 分"}},
		"卡住":  {func(_ *store.Device, s *store.DeviceStatus) { s.MaxSeq, s.Moved = 10, ago(7*time.Minute) }, []string{"有 3 筆紀錄送出後", "重新啟動"}},
		"失聯":  {func(_ *store.Device, s *store.DeviceStatus) { s.Contact = ago(20 * time.Minute) }, []string{"20 分沒有聯絡", "20 分前"}},
		"待更新": {func(_ *store.Device, s *store.DeviceStatus) { s.Version = 0 }, []string{"版本太舊"}},
		"已隔離": {func(d *store.Device, _ *store.DeviceStatus) { d.Fenced = ago(time.Hour) }, []string{"兩份都保留"}},
		"已停用": {func(d *store.Device, _ *store.DeviceStatus) { d.Revoked = ago(time.Hour) }, []string{"不能再同步"}},
	} {
		t.Run(state, func(t *testing.T) {
			w := open(t, options{devices: put(c.alter)})
			a := w.as("site-a").get("/staff/monitor")
			a.wants(t, 200, append(c.shows, state, "安心診所", "櫃檯 A", "就緒", "2.3.1")...)
			if !regexp.MustCompile(`(?s)<b>1</b><span class="t-[a-z]+">.{0,90}` + state).MatchString(a.body) {
				t.Errorf("no site is counted as %s", state)
			}
		})
	}
	t.Run("休診", func(t *testing.T) {
		w := open(t, options{devices: three})
		w.Set(bookingtest.Monday.Add(10 * time.Hour))
		w.as("site-a").get("/staff/monitor").wants(t, 200, "休診", "開診後再看")
	})
	t.Run("never heard", func(t *testing.T) {
		w := open(t, options{devices: put(func(_ *store.Device, s *store.DeviceStatus) { s.Contact = 0 })})
		w.as("site-a").get("/staff/monitor").wants(t, 200, "尚未聯絡", "失聯")
	})
}

func TestTheWorstDeviceSpeaksForItsSite(t *testing.T) {
	revoked := func(d *store.Device, _ *store.DeviceStatus) { d.Revoked = 1 }
	fenced := func(d *store.Device, _ *store.DeviceStatus) { d.Fenced = 1 }
	// A has a live and a fenced device, B a live and a revoked one, C a revoked one.
	w := open(t, options{devices: put(asIs, asIs, revoked, fenced, revoked)})
	p := w.as("bureau")
	a := p.get("/staff/monitor")
	for site, state := range map[string]string{"安心診所": "已隔離", "平安診所": "即時", "豐原區衛生所": "已停用"} {
		a.wants(t, 200, site+"，"+state)
	}
	if strings.Index(a.body, "<tbody>") > strings.Index(a.body, "已隔離</span></td>") || strings.Count(a.body, "<tr") != 6 {
		t.Error("the table does not begin with what is to be seen to")
	}
	p.get("/staff/monitor?state=fenced").wants(t, 200, "安心診所</a>", "-豐原區衛生所</a>")
	p.get("/staff/monitor?district=豐原區").wants(t, 200, "豐原區衛生所</a>", "-安心診所</a>")
	p.get("/staff/monitor?q=平安").wants(t, 200, "平安診所</a>", "-安心診所</a>")
	p.get("/staff/monitor?device=00000000-0000-7000-8000-000000000002").wants(t, 200, `<h2>平安診所</h2>`)
	csv := p.get("/staff/monitor.csv?state=revoked")
	csv.wants(t, 200, "已停用,西屯區,"+bookingtest.SiteB, "-已隔離")
	if !strings.HasPrefix(csv.body, "\ufeff狀態,") {
		t.Errorf("%.60q", csv.body)
	}
}

func TestTheMonitorRefreshesWithAndWithoutScript(t *testing.T) {
	w := open(t, options{devices: three})
	p := w.as("bureau")
	a := p.get("/staff/monitor")
	a.wants(t, 200, `<noscript><meta http-equiv="refresh" content="30"></noscript>`, "staff.js", `id="live"`, "自動更新中")
	if policy := a.header.Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'self'") || strings.Contains(policy, "unsafe") {
		t.Error(policy)
	}
	src := regexp.MustCompile(`src="(/static/[^"]+)"`).FindStringSubmatch(a.body)
	p.get(src[1]).wants(t, 200, "replaceWith")
	p.get("/staff/periods").wants(t, 200, "-staff.js", "-http-equiv")
}

func TestACityWithoutDevicesSaysWhereToBegin(t *testing.T) {
	w := open(t, options{})
	w.as("bureau").get("/staff/monitor").wants(t, 200, "這裡還沒有裝置", "發啟用碼", "未啟用")
	w.as("site-a").get("/staff/monitor").wants(t, 200, "這裡還沒有裝置", "-/staff/devices")
}

func TestANewCodeIsShownOnceAndADeviceCanBeRevoked(t *testing.T) {
	w := open(t, options{devices: three})
	p := w.as("xitun")
	a := p.post("/staff/devices", "site", "安心診所 "+bookingtest.SiteA, "role", "kiosk", "label", "自助機 B")
	a.wants(t, 200, "安心診所，自助機，自助機 B", "請在 10:15 前")
	code := regexp.MustCompile(`<p class="big-code">([0-9A-Z-]+)</p>`).FindStringSubmatch(a.body)
	if code == nil || strings.Count(code[1], "-") != 3 {
		t.Fatalf("%v", code)
	}
	p.get("/staff/devices").wants(t, 200, "-"+code[1])
	p.post("/staff/devices", "site", bookingtest.SiteA, "role", "desk", "label", "").wants(t, 422, "請填裝置名稱")
	p.post("/staff/devices", "site", bookingtest.SiteA, "role", "robot", "label", "x").wants(t, 422, "請選用途")
	p.post("/staff/devices", "site", "", "role", "desk", "label", "x").wants(t, 422, "轄區沒有這個接種站")
	p.post("/staff/devices/00000000-0000-7000-8000-000000000001/revoke").wants(t, 200, "已停用安心診所的櫃檯 A")
	p.post("/staff/devices/nonsense/revoke").wants(t, 404)
	for _, want := range []string{"xitun device.code " + bookingtest.SiteA, "xitun device.revoke 00000000-0000-7000-8000-000000000001"} {
		if !w.noted(want) {
			t.Errorf("%q is not in the audit trail", want)
		}
	}
}

// applicant is a device that asks to come in.
type applicant struct {
	w      *world
	sealed []byte
	opener *syncproto.Opener
}

var bigCode = regexp.MustCompile(`<p class="big-code">([0-9A-Z-]+)</p>`)

// apply asks with the code on a page.
func (w *world) apply(page answer, n byte) applicant {
	w.t.Helper()
	shown := bigCode.FindStringSubmatch(page.body)
	if shown == nil {
		w.t.Fatal("the page shows no code")
	}
	code, err := syncproto.ParseCode(shown[1])
	must(w.t, err)
	sealed, opener, err := syncproto.SealEnrolment(w.Fleet.Secrets().Public(), syncproto.EnrolRequest{
		Code: code.Secret, Noise: bytes.Repeat([]byte{n}, 32), Sign: bytes.Repeat([]byte{n}, 32), Build: "1",
	})
	must(w.t, err)
	return applicant{w, sealed, opener}
}

func (a applicant) ask() syncproto.EnrolReply {
	a.w.t.Helper()
	raw, err := a.w.Fleet.Enrol(a.w.t.Context(), a.sealed)
	must(a.w.t, err)
	r, err := a.opener.Open(raw)
	must(a.w.t, err)
	return r
}

func TestADeviceComesInWhenItsFiveWordsAreCompared(t *testing.T) {
	w := open(t, options{})
	p, bureau := w.as("xitun"), w.as("bureau")
	page := p.post("/staff/devices", "site", bookingtest.SiteA, "role", "kiosk", "label", "自助機 B")
	page.wants(t, 200, `<svg class="qr"`, "主機網址："+w.Server.URL, "裝置會顯示五個詞", "-等待核准的裝置")
	d := w.apply(page, 7)
	words := d.opener.Words(d.ask()).String()
	page = p.get("/staff/devices")
	page.wants(t, 200, "等待核准的裝置", words, "安心診所", "自助機 B")
	bureau.get("/staff/devices").wants(t, 200, words)

	elsewhere := w.apply(bureau.post("/staff/devices", "site", bookingtest.SiteC, "role", "desk", "label", "櫃檯 A"), 9)
	foreign := elsewhere.opener.Words(elsewhere.ask()).String()
	p.get("/staff/devices").wants(t, 200, words, "-"+foreign)
	link := regexp.MustCompile(`/staff/devices/[0-9a-f-]+/approve`)
	for _, path := range link.FindAllString(bureau.get("/staff/devices").body, -1) {
		p.post(path) // the one of its own district, and the other
	}
	if g := elsewhere.ask().Grant; g != nil {
		t.Fatal("a health centre let a device in that is not of its district")
	}
	if g := d.ask().Grant; g == nil || g.Label != "自助機 B" {
		t.Fatal("no grant came")
	}
	path := link.FindString(page.body)
	p.post(path).wants(t, 200, "已經不在等待", "-等待核准的裝置")
	if id := strings.Split(path, "/")[3]; !w.noted("xitun device.enrol " + id) {
		t.Error("the audit trail has no approval")
	}
	other := link.FindString(bureau.get("/staff/devices").body)
	bureau.post(strings.Replace(other, "approve", "turn-away", 1)).wants(t, 200, "沒有核准")
	if _, err := w.Fleet.Enrol(t.Context(), elsewhere.sealed); !errors.Is(err, syncproto.Problem{Code: syncproto.ProblemNotApproved}) {
		t.Errorf("turned away, it is told %v", err)
	}
}

func TestAClockThatIsRightHasNoSign(t *testing.T) {
	for skew, shows := range map[int64]string{-40: ">0 秒<", 0: ">0 秒<", 99: ">0 秒<", -100: ">−0.1 秒<", 2300: ">+2.3 秒<", -150_000: ">−2 分<"} {
		w := open(t, options{devices: put(func(_ *store.Device, s *store.DeviceStatus) { s.Skew = skew })})
		w.as("bureau").get("/staff/monitor").wants(t, 200, shows, "-−0 秒", "-+0 秒")
	}
}
