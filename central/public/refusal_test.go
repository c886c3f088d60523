package public_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/public"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

func TestEveryFaultOfTheFormIsSaidBesideItsField(t *testing.T) {
	h := open(t, 20)
	for name, c := range map[string]struct {
		change []string
		field  string
		says   string
	}{
		"wrong checksum":    {[]string{"id", "A123456788"}, "id", "這組號碼不正確。請對照身分證，再核對一次。"},
		"no number":         {[]string{"id", ""}, "id", "號碼是 10 個字"},
		"no name":           {[]string{"name", " "}, "name", "還沒有姓名。"},
		"a name of figures": {[]string{"name", "12345"}, "name", "還沒有姓名。"},
		"no such day":       {[]string{"month", "13"}, "year", "讀不懂這個生日。"},
		"born tomorrow":     {[]string{"year", "2026", "month", "11", "day", "17"}, "year", "讀不懂這個生日。"},
		"no phone":          {[]string{"mobile", ""}, "mobile", "手機和市話至少填一個"},
		"half a phone":      {[]string{"mobile", "0912"}, "mobile", "電話號碼不正確。"},
		"half a landline":   {[]string{"landline", "2526"}, "landline", "電話號碼不正確。"},
		"one consent less":  {[]string{"c3", ""}, "c3", "請勾選這一項，才能完成預約。"},
		"too young":         {[]string{"year", "2020", "guardian", "0922000111", "guardian_consent", "1"}, "year", "這項疫苗限 12 歲以上。接種當天未滿 12 歲，請改選其他疫苗。"},
		"alone under 18":    {[]string{"year", "2012"}, "guardian", "未滿 18 歲，請填監護人的電話，並勾選監護人同意。"},
	} {
		t.Run(name, func(t *testing.T) {
			v := h.atForm(t, bookingtest.SiteA, bookingtest.Day)
			v.send("送出預約", with(filled(20), c.change...)).has(http.StatusUnprocessableEntity).sees(c.says, "有 1 個地方需要修正")
			for _, n := range all(v.doc, "a") {
				if attr(n, "href") == "#"+c.field && (strings.Contains(words(n), strings.TrimSuffix(c.says, "。")) || words(n) == "第 3 項同意事項尚未勾選") {
					goto linked
				}
			}
			t.Errorf("the summary has no link to %s", c.field)
		linked:
			if got := v.form("送出預約", nil).Get("landline"); c.field == "landline" && got != "2526" {
				t.Errorf("what was typed is gone: %q", got)
			}
			focused := 0
			for _, in := range all(v.doc, "input") {
				if has(in, "autofocus") {
					focused++
					if attr(in, "id") != c.field || attr(in, "aria-invalid") != "true" {
						t.Errorf("%s has the focus, want %s", attr(in, "id"), c.field)
					}
				}
			}
			if focused != 1 {
				t.Errorf("%d inputs ask for the focus", focused)
			}
		})
	}
	if got := h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day).Taken; got != 0 {
		t.Errorf("%d places were taken", got)
	}
}

func TestAllFaultsAreToldAtOnce(t *testing.T) {
	h := open(t, 20)
	v := h.atForm(t, bookingtest.SiteA, bookingtest.Day)
	v.send("送出預約", nil).has(http.StatusUnprocessableEntity).sees("有 7 個地方需要修正")
}

func TestWhoHasABookingIsToldSo(t *testing.T) {
	h := open(t, 20)
	h.MustBook(h.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day), 21)
	v := h.atForm(t, bookingtest.SiteA, bookingtest.Day)
	v.send("送出預約", filled(21)).has(http.StatusConflict).sees("您已預約這項疫苗。要改時間，請先取消原來的預約。")
}

