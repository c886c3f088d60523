package staff_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
)

func TestNobodySeesAPageWithoutLoggingIn(t *testing.T) {
	w := open(t, options{})
	for _, path := range pages {
		a := w.stranger().get(path)
		if a.url != "/staff/login" || !strings.Contains(a.body, "登入後台") {
			t.Errorf("%s led to %s", path, a.url)
		}
	}
	if a := w.stranger().post("/staff/accounts", "name", "mallory"); a.url != "/staff/login" {
		t.Errorf("a post led to %s", a.url)
	}
}

func TestAMemberOfStaffComesInAndGoesOut(t *testing.T) {
	w := open(t, options{})
	p := w.stranger()
	a := p.get("/staff/bookings?vaccine=xbb")
	a.wants(t, 200, "登入後台", `value="/staff/bookings?vaccine=xbb"`)
	a = p.post("/staff/login", "name", "bureau", "password", "guess", "next", "/staff/bookings?vaccine=xbb")
	a.wants(t, 422, "帳號或密碼不符", `value="bureau"`, "-guess")
	before := p.Jar.Cookies(must2(http.NewRequest(http.MethodGet, w.Server.URL+"/staff/login", nil)).URL)
	a = p.post("/staff/login", "name", "bureau", "password", w.passwords["bureau"], "next", "/staff/bookings?vaccine=xbb")
	a.wants(t, 200, "預約名單", "衛生局，林○萱", "-林志萱")
	after := p.Jar.Cookies(must2(http.NewRequest(http.MethodGet, w.Server.URL+"/staff/login", nil)).URL)
	if len(after) != 1 || len(before) > 0 && before[0].Value == after[0].Value {
		t.Errorf("the session kept its token: %v %v", before, after)
	}
	if a := p.get("/staff/login"); a.url != "/staff/monitor" {
		t.Errorf("somebody who is in sees the login: %s", a.url)
	}
	p.post("/staff/logout").wants(t, 200, "登入後台")
	if a := p.get("/staff/monitor"); a.url != "/staff/login" {
		t.Errorf("after the logout: %s", a.url)
	}
	for _, want := range []string{"bureau login bureau", "bureau login.refused bureau", "bureau logout bureau"} {
		if !w.noted(want) {
			t.Errorf("%q is not in the audit trail: %q", want, w.actions())
		}
	}
	if n, err := w.VerifyAudit(t.Context()); err != nil || n == 0 {
		t.Errorf("the trail: %d %v", n, err)
	}
}

func must2[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestTheLoginNeverLeadsElsewhere(t *testing.T) {
	w := open(t, options{})
	for _, next := range []string{"https://evil.example/staff/x", "//evil.example/staff/", "/\\evil.example", "/staff\\..\\", "javascript:alert(1)", "/lookup", "/staff/login", "%zz"} {
		p := w.stranger()
		p.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		a := p.post("/staff/login", "name", "bureau", "password", w.passwords["bureau"], "next", next)
		if to := a.header.Get("Location"); a.status != 303 || to != "/staff/monitor" {
			t.Errorf("%q led to %q (%d)", next, to, a.status)
		}
	}
}

func TestALockedAndAnExpiredAccountAreToldClearly(t *testing.T) {
	w := open(t, options{})
	p := w.stranger()
	for range account.Tries - 1 {
		p.post("/staff/login", "name", "bureau", "password", "guess").wants(t, 422, "帳號或密碼不符")
	}
	p.post("/staff/login", "name", "bureau", "password", "guess").wants(t, 422, "連續 5 次不符，帳號鎖到 10:15")
	p.post("/staff/login", "name", "bureau", "password", w.passwords["bureau"]).wants(t, 422, "帳號鎖到 10:15")

	in := w.as("xitun")
	w.Set(bookingtest.Monday.Add(account.Life))
	p.post("/staff/login", "name", "bureau", "password", w.passwords["bureau"]).wants(t, 422, "已超過使用期限，停用中")
	if a := in.get("/staff/monitor"); a.url != "/staff/login" {
		t.Errorf("a session outlives the account's year: %s", a.url)
	}
}

func TestASessionEndsWhenTheAccountIsSwitchedOff(t *testing.T) {
	w := open(t, options{})
	p, root := w.as("xitun"), w.as("root")
	root.post("/staff/accounts/xitun", "do", "disable").wants(t, 200, "已停用 xitun", "停用中")
	if a := p.get("/staff/monitor"); a.url != "/staff/login" {
		t.Errorf("still in: %s", a.url)
	}
	p.post("/staff/login", "name", "xitun", "password", w.passwords["xitun"]).wants(t, 422, "停用中")
}

func TestGuessingIsSlowedDownByAddress(t *testing.T) {
	w := open(t, options{logins: 3})
	p := w.stranger()
	for range 3 {
		p.post("/staff/login", "name", "nobody", "password", "x")
	}
	p.post("/staff/login", "name", "nobody", "password", "x").wants(t, http.StatusTooManyRequests, "請稍候再試")
}

func TestAPostFromAnotherSiteIsRefused(t *testing.T) {
	w := open(t, options{})
	p := w.as("root")
	r := must2(http.NewRequest(http.MethodPost, w.Server.URL+"/staff/accounts/xitun", strings.NewReader("do=disable")))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "https://evil.example")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	p.do(r).wants(t, 403, "請從這裡開始")
	if a, _, err := w.Accounts.Find(t.Context(), "xitun"); err != nil || !a.Disabled.IsZero() {
		t.Errorf("it was done: %+v %v", a, err)
	}
}

