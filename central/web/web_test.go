package web_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

// house is an engine with a few routes of a test.
type house struct {
	*web.Engine
	static *web.Static
	log    bytes.Buffer
}

func build(t *testing.T, change func(*web.Config)) *house {
	t.Helper()
	static, err := web.NewStatic()
	if err != nil {
		t.Fatal(err)
	}
	h := &house{static: static}
	n := 0
	cfg := web.Config{
		Log: slog.New(slog.NewTextHandler(&h.log, nil)), Static: static, Now: time.Now,
		NewID: func() string { n++; return "request-" + strconv.Itoa(n) },
	}
	if change != nil {
		change(&cfg)
	}
	if h.Engine, err = web.NewEngine(cfg); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) ask(t *testing.T, method, path string, body io.Reader, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, path, body)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	h := build(t, func(c *web.Config) { c.Secure = true })
	for _, path := range []string{"/nothing", h.static.URL("look.css")} {
		head := h.ask(t, "GET", path, nil).Header()
		for name, want := range map[string]string{
			"Content-Security-Policy": web.Policy, "X-Content-Type-Options": "nosniff",
			"X-Frame-Options": "DENY", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
			"Strict-Transport-Security": "max-age=31536000; includeSubDomains",
		} {
			if head.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", path, name, head.Get(name), want)
			}
		}
	}
	if strings.Contains(web.Policy+web.ScriptPolicy, "unsafe") {
		t.Error("a policy allows what is inline")
	}
	if got := build(t, nil).ask(t, "GET", "/nothing", nil).Header().Get("Strict-Transport-Security"); got != "" {
		t.Errorf("loopback http promises TLS: %q", got)
	}
}

func TestStylesAreKeptUntilTheyChange(t *testing.T) {
	h := build(t, nil)
	url := h.static.URL("look.css")
	w := h.ask(t, "GET", url, nil, "Accept-Encoding", "gzip")
	zip, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	css, err := io.ReadAll(zip)
	if err != nil {
		t.Fatal(err)
	}
	if w.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/css") {
		t.Errorf("headers %v", w.Header())
	}
	for _, want := range []string{
		"@media (prefers-color-scheme:dark){:root:not([data-theme]){--ink:#F1F5F9", "@media (prefers-contrast:more){:root:not([data-theme]){--ink:#FFFFFF",
		":root:not([data-theme]) .c,:root:not([data-theme]) .note",
	} {
		if !strings.Contains(string(css), want) {
			t.Errorf("the style lacks %q", want)
		}
	}
	if strings.Count(string(css), "{") != strings.Count(string(css), "}") {
		t.Error("a brace is open")
	}
	if got := h.ask(t, "GET", url, nil, "If-None-Match", w.Header().Get("ETag")).Code; got != http.StatusNotModified {
		t.Errorf("unchanged gives %d", got)
	}
	if got := h.ask(t, "GET", "/static/0000000000000000/look.css", nil).Header().Get("Cache-Control"); got != "no-cache" {
		t.Errorf("another version's address is kept: %q", got)
	}
	if got := h.ask(t, "GET", "/static/x/web.go", nil).Code; got != http.StatusNotFound {
		t.Errorf("what was not added gives %d", got)
	}
}

func TestARefusalBecomesAStatusAndWords(t *testing.T) {
	h := build(t, nil)
	h.GET("/api/:code", web.Handle(func(c *gin.Context) error {
		return fmt.Errorf("book: %w", clinic.Refuse(c.Param("code"), "phone", "04-1", "limit", "65y"))
	}))
	for code, status := range map[string]int{
		clinic.RefusedFull: 409, clinic.RefusedNotFound: 404, clinic.RefusedTooYoung: 422, clinic.RefusedBusy: 503,
		clinic.RefusedCancelTooLate: 409, clinic.RefusedIDChecksum: 422, clinic.RefusedWindowClosed: 409,
	} {
		w := h.ask(t, "GET", "/api/"+code, nil, "Accept-Language", "en")
		if w.Code != status || w.Header().Get("Content-Type") != "application/problem+json" || !strings.Contains(w.Body.String(), `"code":"`+code+`"`) {
			t.Errorf("%s: %d %s", code, w.Code, w.Body)
		}
		if (status == 503) != (w.Header().Get("Retry-After") != "") {
			t.Errorf("%s: Retry-After is %q", code, w.Header().Get("Retry-After"))
		}
	}
	if strings.Contains(h.log.String(), "level=ERROR") {
		t.Error("a refusal is logged as a failure")
	}
}