func TestTheClosedPeriodIsNamed(t *testing.T) {
	h := open(t, 20)
	v := h.atForm(t, bookingtest.SiteA, bookingtest.Day)
	h.Set(bookingtest.Monday.AddDate(0, 0, 3)) // Thursday
	v.send("送出預約", filled(22)).has(http.StatusConflict).sees("2026年47期的預約已截止。")
}

func TestTheFormOfAClosedSlotLeadsBackToTheSlots(t *testing.T) {
	h := open(t, 20)
	s := h.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day)
	v := h.visitor(t).open("/book/influenza/flu-qiv/single/" + bookingtest.SiteA + "/" + s.ID.String()).has(200)
	h.Set(bookingtest.Day.AddDays(-1).At(12 * 60))
	v.send("送出預約", filled(23)).has(200).sees("哪一天、幾點來？", "這個時段在 11/22（日）12:00 截止預約。請選後面的日期。")
	v.open("/book/influenza/flu-qiv/single/" + bookingtest.SiteA + "/" + bookingtest.NewID().String()).has(200).sees("這個時段已經不開放。")
}

func TestCancellingTooLateGivesThePhone(t *testing.T) {
	h := open(t, 20)
	v := h.atForm(t, bookingtest.SiteA, bookingtest.Day)
	v.send("送出預約", filled(24)).has(200)
	page := v.at.Path
	v.open(page + "/cancel").has(200)
	h.Set(bookingtest.Day.AddDays(-1).At(9 * 60))
	born := filled(24)
	v.send("取消預約", map[string]string{"year": born["year"], "month": born["month"], "day": born["day"]}).
		has(http.StatusConflict).sees("線上取消只到接種前 2 日。請打電話給院所：04-22220001。")
	v.open(page).has(200).sees("請打電話給院所：04-22220001")
}

func TestWhatIsNotThereHasAPageOfItsOwn(t *testing.T) {
	h := open(t, 20)
	v := h.visitor(t)
	for _, path := range []string{"/nothing", "/book/nothing", "/book/covid19/xbb/primary1/0000000000", "/notices/nothing"} {
		v.open(path).has(http.StatusNotFound).sees("沒有這一頁")
		v.follow("回到疫苗清單").has(200)
	}
	v.open("/book/covid19/nothing").has(http.StatusNotFound).sees("這項疫苗目前不開放預約。")
	v.open("/book/covid19/xbb/nothing").has(http.StatusNotFound).sees("這項疫苗目前不開放預約。")
	v.post("/", nil).has(http.StatusMethodNotAllowed)
}

// canary is text that would act if a page let it.
const canary = `"><script>alert(1)</script><img src=x onerror=alert(1)>{{.}}' javascript:alert(1)`

func TestNothingTypedEverBecomesPartOfThePage(t *testing.T) {
	h := open(t, 20)
	v := h.atForm(t, bookingtest.SiteA, bookingtest.Day)
	bad := filled(25)
	for name := range bad {
		if len(name) > 2 || name == "id" {
			bad[name] = canary
		}
	}
	bad["landline"], bad["guardian"] = canary, canary
	harmless(t, v.send("送出預約", bad).has(http.StatusUnprocessableEntity))
	if got := v.form("送出預約", nil).Get("name"); !strings.HasPrefix(canary, got) || got == "" {
		t.Errorf("the name came back as %q", got)
	}
	q := url.QueryEscape(canary)
	for _, path := range []string{
		"/sites?q=" + q + "&district=" + q + "&programme=" + q + "&page=" + q, "/vacancies?vaccine=" + q + "&district=" + q,
		"/book/covid19/xbb/primary1?district=" + q + "&q=" + q, "/book/covid19?site=" + q, "/book/covid19/xbb?site=" + q,
		"/book/covid19/xbb/primary1/" + bookingtest.SiteA + "?from=" + q, "/" + url.PathEscape(canary), "/book/" + url.PathEscape(canary),
		"/?lang=" + q + "&theme=" + q,
	} {
		harmless(t, v.open(path))
	}
	v.open("/lookup")
	harmless(t, v.send("查詢預約", map[string]string{"id": canary, "year": canary, "month": canary, "day": canary}))
	named := h.atForm(t, bookingtest.SiteA, bookingtest.Day)
	harmless(t, named.send("送出預約", with(filled(26), "name", "<script>alert(1)</script>王")).has(200).sees("預約成功"))
}

