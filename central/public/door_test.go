package public_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/net/html"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/public"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// house is the door on a real engine with a real database, behind a real HTTP server.
type house struct {
	*bookingtest.City
	URL string
	log *lines
}

// lines collects what was logged.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func open(t *testing.T, places int) *house {
	t.Helper()
	city := bookingtest.Start(t, places)
	h := &house{City: city, log: &lines{}}
	h.serve(t, city)
	return h
}

// serve puts the door before bookings on a server of its own.
func (h *house) serve(t *testing.T, bookings public.Bookings) {
	t.Helper()
	srv := httptest.NewServer(serve(t, h.City, bookings, h.log))
	t.Cleanup(srv.Close)
	h.URL = srv.URL
}

func serve(t testing.TB, city *bookingtest.City, bookings public.Bookings, log io.Writer) *web.Engine {
	t.Helper()
	static, err := web.NewStatic()
	if err != nil {
		t.Fatal(err)
	}
	engine, err := web.NewEngine(web.Config{Log: slog.New(slog.NewTextHandler(log, nil)), NewID: uuid.NewString, Now: time.Now, Static: static, RequestsPerMinute: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	door, err := public.New(public.Config{
		Offer: city, Bookings: bookings, Holds: city, Groups: city, Standby: city, Now: city.Now, NewID: bookingtest.NewID, Static: static,
		Sessions:          web.NewSessions(web.SessionConfig{Cookie: "visit", Idle: time.Hour, Lifetime: 4 * time.Hour}),
		Ticket:            func(b clinic.Booking) (string, error) { return syncproto.SignTicket(b.ID, ticketKey), nil },
		BookingsPerMinute: -1, LookUpsPerMinute: -1, GuessesPerHour: 5,
	})
	if err != nil {
		t.Fatal(err)
	}
	door.Mount(engine)
	return engine
}

// ticketKey signs the QR codes of tests.
var ticketKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))

// visitor is a browser without script: it follows links, fills in forms and keeps cookies.
type visitor struct {
	t      *testing.T
	house  *house
	client *http.Client
	at     *url.URL
	status int
	body   string
	doc    *html.Node
	header http.Header
}

func (h *house) visitor(t *testing.T) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t: t, house: h, client: &http.Client{Jar: jar}}
}

func (v *visitor) do(req *http.Request) *visitor {
	v.t.Helper()
	res, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	v.at, v.status, v.body, v.header = res.Request.URL, res.StatusCode, string(body), res.Header
	if v.doc, err = html.Parse(strings.NewReader(v.body)); err != nil {
		v.t.Fatal(err)
	}
	if strings.Contains(v.body, "⟦") {
		v.t.Errorf("%s: a text is missing: %.60s", v.at, v.body[strings.Index(v.body, "⟦"):])
	}
	return v
}

func (v *visitor) open(path string) *visitor {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, v.resolve(path), nil)
	if err != nil {
		v.t.Fatal(err)
	}
	return v.do(req)
}

func (v *visitor) resolve(ref string) string {
	v.t.Helper()
	base := v.at
	if base == nil {
		base, _ = url.Parse(v.house.URL)
	}
	u, err := base.Parse(ref)
	if err != nil {
		v.t.Fatal(err)
	}
	return u.String()
}

// follow clicks the first link whose words, or label for screen readers, contain text.
func (v *visitor) follow(text string) *visitor {
	v.t.Helper()
	links := all(v.doc, "a")
	if m := all(v.doc, "main"); len(m) > 0 {
		links = append(all(m[0], "a"), links...) // the page's own before the menu's
	}
	for _, a := range links {
		if strings.Contains(words(a)+" "+attr(a, "aria-label"), text) {
			return v.open(attr(a, "href"))
		}
	}
	v.t.Fatalf("%s has no link %q in: %s", v.at, text, v.text())
	return nil
}

// send fills in the page's POST form and presses the button whose words contain button.
func (v *visitor) send(button string, fill map[string]string) *visitor {
	v.t.Helper()
	return v.post(v.at.String(), v.form(button, fill))
}

// choose presses the button of a slot by its label for screen readers.
func (v *visitor) choose(label string) *visitor {
	v.t.Helper()
	for _, b := range all(v.doc, "button") {
		if attr(b, "name") == "slot" && strings.Contains(attr(b, "aria-label"), label) {
			return v.post(v.at.Path, url.Values{"slot": {attr(b, "value")}})
		}
	}
	v.t.Fatalf("%s has no slot %q in: %s", v.at, label, v.text())
	return nil
}

// form is what a browser would send.
func (v *visitor) form(button string, fill map[string]string) url.Values {
	v.t.Helper()
	values := url.Values{}
	for _, f := range all(v.doc, "form") {
		if attr(f, "method") != "post" {
			continue
		}
		names := map[string]bool{}
		for _, in := range all(f, "input") {
			name := attr(in, "name")
			names[name] = true
			if attr(in, "type") == "checkbox" && !has(in, "checked") {
				continue
			}
			values.Set(name, attr(in, "value"))
		}
		for name, value := range fill {
			if !names[name] {
				v.t.Fatalf("%s has no input %q", v.at, name)
			}
			if value == "" {
				values.Del(name)
			} else {
				values.Set(name, value)
			}
		}
	}
	for _, b := range all(v.doc, "button") {
		if strings.Contains(words(b), button) {
			if name := attr(b, "name"); name != "" {
				values.Set(name, attr(b, "value"))
			}
			return values
		}
	}
	v.t.Fatalf("%s has no button %q", v.at, button)
	return nil
}

func (v *visitor) post(to string, values url.Values) *visitor {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, v.resolve(to), strings.NewReader(values.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return v.do(req)
}

// sees fails unless the page says all of these.
func (v *visitor) sees(texts ...string) *visitor {
	v.t.Helper()
	page := v.text()
	for _, want := range texts {
		if !strings.Contains(page, want) {
			v.t.Errorf("%s does not say %q: %s", v.at, want, page)
		}
	}
	return v
}

func (v *visitor) has(status int) *visitor {
	v.t.Helper()
	if v.status != status {
		v.t.Fatalf("%s: status %d, want %d: %s", v.at, v.status, status, v.text())
	}
	return v
}

func (v *visitor) text() string {
	if m := all(v.doc, "main"); len(m) > 0 {
		return words(m[0])
	}
	return v.body
}

func all(n *html.Node, tag string) []*html.Node {
	var out []*html.Node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.Data == tag {
			out = append(out, d)
		}
	}
	return out
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// filled is a person form with nothing wrong in it, of person n.
func filled(n int) map[string]string {
	p := bookingtest.Person(n)
	born := p.Birth.Reveal()
	return map[string]string{
		"id": p.ID.Reveal(), "name": p.Name.Reveal(), "year": fmt.Sprint(born.Year - 1911),
		"month": fmt.Sprint(int(born.Month)), "day": fmt.Sprint(born.Day), "mobile": p.Mobile.Reveal(), "c1": "1", "c2": "1", "c3": "1",
	}
}

// with changes some fields of a form.
func with(m map[string]string, pairs ...string) map[string]string {
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// atForm takes a visitor to the person form of a COVID slot on a day.
func (h *house) atForm(t *testing.T, site string, day clinic.Date) *visitor {
	t.Helper()
	s := h.SlotOn(site, bookingtest.XBB, day)
	return h.visitor(t).post("/book/covid19/xbb/primary1/"+site, url.Values{"slot": {s.ID.String()}}).has(http.StatusOK)
}
