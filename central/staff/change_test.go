package staff_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/traditionalchinese"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
)

const head = "機構代碼,期別,疫苗,日期,開始,結束,量能\r\n"

// good is a new slot on an evening, as a health centre types it.
func good(site string) string {
	return site + ",2026年47期,Moderna XBB,115/11/25,18:00,19:00,12\r\n"
}

var hidden = regexp.MustCompile(`name="file" value="([^"]+)"`)

// capacityOn gives the capacity of a site's slot at a time of 25 November; -1 when there is none.
func (w *world) capacityOn(site string, start clinic.TimeOfDay) int {
	for _, s := range w.Slots(site, bookingtest.XBB) {
		if s.Date == bookingtest.Day.AddDays(2) && s.Start == start {
			return s.Capacity
		}
	}
	return -1
}

func TestCapacityIsCheckedFirstAndStoredOnConfirmation(t *testing.T) {
	w := open(t, options{})
	p := w.as("xitun")
	for kind, data := range map[string][]byte{
		"UTF-8":              []byte(head + good(bookingtest.SiteA)),
		"UTF-8 with a mark":  []byte("\ufeff" + head + good(bookingtest.SiteA)),
		"Big5 as from Excel": must2(traditionalchinese.Big5.NewEncoder().Bytes([]byte(head + good(bookingtest.SiteA)))),
		"English heads":      []byte("site,period,vaccine,date,start,end,capacity\n" + bookingtest.SiteA + ",2026-47,xbb,2026-11-25,18:00,19:00,12\n"),
		"other order":        []byte("量能,結束,開始,日期,疫苗,期別,機構代碼,備註\n12,19:00:00,18:00:00,2026/11/25,xbb,2026-47," + bookingtest.SiteA + ",無\n\n"),
	} {
		a := p.upload("/staff/capacity/preview", data)
		a.wants(t, 200, "1 列都可以匯入", "還沒存", "確認匯入 1 列")
		if w.capacityOn(bookingtest.SiteA, 18*60) != -1 {
			t.Fatalf("%s: the preview stored something", kind)
		}
	}
	file := hidden.FindStringSubmatch(p.upload("/staff/capacity/preview", []byte(head+good(bookingtest.SiteA)+good(bookingtest.SiteB))).body)[1]
	p.post("/staff/capacity", "file", strings.ReplaceAll(file, "&#43;", "+")).wants(t, 200, "已匯入 2 列：新增 2，修改 0。")
	if w.capacityOn(bookingtest.SiteA, 18*60) != 12 || w.capacityOn(bookingtest.SiteB, 18*60) != 12 {
		t.Error("it was not stored")
	}
	if !w.noted("xitun import_capacity ") {
		t.Errorf("%q", w.actions())
	}
	p.get("/staff/capacity").wants(t, 200, "-已匯入")
}