// pages are all pages that answer a GET, with what they need to exist in the small city.
var pages = []string{
	"/staff/monitor", "/staff/monitor.csv", "/staff/bookings", "/staff/bookings.csv", "/staff/bookings.xlsx", "/staff/capacity",
	"/staff/capacity/template.csv?period=" + bookingtest.Weekly, "/staff/periods", "/staff/periods/new", "/staff/periods/" + bookingtest.Weekly, "/staff/sites",
	"/staff/sites/new", "/staff/sites/" + bookingtest.SiteA, "/staff/reports", "/staff/reports?report=district", "/staff/reports?report=vaccine",
	"/staff/reports?report=site", "/staff/reports?report=month", "/staff/reports.csv", "/staff/devices", "/staff/accounts", "/staff/accounts.csv", "/staff/audit", "/staff/audit?verify=1",
	"/staff/review", "/staff/review?show=flagged", "/staff/numbers", "/staff/lots", "/staff/stock", "/staff/stock.csv", "/staff/password", "/staff/second",
}

func TestEveryPageForEveryRole(t *testing.T) {
	w := open(t, options{})
	w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	closed := map[string][]string{
		"root":   {"/staff/lots", "/staff/stock", "/staff/stock.csv", "/staff/review", "/staff/review?show=flagged", "/staff/numbers", "/staff/bookings", "/staff/bookings.csv", "/staff/bookings.xlsx", "/staff/capacity", pages[6], "/staff/periods/new", pages[9], "/staff/sites/new", pages[12]},
		"bureau": {"/staff/accounts", "/staff/accounts.csv", "/staff/audit", "/staff/audit?verify=1"},
		"xitun":  {"/staff/numbers", "/staff/accounts", "/staff/accounts.csv", "/staff/audit", "/staff/audit?verify=1", "/staff/periods/new", pages[9]},
		"site-a": {"/staff/numbers", "/staff/accounts", "/staff/accounts.csv", "/staff/audit", "/staff/audit?verify=1", "/staff/periods/new", pages[9], "/staff/sites/new", "/staff/devices"},
	}
	for name, shut := range closed {
		p := w.as(name)
		for _, lang := range []string{"zh-TW", "en"} {
			for _, path := range pages {
				r := must2(http.NewRequest(http.MethodGet, w.Server.URL+path, nil))
				r.Header.Set("Accept-Language", lang)
				a := p.do(r)
				want := http.StatusOK
				switch {
				case slices.Contains(shut, path) && name == "site-a" && path == "/staff/sites/new":
					want = http.StatusNotFound
				case slices.Contains(shut, path):
					want = http.StatusForbidden
				}
				if a.status != want {
					t.Errorf("%s, %s (%s): %d, want %d\n%.300s", name, path, lang, a.status, want, a.body)
				}
			}
		}
	}
}