func harmless(t *testing.T, v *visitor) {
	t.Helper()
	if n := all(v.doc, "script"); len(n) > 0 {
		t.Errorf("%s carries a script", v.at)
	}
	for d := range v.doc.Descendants() {
		for _, a := range d.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || strings.HasPrefix(strings.ToLower(a.Val), "javascript:") && a.Key != "value" {
				t.Errorf("%s: <%s %s=%q>", v.at, d.Data, a.Key, a.Val)
			}
		}
	}
	csp := v.header.Get("Content-Security-Policy")
	if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("%s: the policy is %q", v.at, csp)
	}
}

func TestAnotherSiteCanNotPostInAVisitorsName(t *testing.T) {
	h := open(t, 20)
	v := h.atForm(t, bookingtest.SiteA, bookingtest.Day)
	form := v.form("送出預約", filled(27))
	for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, v.at.String(), strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set(header, value)
		v.do(req).has(http.StatusForbidden).sees("請從這裡開始")
	}
	if got := h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day).Taken; got != 0 {
		t.Errorf("%d places were taken", got)
	}
}

func TestAFailureTellsThePersonAnIDAndTheOperatorTheCause(t *testing.T) {
	h := open(t, 20)
	v := h.visitor(t).open("/lookup")
	f := filled(28)
	if err := h.Store.Close(); err != nil {
		t.Fatal(err)
	}
	v.send("查詢預約", map[string]string{"id": f["id"], "year": f["year"], "month": f["month"], "day": f["day"]}).
		has(http.StatusInternalServerError).sees("這一步沒有完成", "需要協助時，請告訴我們這組號碼：")
	id := v.header.Get("X-Request-Id")
	if id == "" || !strings.Contains(v.text(), id) {
		t.Errorf("the page does not tell the request's id %q", id)
	}
	if log := h.log.String(); !strings.Contains(log, "request="+id) || strings.Contains(log, filled(28)["id"]) {
		t.Errorf("the operator's log:\n%s", log)
	}
}

// refusing is the real engine, but it refuses every booking with one rule.
type refusing struct {
	public.Bookings
	rule *clinic.Refusal
}

func (r refusing) Book(context.Context, booking.Request) (clinic.Booking, error) {
	return clinic.Booking{}, fmt.Errorf("book: %w", r.rule)
}

func TestEveryRuleIsSaidInTheVisitorsLanguageAndNothingTypedIsLost(t *testing.T) {
	h := open(t, 20)
	args := []string{
		"limit", "12y", "days", "84", "earliest", "2026-12-20", "before", "primary1", "dose", "primary2", "period", "第47期", "period@en", "period 47", "open", "第49期", "open@en", "Period 49",
		"opens", "2026-11-23T09:00:00+08:00", "closed", "2026-11-22T12:00:00+08:00", "phone", "04-22220001", "booked", "3",
	}
	for _, code := range []string{
		clinic.RefusedTooYoung, clinic.RefusedTooOld, clinic.RefusedInterval, clinic.RefusedDoseOrder, clinic.RefusedAlreadyBooked,
		clinic.RefusedFull, clinic.RefusedWindowNotOpen, clinic.RefusedWindowClosed, clinic.RefusedSlotClosed, clinic.RefusedNoSuchSlot, clinic.RefusedNoSuchVaccine,
		clinic.RefusedIDChecksum, clinic.RefusedIDForm, clinic.RefusedName, clinic.RefusedBirth, clinic.RefusedPhone, clinic.RefusedPhoneMissing,
		clinic.RefusedConsent, clinic.RefusedGuardian, clinic.RefusedNoShow, clinic.RefusedNoShowNext, clinic.RefusedBusy, clinic.RefusedConflictingKey,
	} {
		rule := clinic.Refuse(code, args...)
		h.serve(t, refusing{h.City, rule})
		for _, locale := range []string{"zh-TW", "en"} {
			v := h.visitor(t).open("/?lang=" + locale).open("/book/covid19/xbb/primary1/" + bookingtest.SiteA + "/" + h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day).ID.String())
			v.post(v.at.String(), v.form(map[string]string{"zh-TW": "送出預約", "en": "Book"}[locale], filled(32))).sees(web.RefusalText(locale, rule))
			if code != clinic.RefusedFull && code != clinic.RefusedSlotClosed && code != clinic.RefusedNoSuchSlot {
				v.has(web.StatusOf(rule))
				if got := attr(byID(v, "name"), "value"); got != filled(32)["name"] {
					t.Errorf("%s: the name came back as %q", code, got)
				}
			}
		}
	}
}