func TestEveryBadRowIsShownWithItsReasonAndNothingIsStored(t *testing.T) {
	w := open(t, options{})
	for n := range 3 {
		w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), n)
	}
	rows := []struct{ row, reason string }{
		{good(bookingtest.SiteA), ""},
		{strings.Replace(good(bookingtest.SiteA), bookingtest.SiteA, "3.53E+09", 1), "機構代碼是 10 個數字"},
		{strings.Replace(good(bookingtest.SiteA), bookingtest.SiteA, "3599999999", 1), "沒有這個機構代碼的接種站"},
		{good(bookingtest.SiteC), "不在您的轄區"},
		{strings.Replace(good(bookingtest.SiteA), "2026年47期", "47", 1), "沒有這個期別"},
		{strings.Replace(good(bookingtest.SiteA), "Moderna XBB", "<b>AZ</b>", 1), "沒有這項疫苗"},
		{strings.Replace(good(bookingtest.SiteA), "Moderna XBB", bookingtest.FluVac, 1), "這一期不開放這項疫苗"},
		{strings.Replace(good(bookingtest.SiteA), "115/11/25", "115/13/25", 1), "日期請填"},
		{strings.Replace(good(bookingtest.SiteA), "115/11/25", "115/12/25", 1), "這一期是 11/23（一） 到 11/29（日）"},
		{strings.Replace(good(bookingtest.SiteA), "18:00", "18點", 1), "開始時間請填"},
		{strings.Replace(good(bookingtest.SiteA), "19:00", "25:00", 1), "結束時間請填"},
		{strings.Replace(good(bookingtest.SiteA), "19:00", "17:00", 1), "結束時間要在開始之後"},
		{strings.Replace(good(bookingtest.SiteA), ",12", ",-1", 1), "量能請填整數"},
		{strings.Replace(good(bookingtest.SiteA), ",12", ",10000", 1), "量能請填 0 到 9999"},
		{bookingtest.SiteA + ",2026-47,xbb,2026-11-23,09:00,12:00,2\r\n", "已有 3 人預約"},
		{good(bookingtest.SiteA), "和第 2 列是同一個時段"},
		{bookingtest.SiteA + ",2026-47\r\n", "欄數和第一列不同"},
	}
	data := head
	for _, r := range rows {
		data += r.row
	}
	p := w.as("xitun")
	a := p.upload("/staff/capacity/preview", []byte(data))
	a.wants(t, 422, fmt.Sprintf("%d 列中有 %d 列要修正", len(rows), len(rows)-1), "一列都還沒存", "-<b>AZ</b>", "&lt;b&gt;AZ&lt;/b&gt;", "-確認匯入")
	for i, r := range rows {
		line := regexp.MustCompile(fmt.Sprintf(`<td class="n">%d</td><td class="why">(.*?)</td>`, i+2)).FindStringSubmatch(a.body)
		if (line == nil) != (r.reason == "") || line != nil && !strings.Contains(line[1], r.reason) {
			t.Errorf("row %d: %q, want %q", i+2, line, r.reason)
		}
	}
	if w.capacityOn(bookingtest.SiteA, 18*60) != -1 {
		t.Error("the good row was stored")
	}
}

func TestAFileThatCanNotBeReadSaysWhy(t *testing.T) {
	w := open(t, options{})
	p := w.as("bureau")
	for reason, data := range map[string][]byte{
		"檔案是空的":          {},
		"檔案是空的。":         []byte(head),
		"讀不懂這個檔案的文字":     {0xff, 0xfe, 'a', 0, 0x81, 0xff},
		"第一列缺少欄位：期別、量能":  []byte("機構代碼,疫苗,日期,開始,結束\r\n"),
		"一個檔案最多 20000 列": []byte(head + strings.Repeat(good(bookingtest.SiteA), 20_001)),
		"引號沒有成對":         []byte(head + good(bookingtest.SiteA) + "\"" + good(bookingtest.SiteB)),
	} {
		p.upload("/staff/capacity/preview", data).wants(t, 422, reason, "-確認匯入")
	}
	p.upload("/staff/capacity/preview", bytes.Repeat([]byte("x"), 3<<20)).wants(t, 413, "送出的內容太長")
	p.post("/staff/capacity/preview").wants(t, 400)
	for _, file := range []string{"", "%%%", "bm90IHppcHBlZA=="} {
		p.post("/staff/capacity", "file", file).wants(t, 400)
	}
}

func TestABookingBetweenCheckAndConfirmationStopsAllRows(t *testing.T) {
	w := open(t, options{})
	p := w.as("xitun")
	shrink := head + good(bookingtest.SiteB) + bookingtest.SiteA + ",2026-47,xbb,2026-11-25,09:00,12:00,0\r\n"
	a := p.upload("/staff/capacity/preview", []byte(shrink))
	a.wants(t, 200, "2 列都可以匯入")
	w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(2)), 1)
	file := strings.ReplaceAll(hidden.FindStringSubmatch(a.body)[1], "&#43;", "+")
	p.post("/staff/capacity", "file", file).wants(t, 422, "已有 1 人預約", "一列都還沒存")
	if w.capacityOn(bookingtest.SiteB, 18*60) != -1 {
		t.Error("half of the file was stored")
	}
	w.as("site-a").post("/staff/capacity", "file", file).wants(t, 422, "不在您的轄區")
}