func TestAFailureHidesItsCauseFromThePersonOnly(t *testing.T) {
	h := build(t, nil)
	h.GET("/fails", web.Handle(func(*gin.Context) error { return errors.New("the disk is gone") }))
	h.GET("/panics", web.Handle(func(*gin.Context) error { panic("王小明 A123456789") }))
	w := h.ask(t, "GET", "/fails", nil)
	if w.Code != 500 || strings.Contains(w.Body.String(), "disk") || !strings.Contains(w.Body.String(), "request-1") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(h.log.String(), "the disk is gone") {
		t.Errorf("the operator does not learn the cause: %s", &h.log)
	}
	if w = h.ask(t, "GET", "/panics", nil); w.Code != 500 || !strings.Contains(w.Body.String(), "request-2") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if strings.Contains(h.log.String(), "A123456789") || !strings.Contains(h.log.String(), "panic with a string") {
		t.Errorf("the log of the panic: %s", &h.log)
	}
}

func TestTheLogNamesRoutesNotPages(t *testing.T) {
	h := build(t, nil)
	h.GET("/booking/:id", web.Handle(func(c *gin.Context) error { c.String(200, "ok"); return nil }))
	h.ask(t, "GET", "/booking/secret?q=secret", nil)
	if log := h.log.String(); strings.Contains(log, "secret") || !strings.Contains(log, "route=/booking/:id status=200") || strings.Contains(log, "192.0.2.1") {
		t.Errorf("logged: %s", log)
	}
}

func TestALongBodyIsRefused(t *testing.T) {
	h := build(t, func(c *web.Config) { c.MaxBody, c.MaxBodyAt = 100, map[string]int64{"/big/": 1000} })
	read := web.Handle(func(c *gin.Context) error { return web.Form(c) })
	h.POST("/small", read)
	h.POST("/big/x", read)
	body := func() io.Reader { return strings.NewReader("a=" + strings.Repeat("x", 500)) }
	const kind = "application/x-www-form-urlencoded"
	if got := h.ask(t, "POST", "/small", body(), "Content-Type", kind); got.Code != 413 || !strings.Contains(got.Body.String(), "送出的內容太長") {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	if got := h.ask(t, "POST", "/big/x", body(), "Content-Type", kind).Code; got != 200 {
		t.Errorf("under the wider limit: %d", got)
	}
	if got := h.ask(t, "POST", "/small", strings.NewReader("a=%zz"), "Content-Type", kind).Code; got != 400 {
		t.Errorf("no form: %d", got)
	}
}

func TestOneAddressCanNotAskForEver(t *testing.T) {
	h := build(t, func(c *web.Config) { c.RequestsPerMinute = 3 })
	h.GET("/", web.Handle(func(c *gin.Context) error { c.String(200, "ok"); return nil }))
	for i := range 5 {
		w := h.ask(t, "GET", "/", nil, "X-Forwarded-For", "203.0.113."+strconv.Itoa(i)) // believed from nobody
		if want := map[bool]int{true: 200, false: 429}[i < 3]; w.Code != want {
			t.Errorf("request %d: %d, want %d", i+1, w.Code, want)
		}
		if w.Code == 429 && (w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "請等一分鐘再試")) {
			t.Errorf("it is not said when to try again: %v", w.Header())
		}
	}
}

func TestWhatAnotherSiteSendsIsRefused(t *testing.T) {
	h := build(t, func(c *web.Config) { c.TrustedOrigins = []string{"https://booking.example"} })
	h.POST("/act", web.Handle(func(c *gin.Context) error { c.String(200, "done"); return nil }))
	for _, c := range []struct {
		header, value string
		want          int
	}{
		{"Sec-Fetch-Site", "cross-site", 403},
		{"Sec-Fetch-Site", "same-site", 403},
		{"Sec-Fetch-Site", "same-origin", 200},
		{"Origin", "https://evil.example", 403},
		{"Origin", "null", 403},
		{"Origin", "http://example.com", 200},
		{"Origin", "https://booking.example", 200},
		{"User-Agent", "a program", 200},
	} {
		if got := h.ask(t, "POST", "/act", nil, c.header, c.value).Code; got != c.want {
			t.Errorf("%s %s: %d, want %d", c.header, c.value, got, c.want)
		}
	}
}