func TestWhatIsOutsideTheJurisdictionIsNotThere(t *testing.T) {
	w := open(t, options{devices: three})
	far := w.MustBook(w.SlotOn(bookingtest.SiteC, bookingtest.XBB, bookingtest.Day), 1)
	near := w.MustBook(w.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day), 2)
	for name, want := range map[string]struct{ near, far int }{"xitun": {200, 404}, "site-a": {404, 404}, "bureau": {200, 200}, "root": {403, 403}} {
		p := w.as(name)
		for booking, status := range map[clinic.ID]int{near.ID: want.near, far.ID: want.far} {
			if a := p.get("/staff/bookings/" + booking.String()); a.status != status {
				t.Errorf("%s looks at %s: %d, want %d", name, booking, a.status, status)
			}
		}
	}
	p, c := w.as("xitun"), w.as("site-a")
	for _, path := range []string{
		"/staff/monitor", "/staff/monitor.csv", "/staff/bookings", "/staff/sites", "/staff/devices", "/staff/reports?report=site", "/staff/reports.csv?report=district",
		"/staff/bookings.csv", "/staff/capacity/template.csv?period=" + bookingtest.Weekly,
	} {
		p.get(path).wants(t, 200, "-豐原", "-"+bookingtest.SiteC)
		if path != "/staff/devices" {
			c.get(path).wants(t, 200, "-豐原", "-"+bookingtest.SiteC, "-平安診所", "-"+bookingtest.SiteB)
		}
	}
	p.get("/staff/bookings?district=豐原區").wants(t, 403, "不在您的轄區")
	p.get("/staff/bookings.csv?district=豐原區").wants(t, 403, "不在您的轄區")
	p.get("/staff/bookings?site="+bookingtest.SiteC).wants(t, 200, "找不到這個接種站")
	p.get("/staff/bookings.csv?site="+bookingtest.SiteC).wants(t, 400)
	c.get("/staff/bookings?site="+bookingtest.SiteB).wants(t, 200, "找不到這個接種站")
	p.get("/staff/sites/"+bookingtest.SiteC).wants(t, 404)
	c.get("/staff/sites/"+bookingtest.SiteB).wants(t, 404)
	p.post("/staff/sites/"+bookingtest.SiteC, "name", "改名").wants(t, 404)
	p.post("/staff/devices/00000000-0000-7000-8000-000000000003/revoke").wants(t, 404)
	p.post("/staff/devices", "site", bookingtest.SiteC, "role", "desk", "label", "櫃檯 A").wants(t, 422, "轄區沒有這個接種站")
	p.post("/staff/periods/"+bookingtest.Weekly, "label", "改名").wants(t, 403)
	c.post("/staff/devices", "site", bookingtest.SiteA, "role", "desk", "label", "櫃檯 A").wants(t, 403)
	w.as("bureau").post("/staff/accounts", "name", "mallory", "display", "我", "role", "admin").wants(t, 403)
	if site, _ := w.Catalogue().Site(bookingtest.SiteC); site.Name != "豐原區衛生所" {
		t.Errorf("it was renamed: %v", site)
	}
}

func TestTheDoorLogsNoPersonalData(t *testing.T) {
	w := open(t, options{})
	b := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 7)
	p := w.as("bureau")
	for _, path := range []string{"/staff/bookings", "/staff/bookings/" + b.ID.String(), "/staff/bookings.csv", "/staff/bookings.xlsx"} {
		p.get(path)
	}
	for _, canary := range []string{b.Person.ID.Reveal(), b.Person.Name.Reveal(), b.Person.Mobile.Reveal(), w.passwords["bureau"]} {
		if strings.Contains(w.log.String(), canary) || strings.Contains(strings.Join(w.actions(), "\n"), canary) {
			t.Errorf("%q was written down", canary)
		}
	}
}