func TestTheTemplateComesBackUnchanged(t *testing.T) {
	w := open(t, options{})
	p := w.as("xitun")
	a := p.get("/staff/capacity/template.csv?period=" + bookingtest.Weekly)
	a.wants(t, 200, "\ufeff"+head, bookingtest.SiteA+",2026-47,xbb,2026-11-23,09:00,12:00,20")
	p.upload("/staff/capacity/preview", []byte(a.body)).wants(t, 200, "28 列都可以匯入", "<dt>相同</dt><dd>28</dd>")
	p.get("/staff/capacity/template.csv?period=none").wants(t, 404)
}

func TestTheBureauMakesAndChangesPeriods(t *testing.T) {
	w := open(t, options{})
	p := w.as("bureau")
	fields := []string{
		"id", "2027-01", "label", "2027年1期", "label_en", "period 1", "year", "2027", "number", "1", "kind", "fixed", "programmes", bookingtest.Covid,
		"opens", "2026-12-28T09:00", "closes", "2026-12-30T20:00", "first", "2027-01-04", "last", "116/1/10", "lead", "1", "cancel", "2", "hold", "20", "daily_from", "06:00", "daily_until", "23:59",
	}
	p.post("/staff/periods/new", fields...).wants(t, 200, "已儲存2027年1期", "12/28（一）9:00–12/30（三）20:00")
	per, ok := w.Catalogue().Period("2027-01")
	if !ok || per.Last.String() != "2027-01-10" || per.DailyUntil != 23*60+59 || per.HoldMinutes != 20 || per.Label["en"] != "period 1" || !per.Opens.Equal(clinic.Date{Year: 2026, Month: 12, Day: 28}.At(9*60)) {
		t.Errorf("%+v", per)
	}
	p.get("/staff/periods/2027-01").wants(t, 200, `value="2026-12-28T09:00"`, `value="23:59"`, "-英文小寫與數字")
	p.post("/staff/periods/new", fields...).wants(t, 422, "還沒有人用過的代碼", "有 1 個地方需要修正")
	bad := slices.Clone(fields)
	for i := 0; i < len(bad); i += 2 {
		bad[i+1] = map[string]string{"id": "New One", "label": "<script>", "year": "116", "programmes": "smallpox", "first": "soon", "last": "2026-01-01", "lead": "-1", "kind": "weekly"}[bad[i]]
	}
	p.post("/staff/periods/new", bad...).wants(t, 422, "有 6 個地方需要修正", `value="&lt;script&gt;"`, "-<script>", "請填西元年", "日期請填", "請填 0 到 60", "請至少選一項疫苗")
	for i := 0; i < len(fields); i += 2 {
		if v, ok := map[string]string{"id": "2027-02", "closes": "2026-12-27T09:00", "last": "2026-01-01", "daily_until": "05:00"}[fields[i]]; ok {
			bad[i+1] = v
		} else {
			bad[i+1] = fields[i+1]
		}
	}
	p.post("/staff/periods/new", bad...).wants(t, 422, "有 3 個地方需要修正", "截止要在開放之後", "最後一天要在第一天之後", "結束要在開始之後")
	if len(w.Catalogue().Periods) != 5 {
		t.Errorf("%d periods", len(w.Catalogue().Periods))
	}

	w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	fields[13] = bookingtest.Flu
	p.post("/staff/periods/"+bookingtest.Weekly, fields[2:]...).wants(t, 422, "11/23（一） 已有人預約", "已有人預約的疫苗不能移除")
	p.get("/staff/periods/none").wants(t, 404)
	if !w.noted("bureau save_period 2027-01") {
		t.Errorf("%q", w.actions())
	}
}