func TestTheChoiceOfLanguageAndThemeIsRemembered(t *testing.T) {
	h := build(t, func(c *web.Config) { c.Secure = true })
	for path, want := range map[string]string{
		"/sites?lang=en&q=a":          "/sites?q=a",
		"/sites?theme=hc":             "/sites",
		"//evil.example/?lang=en":     "/evil.example/",
		"/%5cevil.example?theme=dark": "/%5cevil.example",
	} {
		w := h.ask(t, "GET", path, nil)
		if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != want {
			t.Errorf("%s leads to %q with %d, want %q", path, got, w.Code, want)
		}
		cookie := w.Result().Cookies()[0]
		if !cookie.Secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode {
			t.Errorf("%s: cookie %v", path, cookie)
		}
	}
	w := h.ask(t, "GET", "/nothing", nil, "Cookie", "lang=en; theme=dark", "Accept-Language", "zh-TW")
	if body := w.Body.String(); !strings.Contains(body, `<html lang="en" data-theme="dark">`) || !strings.Contains(body, "There is no such page") {
		t.Errorf("the cookies are not heard: %.200s", body)
	}
	if body := h.ask(t, "GET", "/nothing", nil, "Cookie", "lang=xx; theme=pink").Body.String(); !strings.Contains(body, `<html lang="zh-Hant-TW">`) {
		t.Errorf("an unknown choice: %.200s", body)
	}
}

func TestASessionIsSavedBeforeTheAnswer(t *testing.T) {
	h := build(t, nil)
	s := web.NewSessions(web.SessionConfig{Cookie: "visit", Idle: time.Hour, Lifetime: time.Hour, Secure: true})
	g := h.Group("/", s.Load())
	g.GET("/put", web.Handle(func(c *gin.Context) error {
		s.Put(c.Request.Context(), "name", "value")
		c.String(200, "put")
		return nil
	}))
	g.GET("/get", web.Handle(func(c *gin.Context) error {
		c.String(200, s.GetString(c.Request.Context(), "name"))
		return nil
	}))
	g.GET("/login", web.Handle(func(c *gin.Context) error {
		if err := s.RenewToken(c.Request.Context()); err != nil {
			return err
		}
		c.Redirect(http.StatusSeeOther, "/get")
		return nil
	}))
	if got := h.ask(t, "GET", "/get", nil).Result().Cookies(); len(got) != 0 {
		t.Errorf("who did nothing gets %v", got)
	}
	cookie := h.ask(t, "GET", "/put", nil).Result().Cookies()[0]
	if !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteLaxMode || cookie.MaxAge != 0 {
		t.Errorf("cookie %v", cookie)
	}
	if got := h.ask(t, "GET", "/get", nil, "Cookie", cookie.Name+"="+cookie.Value).Body.String(); got != "value" {
		t.Errorf("the session says %q", got)
	}
	renewed := h.ask(t, "GET", "/login", nil, "Cookie", cookie.Name+"="+cookie.Value).Result().Cookies()[0]
	if renewed.Value == cookie.Value {
		t.Error("the token is the same after login")
	}
	if got := h.ask(t, "GET", "/get", nil, "Cookie", cookie.Name+"="+cookie.Value).Body.String(); got != "" {
		t.Errorf("the old token still opens %q", got)
	}
	if got := h.ask(t, "GET", "/get", nil, "Cookie", renewed.Name+"="+renewed.Value).Body.String(); got != "value" {
		t.Errorf("the new token opens %q", got)
	}
}

func TestADoorDrawsItsOwnLayout(t *testing.T) {
	h := build(t, nil)
	pages, err := web.NewPages(fstest.MapFS{
		"layout.html": {Data: []byte(`<html><body class="st"><svg>{{.Symbols}}</svg>{{.Content}}</body></html>`)},
		"_who.html":   {Data: []byte(`{{define "who"}}{{icon "person"}}{{.}}{{end}}`)},
		"list.html":   {Data: []byte(`{{define "main"}}{{template "who" .Who}}{{.T "word.site"}}{{end}}`)},
	}, "layout.html", h.static)
	if err != nil {
		t.Fatal(err)
	}
	g := h.Group("/staff", pages.Use())
	g.GET("/list", web.Handle(func(c *gin.Context) error {
		return pages.Render(c, 200, "list", &struct {
			web.Page
			Who string
		}{web.NewPage(c, "list"), "<b>"})
	}))
	g.GET("/fails", web.Handle(func(*gin.Context) error { return web.ErrForbidden }))
	body := h.ask(t, "GET", "/staff/list", nil).Body.String()
	for _, want := range []string{`class="st"`, `<symbol id="i-person"`, `href="#i-person"`, "&lt;b&gt;接種站"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q: %s", want, body)
		}
	}
	if strings.Contains(body, "i-syringe") {
		t.Error("the page carries icons it does not show")
	}
	w := h.ask(t, "GET", "/staff/fails", nil)
	if w.Code != 403 || !strings.Contains(w.Body.String(), `class="st"`) || !strings.Contains(w.Body.String(), "您沒有看這一頁的權限") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestEveryIconHasASymbol(t *testing.T) {
	if n := len(web.Icons()); n < 35 {
		t.Errorf("only %d icons", n)
	}
}
