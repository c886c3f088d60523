package public_test

import (
	"net/http"
	"strings"
	"testing"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
)

func TestACitizenBooksLooksUpAndCancelsByFollowingThePages(t *testing.T) {
	h := open(t, 20)
	v := h.visitor(t)
	v.open("/").has(200).sees("要預約哪一種疫苗？", "COVID-19 疫苗", "開放預約中", "流感疫苗", "每日開放", "2026年47期：COVID-19 疫苗",
		"11/16（一）9:00 至 11/18（三）20:00 開放預約。今天是 11/16（一）。")
	v.follow("預約：COVID-19 疫苗").has(200).sees("要接種哪一種？", "第 1 步，共 5 步")
	v.follow("選擇：Moderna XBB").has(200).sees("這次是第幾劑？", "滿 12 歲以上", "先接種基礎劑 1，再隔 28 天以上")
	v.follow("選擇：基礎劑 1").has(200).sees("要在哪裡接種？", "西屯區", "剩 560 位")
	v.follow("西屯區").has(200).sees("西屯區有 2 個接種站，2 個還有名額", "安心診所", "剩 280 位", "最早 11/23（一）09:00")
	v.follow("選擇：安心診所").has(200).sees("哪一天、幾點來？", "週一11/23", "剩 20")
	v.choose("週一 11/23 09:00–12:00，剩 20 位").has(200).sees("請填寫接種者的資料", "請在 10:10 前完成", "11/23（一）09:00–12:00")
	v.send("送出預約", filled(1)).has(200).sees("預約成功", "測○○1，您的接種時間是", "11/23（一）09:00–12:00", "安心診所",
		"接種前 2 日會傳簡訊到 0900***001 提醒您", "11/21（六）以前取消", "115年11月16日 10:00")
	if strings.Contains(v.body, bookingtest.IDNumber(1).Reveal()) || strings.Contains(v.body, "測試王1") {
		t.Error("the result page shows what it should mask")
	}
	if got := h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day).Taken; got != 1 {
		t.Errorf("%d places are taken, want 1", got)
	}
	v.open(v.at.Path).has(200).sees("預約成功") // a reload posts nothing

	later := h.visitor(t)
	later.open("/").follow("查詢／取消我的預約").has(200)
	f := filled(1)
	later.send("查詢預約", map[string]string{"id": f["id"], "year": "1980", "month": f["month"], "day": f["day"]}).has(200).sees("預約成功", "安心診所")
	later.follow("取消預約").has(200).sees("要取消這筆預約嗎？")
	later.send("取消預約", map[string]string{"year": "69", "month": "1", "day": "1"}).has(422).sees("生日和預約時不同")
	later.send("取消預約", map[string]string{"year": f["year"], "month": f["month"], "day": f["day"]}).has(200).sees("預約已取消", "名額已經讓出來了")
	if got := h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day).Taken; got != 0 {
		t.Errorf("%d places are taken after cancelling", got)
	}
	if log := h.log.String(); strings.Contains(log, "level=ERROR") || strings.Contains(log, "測試王") || strings.Contains(log, f["id"]) || strings.Contains(log, f["mobile"]) {
		t.Errorf("the log holds a failure or personal data:\n%s", log)
	}
}

func TestTheWholeWayIsThereInEnglish(t *testing.T) {
	h := open(t, 20)
	v := h.visitor(t)
	v.open("/").follow("English").has(200).sees("Which vaccine would you like to book?", "Open for booking")
	if lang := attr(all(v.doc, "html")[0], "lang"); lang != "en" {
		t.Errorf("the page says it is in %q", lang)
	}
	if v.at.RawQuery != "" {
		t.Errorf("the address keeps %q", v.at.RawQuery)
	}
	v.follow("Book: COVID-19").follow("Choose Moderna").follow("Choose Primary dose 1").follow("西屯區").follow("Choose 安心診所").choose("20 places left")
	v.send("Book", with(filled(2), "name", "NGUYEN THI HOA", "id", "A123456788")).has(422).sees("To be corrected: 1", "This number is not valid.")
	v.send("Book", with(filled(2), "name", "NGUYEN THI HOA")).has(200).sees("Booked", "NGUYEN T○○, your appointment is", "23 Nov, 09:00–12:00", "16 Nov 2026 10:00")
	v.follow("中文").has(200).sees("預約成功")
}