func byID(v *visitor, id string) *html.Node {
	v.t.Helper()
	for _, n := range all(v.doc, "input") {
		if attr(n, "id") == id {
			return n
		}
	}
	v.t.Fatalf("%s has no input %q", v.at, id)
	return nil
}

func TestNobodyTriesAllBirthDates(t *testing.T) {
	h := open(t, 20)
	h.MustBook(h.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 30)
	f := filled(30)
	for day := range 6 {
		v := h.visitor(t).open("/lookup") // a new visitor each time
		v.send("查詢預約", map[string]string{"id": f["id"], "year": "40", "month": "1", "day": strconv.Itoa(day + 1)})
		if want := map[bool]int{true: http.StatusNotFound, false: http.StatusTooManyRequests}[day < 5]; v.status != want {
			t.Errorf("try %d: %d, want %d", day+1, v.status, want)
		}
	}
	var p web.Problem
	if res := h.call(t, "POST", "/bookings/lookup", map[string]any{"id_number": f["id"], "birth": "40/1/7"}, &p); res.StatusCode != http.StatusTooManyRequests || p.Code != "too_many" {
		t.Errorf("the API lets one go on: %d %+v", res.StatusCode, p)
	}
	other := filled(31)
	h.visitor(t).open("/lookup").send("查詢預約", map[string]string{"id": other["id"], "year": "40", "month": "1", "day": "1"}).has(http.StatusNotFound)
}

func TestABusyEngineLosesNothing(t *testing.T) {
	h := open(t, 20)
	v := h.atForm(t, bookingtest.SiteA, bookingtest.Day)
	if err := h.Store.Close(); err != nil { // the commit can't succeed
		t.Fatal(err)
	}
	sent := v.form("送出預約", filled(29))
	v.post(v.at.String(), sent).has(http.StatusServiceUnavailable).sees("請過一會再按一次")
	if v.header.Get("Retry-After") == "" {
		t.Error("it is not said when to try again")
	}
	if again := v.form("送出預約", nil); again.Encode() != sent.Encode() {
		t.Error("pressing again would send something else")
	}
}

func TestAtMostSevenDaysStandSideBySide(t *testing.T) {
	h := open(t, 20)
	h.Set(time.Date(2026, 11, 16, 10, 0, 0, 0, clinic.Taipei))
	v := h.visitor(t)
	v.open("/book/influenza/flu-qiv/single/" + bookingtest.SiteA).has(200).sees("後 7 天")
	for _, want := range []string{"11/30", "12/7"} {
		v.follow("後 7 天").has(200).sees(want, "前 7 天")
	}
	if days := strings.Count(v.body, `class="day"`); days != 7 {
		t.Errorf("%d days are shown", days)
	}
	v.open("/book/influenza/flu-qiv/single/" + bookingtest.SiteA + "?from=1999-01-01").has(200).sees("11/23")
}
