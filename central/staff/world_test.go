package staff_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"html"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/fleet"
	"ezhitong.tw/central/staff"
	"ezhitong.tw/central/store"
	"ezhitong.tw/central/store/storetest"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// world is a small city with its staff door open, on a real engine and a real database.
type world struct {
	*bookingtest.City
	t         testing.TB
	Fleet     *fleet.Fleet
	Accounts  *account.Service
	Server    *httptest.Server
	Tmp       string
	log       bytes.Buffer
	passwords map[string]string
}

// The members of staff of every test, by name.
var staffOf = map[string]account.NewAccount{
	"root":   {Display: "管理員甲", Role: account.Admin},
	"bureau": {Display: "林志萱", Role: account.Bureau},
	"xitun":  {Display: "陳怡君", Role: account.HealthCentre, District: "西屯區"},
	"site-a": {Display: "王護理師", Role: account.Site, Site: bookingtest.SiteA},
}

// options change the world before its door opens.
type options struct {
	devices func(*store.Tx) error
	logins  int
	before  func(*world)
}

func open(t testing.TB, o options) *world {
	t.Helper()
	w := &world{City: bookingtest.Start(t, 20), t: t, Tmp: t.TempDir(), passwords: map[string]string{}}
	log := slog.New(slog.NewTextHandler(&w.log, nil))
	if o.before != nil {
		o.before(w)
	}
	if o.devices != nil {
		tx, err := w.Store.Begin(t.Context())
		must(t, err)
		must(t, errors.Join(o.devices(tx), tx.Commit()))
	}
	secrets, err := fleet.LoadOrCreateSecrets(t.TempDir(), rand.Reader)
	must(t, err)
	w.Fleet, err = fleet.New(t.Context(), fleet.Config{
		Store: w.Store, Secrets: secrets, Now: w.Now, Random: rand.Reader,
		NewID: bookingtest.NewID, Log: log,
		Open: func(string, time.Time) bool { return clinic.TimeOfDayOf(w.Now()) < 18*60 }, Record: w.Record,
	})
	must(t, err)
	w.Accounts, err = account.New(account.Config{Store: w.Store, Keys: storetest.Keys(t), Now: w.Now, Random: rand.Reader, Log: log, Record: w.Record})
	must(t, err)
	for name, n := range staffOf {
		n.Name = name
		w.passwords[name], err = w.Accounts.Add(t.Context(), "setup", n)
		must(t, err)
	}
	static, err := web.NewStatic()
	must(t, err)
	if o.logins == 0 {
		o.logins = -1
	}
	door, err := staff.New(staff.Config{
		Offer: w.Engine, Bookings: w.Engine, Desk: w.Engine, Numbers: w.Engine, Counts: w.Engine, Editor: w.Engine, Trail: w.Engine, Fleet: w.Fleet,
		Accounts: w.Accounts, Manager: w.Accounts, Now: w.Now, Static: static, TmpDir: w.Tmp, LoginsPerMinute: o.logins,
		Sessions: web.NewSessions(web.SessionConfig{Cookie: "staff", Path: "/staff", Idle: time.Hour, Lifetime: 12 * time.Hour}),
	})
	must(t, err)
	engine, err := web.NewEngine(web.Config{Log: log, NewID: uuid.NewString, Now: w.Now, Static: static, MaxBodyAt: map[string]int64{"/staff/capacity": 2 * staff.MaxUpload}})
	must(t, err)
	door.Mount(engine.Engine)
	w.Server = httptest.NewServer(engine)
	t.Cleanup(w.Server.Close)
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// person sits at a browser.
type person struct {
	w *world
	http.Client
}

func (w *world) stranger() *person {
	jar, err := cookiejar.New(nil)
	must(w.t, err)
	return &person{w, http.Client{Jar: jar}}
}

// as logs a member of staff in.
func (w *world) as(name string) *person {
	w.t.Helper()
	p := w.stranger()
	a := p.post("/staff/login", "name", name, "password", w.passwords[name])
	if a.status != http.StatusOK || !strings.HasSuffix(a.url, "/staff/monitor") {
		w.t.Fatalf("%s can't log in: %d %s", name, a.status, a.url)
	}
	return p
}

// answer is what a browser got, after following redirects.
type answer struct {
	status int
	url    string
	body   string
	header http.Header
}

func (p *person) do(r *http.Request) answer {
	p.w.t.Helper()
	res, err := p.Do(r)
	must(p.w.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(p.w.t, err)
	a := answer{res.StatusCode, res.Request.URL.Path, string(body), res.Header}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		p.w.proper(r.URL.Path, a)
	}
	return a
}

func (p *person) get(path string) answer {
	p.w.t.Helper()
	r, err := http.NewRequestWithContext(p.w.t.Context(), http.MethodGet, p.w.Server.URL+path, nil)
	must(p.w.t, err)
	r.Header.Set("Accept", "text/html")
	return p.do(r)
}

func (p *person) post(path string, pairs ...string) answer {
	p.w.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r, err := http.NewRequestWithContext(p.w.t.Context(), http.MethodPost, p.w.Server.URL+path, strings.NewReader(form.Encode()))
	must(p.w.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", p.w.Server.URL)
	return p.do(r)
}

func (p *person) upload(path string, data []byte) answer {
	p.w.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	part, err := m.CreateFormFile("file", "量能.csv")
	must(p.w.t, err)
	_, err = part.Write(data)
	must(p.w.t, errors.Join(err, m.Close()))
	r, err := http.NewRequestWithContext(p.w.t.Context(), http.MethodPost, p.w.Server.URL+path, &body)
	must(p.w.t, err)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return p.do(r)
}

var (
	quoted   = regexp.MustCompile(`"[^"]*"`)
	inline   = regexp.MustCompile(`(?i)<[a-z][^>]*\s(style|on[a-z]+)=|<script>`)
	symbolID = regexp.MustCompile(`<symbol id="(i-[a-z-]+)"`)
	symbolAt = regexp.MustCompile(`href="#(i-[a-z-]+)"`)
	anyID    = regexp.MustCompile(`\sid="([^"]+)"`)
)

// proper checks what holds for every page: nothing inline that the policy would block, every text known, every icon
// there, no id twice.
func (w *world) proper(path string, a answer) {
	w.t.Helper()
	if found := inline.FindString(quoted.ReplaceAllString(a.body, `""`)); found != "" {
		w.t.Errorf("%s has something inline: %q", path, found)
	}
	if i := strings.Index(a.body, "⟦"); i >= 0 {
		w.t.Errorf("%s lacks a text: %.60s", path, a.body[i:])
	}
	if strings.Contains(a.body, "ZgotmplZ") {
		w.t.Errorf("%s: a template puts a value where it may not stand", path)
	}
	have := map[string]bool{}
	for _, m := range symbolID.FindAllStringSubmatch(a.body, -1) {
		have[m[1]] = true
	}
	for _, m := range symbolAt.FindAllStringSubmatch(a.body, -1) {
		if !have[m[1]] {
			w.t.Errorf("%s: icon %s is not there", path, m[1])
		}
	}
	seen := map[string]bool{}
	for _, m := range anyID.FindAllStringSubmatch(a.body, -1) {
		if seen[m[1]] {
			w.t.Errorf("%s: the id %s stands twice", path, m[1])
		}
		seen[m[1]] = true
	}
	if !strings.Contains(a.header.Get("Content-Security-Policy"), "default-src 'none'") || a.header.Get("Cache-Control") != "no-store" {
		w.t.Errorf("%s: %v", path, a.header)
	}
}

// wants checks texts of a page; those that begin with a dash must not be there.
func (a answer) wants(t testing.TB, status int, texts ...string) {
	t.Helper()
	if a.status != status {
		t.Errorf("%s: status %d, want %d\n%.600s", a.url, a.status, status, a.body)
	}
	for _, text := range texts {
		not, forbidden := strings.CutPrefix(text, "-")
		if forbidden && strings.Contains(a.body, not) {
			t.Errorf("%s shows %q", a.url, not)
		} else if !forbidden && !strings.Contains(html.UnescapeString(a.body), text) && !strings.Contains(a.body, text) {
			t.Errorf("%s does not show %q", a.url, text)
		}
	}
}

// actions lists the audit trail, oldest first, as "actor action object".
func (w *world) actions() []string {
	w.t.Helper()
	rows, err := w.AuditPage(w.t.Context(), 0, "", "", 1000)
	must(w.t, err)
	var out []string
	for _, r := range rows {
		out = append([]string{r.Actor + " " + r.Action + " " + r.Object}, out...)
	}
	return out
}

func (w *world) noted(want string) bool {
	for _, a := range w.actions() {
		if a == want {
			return true
		}
	}
	return false
}

// machine is a device that came in an hour ago and was last heard of so long ago.
func machine(site, letter, label string, n byte, now time.Time, silent time.Duration) (store.Device, store.DeviceStatus) {
	id := clinic.ID{15: n, 6: 0x70, 8: 0x80}
	d := store.Device{
		ID: id, Site: site, Role: syncproto.RoleDesk, Letter: letter, Label: label, Epoch: 1, Noise: bytes.Repeat([]byte{n}, 32),
		Sign: bytes.Repeat([]byte{n}, 32), Enrolled: now.Add(-24 * time.Hour).UnixMilli(), NotBefore: now.Unix() - 86400, Expires: now.Unix() + 30*86400,
	}
	at := now.Add(-silent).UnixMilli()
	return d, store.DeviceStatus{
		Device: id, Contact: at, Pulled: at, Pushed: at, Moved: at, Build: "2.3.1", Version: syncproto.Oldest, Cursor: 1 << 20,
		MaxSeq: 7, Acked: 7, Reader: syncproto.ReaderReady, RoundTrip: 12, FreeDisk: 41 << 30, Skew: 400,
	}
}

// readDir names what is in a folder.
func readDir(path string) ([]string, error) {
	entries, err := os.ReadDir(path)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}