func TestEachChangesOfASiteWhatIsTheirs(t *testing.T) {
	w := open(t, options{})
	all := []string{
		"code", "3536010099", "name", "改名診所", "district", "豐原區", "kind", "hospital", "address", "新址", "phone", "04-22229999", "hours", "週一 9:00–12:00",
		"note", "<img src=x onerror=alert(1)>", "offers", bookingtest.Flu, "walk_in_share", "20", "overflow_cap", "3",
	}
	path := "/staff/sites/" + bookingtest.SiteA
	w.as("site-a").post(path, all...).wants(t, 200, "已儲存安心診所")
	s, _ := w.Catalogue().Site(bookingtest.SiteA)
	if s.Name != "安心診所" || s.District != "西屯區" || s.Kind != "clinic" || len(s.Offers) != 2 || s.WalkInShare != 0 || s.Phone != "04-22229999" || s.Hours != "週一 9:00–12:00" {
		t.Errorf("a clinic changed %+v", s)
	}
	p := w.as("xitun")
	p.get(path).wants(t, 200, "-<img", "&lt;img src=x onerror=alert(1)&gt;")
	p.post(path, all...).wants(t, 200, "已儲存改名診所")
	if s, _ = w.Catalogue().Site(bookingtest.SiteA); s.Name != "改名診所" || s.District != "西屯區" || s.Kind != "hospital" || len(s.Offers) != 1 || s.WalkInShare != 20 || s.OverflowCap != 3 {
		t.Errorf("a health centre changed %+v", s)
	}
	p.post("/staff/sites/new", all...).wants(t, 200, "已儲存改名診所")
	if s, ok := w.Catalogue().Site("3536010099"); !ok || s.District != "西屯區" {
		t.Errorf("a health centre added %+v", s)
	}
	p.post("/staff/sites/new", all...).wants(t, 422, "已經有接種站")
	b := w.as("bureau")
	b.post(path, all...).wants(t, 200)
	if s, _ = w.Catalogue().Site(bookingtest.SiteA); s.District != "豐原區" {
		t.Errorf("the bureau changed %+v", s)
	}
	b.post(path, "name", "", "district", "板橋區", "kind", "shop", "address", "", "phone", "1", "offers", "x", "note", strings.Repeat("長", 201)).
		wants(t, 422, "有 7 個地方需要修正")
	if !w.noted("site-a save_site " + bookingtest.SiteA) {
		t.Errorf("%q", w.actions())
	}
}