func TestGoingBackLosesNothing(t *testing.T) {
	h := open(t, 20)
	v := h.atForm(t, bookingtest.SiteA, bookingtest.Day)
	v.send("回上一步：日期時段", with(filled(3), "landline", "(04)2526-5394", "c2", "")).has(200).sees("哪一天、幾點來？")
	v.choose("14:00–17:00，剩 20 位").has(200)
	for name, want := range with(filled(3), "landline", "(04)2526-5394") {
		if name == "c2" {
			continue
		}
		if got := v.form("送出預約", nil).Get(name); got != want {
			t.Errorf("%s came back as %q, want %q", name, got, want)
		}
	}
	if v.form("送出預約", nil).Has("c2") {
		t.Error("a consent that was not ticked came back ticked")
	}
	v.send("接種站", filled(3)).has(200).sees("要在哪裡接種？") // the stepper submits too
}

func TestSendingTwiceBooksOnce(t *testing.T) {
	h := open(t, 20)
	v := h.atForm(t, bookingtest.SiteA, bookingtest.Day)
	form, to := v.form("送出預約", filled(4)), v.at.String()
	first := v.post(to, form).has(200).sees("預約成功").at.Path
	if again := v.post(to, form).has(200).sees("預約成功").at.Path; again != first {
		t.Errorf("sent again it led to %s, first to %s", again, first)
	}
	if got := h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day).Taken; got != 1 {
		t.Errorf("%d places are taken, want 1", got)
	}
}

func TestAFullSlotKeepsTheFormAndSaysSo(t *testing.T) {
	h := open(t, 1)
	s := h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	v := h.visitor(t).open("/book/covid19/xbb/primary1/" + bookingtest.SiteA + "/" + s.ID.String()).has(200) // by a link, so without a hold
	form, to := v.form("送出預約", filled(5)), v.at.String()
	h.MustBook(s, 6)
	v.post(to, form).has(200).sees("哪一天、幾點來？", "這個時段剛額滿。請選其他時段，剩下的都列在下面。", "額滿")
	v.open(v.at.Path).has(200)
	if strings.Contains(v.text(), "剛額滿") {
		t.Error("the notice is shown twice")
	}
	v.choose("14:00–17:00，剩 1 位").has(200)
	if got := v.form("送出預約", nil).Get("id"); got != filled(5)["id"] {
		t.Errorf("the form lost what was typed: %q", got)
	}
	v.send("送出預約", nil).has(200).sees("預約成功")
}

func TestTheCalendarFileAndThePictureHoldTheBooking(t *testing.T) {
	h := open(t, 20)
	v := h.atForm(t, bookingtest.SiteA, bookingtest.Day)
	v.send("送出預約", filled(7)).has(200)
	page := v.at.Path
	if qr := strings.Count(v.body, `class="qr"`); qr != 1 {
		t.Fatalf("%d QR codes on the page", qr)
	}
	v.open(page + "/calendar.ics").has(200)
	unfolded := strings.ReplaceAll(v.body, "\r\n ", "")
	for _, want := range []string{"BEGIN:VEVENT\r\n", "DTSTART:20261123T010000Z\r\n", "DTEND:20261123T040000Z\r\n", "疫苗接種：COVID-19 疫苗，基礎劑 1", "安心診所"} {
		if !strings.Contains(unfolded, want) {
			t.Errorf("the calendar lacks %q:\n%s", want, unfolded)
		}
	}
	if strings.Count(v.body, "\n") != strings.Count(v.body, "\r\n") {
		t.Error("a line ends without CR")
	}
	v.open(page + "/ticket.png").has(200)
	if v.header.Get("Content-Type") != "image/png" || !strings.HasPrefix(v.body, "\x89PNG") {
		t.Error("the ticket is no picture")
	}
}