func TestTheListMasksAndTheExportIsInFull(t *testing.T) {
	w := open(t, options{})
	slot := w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	ask := bookingtest.Ask(slot, 5)
	ask.Person.Name = clinic.NewName(`=cmd|'/c calc'!A1<script>alert(1)</script>`)
	evil, err := w.Book(context.Background(), ask)
	must(t, err)
	w.MustBook(w.SlotOn(bookingtest.SiteB, bookingtest.FluVac, bookingtest.Day), 6)
	p := w.as("xitun")
	a := p.get("/staff/bookings")
	a.wants(t, 200, "2 筆", "11/23（一）09:00–12:00", "Moderna XBB", "基礎劑 1", "未到", ask.Person.ID.String(), "-"+ask.Person.ID.Reveal(), "-<script>alert", "姓名與證號已隱碼")
	p.get("/staff/bookings/"+evil.ID.String()).wants(t, 200, ask.Person.ID.Reveal(), "&lt;script&gt;", "-<script>alert", "這次查看已留下紀錄", evil.Code)
	p.get("/staff/bookings?vaccine="+bookingtest.FluVac).wants(t, 200, "1 筆", "平安診所")
	p.get("/staff/bookings?site=平安").wants(t, 200, "1 筆")
	p.get("/staff/bookings?site=診所").wants(t, 200, "有好幾個接種站符合", bookingtest.SiteB)
	p.get("/staff/bookings?state=arrived").wants(t, 200, "沒有符合的預約")
	p.get("/staff/bookings?date=2026-11-24").wants(t, 200, "0 筆")
	p.get("/staff/bookings?period="+bookingtest.Open).wants(t, 200, "1 筆")
	for _, bad := range []string{"state=robbed", "date=tomorrow", "after=x", "after=2026-11-23.99999.x"} {
		p.get("/staff/bookings?"+bad).wants(t, 400)
	}

	a = p.get("/staff/bookings.csv")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.body, "\ufeff"))).ReadAll()
	must(t, err)
	if len(rows) != 3 || rows[0][8] != "姓名" || rows[1][8] != "'"+ask.Person.Name.Reveal() || rows[1][9] != ask.Person.ID.Reveal() || rows[1][11] != ask.Person.Mobile.Reveal() || rows[1][16] != "未到" {
		t.Errorf("%q", rows)
	}
	if kind := a.header.Get("Content-Disposition"); kind != `attachment; filename="bookings-20261116-1000.csv"` {
		t.Error(kind)
	}
	a = p.get("/staff/bookings.xlsx?vaccine=" + bookingtest.XBB)
	book, err := excelize.OpenReader(strings.NewReader(a.body))
	must(t, err)
	cells, err := book.GetRows("預約名單")
	must(t, err)
	if len(cells) != 2 || cells[1][8] != ask.Person.Name.Reveal() || cells[1][14] != evil.Code {
		t.Errorf("%q", cells)
	}
	if formula, err := book.GetCellFormula("預約名單", "I2"); err != nil || formula != "" {
		t.Errorf("a cell is a formula: %q %v", formula, err)
	}
	must(t, book.Close())
	if left, err := readDir(w.Tmp); err != nil || len(left) != 0 {
		t.Errorf("the export left %v behind, %v", left, err)
	}
	for _, want := range []string{"xitun export 西屯區", "xitun list 西屯區", "xitun view " + evil.ID.String()} {
		if !w.noted(want) {
			t.Errorf("%q is not in the audit trail: %q", want, w.actions())
		}
	}
}

func TestThePagesOfTheListFollowOneAnother(t *testing.T) {
	w := open(t, options{})
	for n := range 120 {
		w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(n/20)), n)
	}
	p := w.as("site-a")
	path, seen, pages := "/staff/bookings", map[string]bool{}, 0
	next := regexp.MustCompile(`href="([^"]+)">下一頁`)
	for path != "" && pages < 5 {
		a := p.get(path)
		a.wants(t, 200, "共 120 筆", fmt.Sprintf("第 %d 頁，共 3 頁", pages+1))
		for _, m := range regexp.MustCompile(`/staff/bookings/([0-9a-f-]{36})`).FindAllStringSubmatch(a.body, -1) {
			seen[m[1]] = true
		}
		pages++
		path = ""
		if m := next.FindStringSubmatch(a.body); m != nil {
			path = strings.ReplaceAll(m[1], "&amp;", "&")
		}
	}
	if pages != 3 || len(seen) != 120 {
		t.Errorf("%d pages with %d bookings", pages, len(seen))
	}
}

func TestAPersonWhoCallsIsCancelledByTheClinicOnly(t *testing.T) {
	w := open(t, options{})
	b := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	path := "/staff/bookings/" + b.ID.String()
	far := w.MustBook(w.SlotOn(bookingtest.SiteC, bookingtest.XBB, bookingtest.Day), 2)
	p := w.as("site-a")
	w.as("root").post(path+"/cancel").wants(t, 403)
	p.post("/staff/bookings/"+far.ID.String()+"/cancel").wants(t, 404)
	p.get(path).wants(t, 200, "來電取消")
	p.post(path+"/cancel").wants(t, 200, "已取消這筆預約", "已取消", "-確定取消")
	p.post(path+"/cancel").wants(t, 409, "已取消")
	p.get("/staff/bookings?state=cancelled").wants(t, 200, "1 筆")
	if now, err := w.Booking(t.Context(), far.ID); err != nil || !now.Active() {
		t.Errorf("another site's booking: %v %v", now.Active(), err)
	}
}