func TestBookingsOfOthersAreNotShown(t *testing.T) {
	h := open(t, 20)
	b := h.MustBook(h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 8)
	stranger := h.visitor(t)
	for _, path := range []string{"", "/cancel", "/calendar.ics", "/ticket.png"} {
		stranger.open("/booking/" + b.ID.String() + path).has(http.StatusForbidden).sees("請先查詢您的預約")
		if strings.Contains(stranger.body, "安心診所") {
			t.Errorf("%q tells a stranger about the booking", path)
		}
	}
	stranger.open("/booking/not-an-id").has(http.StatusForbidden)
	stranger.post("/booking/"+b.ID.String()+"/cancel", map[string][]string{"year": {"69"}, "month": {"5"}, "day": {"9"}}).has(http.StatusForbidden)
	// somebody else's booking id in the form, with one's own data, opens nothing either
	v := h.atForm(t, bookingtest.SiteA, bookingtest.Day)
	v.send("送出預約", with(filled(9), "booking", b.ID.String())).has(http.StatusConflict).sees("這筆預約送出過不同的內容")
	v.open("/booking/" + b.ID.String()).has(http.StatusForbidden)
	f := filled(8)
	stranger.open("/lookup").send("查詢預約", map[string]string{"id": f["id"], "year": "70", "month": f["month"], "day": f["day"]}).
		has(http.StatusNotFound).sees("找不到這筆預約")
}

func TestTheSiteListFiltersAndFinds(t *testing.T) {
	h := open(t, 20)
	v := h.visitor(t)
	v.open("/sites").has(200).sees("找到 3 家", "豐原區衛生所", "臺中市西屯區安心路1號", "COVID-19 疫苗、流感疫苗")
	v.open("/sites?district=豐原區").has(200).sees("找到 1 家", "豐原區衛生所")
	v.open("/sites?q=平安路").has(200).sees("找到 1 家", "平安診所")
	v.open("/sites?q=<b>&page=99999999999999999999").has(200).sees("找到 0 家", "沒有符合的院所")
	v.open("/vacancies?vaccine=xbb").has(200).sees("Moderna XBB", "全市還有 840 個名額")
	v.follow("豐原區").has(200).sees("豐原區還有名額的接種站", "豐原區衛生所", "剩 280 位")
	v.follow("選擇：豐原區衛生所").has(200).sees("這次是第幾劑？")
	v.follow("選擇：基礎劑 1").has(200).sees("哪一天、幾點來？", "豐原區衛生所")
	v.open("/notices").has(200).sees("COVID-19 疫苗", "滿 6 個月以上", "2026年47期")
	v.open("/notices/covid19").has(200)
	v.open("/privacy").has(200).sees("個人資料保護法")
	v.open("/accessibility").has(200).sees("WCAG 2.2 AA")
}

func TestBetweenTheWindowsNobodyCanBook(t *testing.T) {
	h := open(t, 20)
	h.Set(clinic.Date{Year: 2026, Month: 11, Day: 18}.At(20*60 + 1))
	v := h.visitor(t)
	v.open("/").has(200).sees("尚未開放", "2026年48期 11/23（一）9:00 開放")
	v.follow("開放時間：COVID-19 疫苗").has(200).sees("11/23（一）9:00 至 11/25（三）20:00 預約")
	s := h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	v.open("/book/covid19/xbb/primary1/"+bookingtest.SiteA).has(200).sees("這幾天都不能預約了", "已截止")
	v.open("/book/covid19/xbb/primary1/" + bookingtest.SiteA + "/" + s.ID.String()).has(http.StatusConflict).sees("預約已截止")
}