func TestTheReportsAddUp(t *testing.T) {
	w := open(t, options{})
	for n := range 12 {
		site := []string{bookingtest.SiteA, bookingtest.SiteB, bookingtest.SiteC}[n%3]
		w.MustBook(w.SlotOn(site, bookingtest.XBB, bookingtest.Day), n)
	}
	b := w.as("bureau")
	b.get("/staff/reports?period="+bookingtest.Weekly).wants(t, 200, "18–49 歲", `<b class="sum">12</b>`, "Moderna XBB")
	b.get("/staff/reports?report=district&period="+bookingtest.Weekly).wants(t, 200, `<b>8</b>`, `<b>4</b>`, "豐原區")
	b.get("/staff/reports?report=month&year=2026").wants(t, 200, "最高是11月，12 人次", "115年（2026）", ">12</text>")
	for kind, want := range map[string]string{
		"age": "合計,12,12", "district": "西屯區,Moderna XBB,560,8,0,0,0,0,8,0", "vaccine": "Moderna XBB,840,12,0,0,0,0,12,0",
		"site": "西屯區,安心診所,Moderna XBB,280,4,0,0,0,0,4,0", "month": "11月,12",
	} {
		b.get("/staff/reports.csv?report="+kind+"&period="+bookingtest.Weekly).wants(t, 200, want)
	}
	w.as("xitun").get("/staff/reports?period="+bookingtest.Weekly).wants(t, 200, `<b class="sum">8</b>`)
	w.as("site-a").get("/staff/reports?period="+bookingtest.Weekly).wants(t, 200, `<b class="sum">4</b>`)
	b.get("/staff/reports?report=gossip").wants(t, 404)
	b.get("/staff/reports?period=none").wants(t, 404)
	b.get("/staff/reports?report=month&year=x").wants(t, 400)
}

func TestTheAdministratorRunsAccounts(t *testing.T) {
	w := open(t, options{})
	p := w.as("root")
	a := p.post("/staff/accounts", "name", "fengyuan", "display", "<i>張</i>", "role", "health_centre", "district", "豐原區")
	a.wants(t, 200, "fengyuan 的密碼", "豐原區衛生所", "-<i>張", "&lt;i&gt;張")
	w.passwords["fengyuan"] = regexp.MustCompile(`<p class="big-code">([0-9a-z-]+)</p>`).FindStringSubmatch(a.body)[1]
	f := w.as("fengyuan")
	f.get("/staff/sites").wants(t, 200, "豐原區衛生所", "-安心診所")
	p.post("/staff/accounts", "name", "fengyuan", "display", "張", "role", "bureau").wants(t, 422, "已有人使用")
	p.post("/staff/accounts", "name", "x", "display", "張", "role", "bureau").wants(t, 422, "3 到 32")
	p.post("/staff/accounts", "name", "clinic-x", "display", "張", "role", "site", "site", "1").wants(t, 422, "沒有這個機構代碼")
	p.post("/staff/accounts/root", "do", "disable").wants(t, 422, "不能停用自己的帳號")
	p.post("/staff/accounts/nobody", "do", "renew").wants(t, 422, "沒有這個帳號")
	p.post("/staff/accounts/fengyuan", "do", "explode").wants(t, 400)
	p.post("/staff/accounts/fengyuan", "do", "renew").wants(t, 200, "已延長 fengyuan")
	p.post("/staff/accounts/fengyuan", "do", "reset").wants(t, 200, "fengyuan 的密碼", "-"+w.passwords["fengyuan"])
	if a := f.get("/staff/monitor"); a.url != "/staff/login" {
		t.Error("a session outlives the password")
	}
	p.get("/staff/accounts.csv").wants(t, 200, "fengyuan,<i>張</i>,衛生所,豐原區衛生所,使用中,2027-11-16 10:00:00", "-argon2id")
	a = p.get("/staff/audit?action=account.add&actor=root")
	a.wants(t, 200, "account.add", "fengyuan", "-<td>登入被拒</td>")
	p.get("/staff/audit?verify=1").wants(t, 200, "筆紀錄都和寫下時一樣")
	p.get("/staff/audit?before=x").wants(t, 400)
}
