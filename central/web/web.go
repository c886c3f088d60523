// Package web is what the doors of central share: the Gin engine with its guards, sessions, the visitor's language and
// theme, styles and icons, page templates, and the one adapter that turns a refusal into a status and a text.
//
// A door is built like this:
//
//	engine, err := web.NewEngine(web.Config{Log: log, NewID: web.NewRequestID, Now: now, Static: static})
//	pages, err := web.NewPages(files, "layout.html", static)
//	group := engine.Group("/", sessions.Load(), pages.Use())
//	group.GET("/sites", web.Handle(door.sites))
//
// Handlers read, call and answer; what they can't do they return as an error. A *clinic.Refusal becomes a page or an RFC
// 9457 problem in the visitor's language, everything else is logged under the request's id and shown as 'internal'.
package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// Config is what an engine needs from outside.
type Config struct {
	Log   *slog.Logger     // one line a request, failures with their cause; never personal data
	NewID func() string    // makes the id of a request, shown to a person when something failed
	Now   func() time.Time // times requests for the log

	Secure         bool     // served over TLS: HSTS, cookies marked Secure; false only for loopback http
	TrustedProxies []string // whose X-Forwarded-For is believed; nil believes nobody
	TrustedOrigins []string // further origins that may post, such as https://booking.example; usually none

	MaxBody   int64            // bytes of a request's body; 0 means 1 MiB
	MaxBodyAt map[string]int64 // the same under a path prefix, such as "/hub/"; the longest prefix counts

	RequestsPerMinute int // for each address; 0 means 6,000, negative means no limit

	AtWork int // requests that are worked on at a time, see Gate; 0 means 512
	InLine int // requests that wait in line beside them; 0 means 15,000

	Static *Static // styles and icons served under /static/
}

// defaultMaxBody holds every form of the pages many times over.
const defaultMaxBody = 1 << 20

// defaultRequestsPerMinute lets thousands behind one carrier's address book at the same time.
const defaultRequestsPerMinute = 6000

// So many requests of citizens and staff are worked on at a time, and so many more wait in line: two seconds' work.
// Whoever waits that long has an answer before somebody who is told to come back has asked again, and to wait costs less
// than to be refused.
const (
	defaultAtWork = 512
	defaultInLine = 15_000
)

// Engine is Gin's engine behind the guards that every door has.
type Engine struct {
	*gin.Engine
	Gate  *Gate
	reads gin.HandlersChain
}

// Reads is a group of routes for what is written beforehand and is the same for everybody. To answer costs less than a
// guard would, or than to refuse: these routes have the security headers and the error page, and neither the gate nor
// the limits, nor a session, a language or a line in the log, which has their number instead. They read no body.
func (e *Engine) Reads(path string) *gin.RouterGroup {
	g := e.Group(path)
	g.Handlers = e.reads
	return g
}

// NewEngine makes the engine that all doors mount on. Its guards are in this order: the gate, request id and log, the
// error page, recovery, security headers, body limit, rate limit, cross-site protection, language and theme.
func NewEngine(cfg Config) (*Engine, error) {
	if cfg.Log == nil || cfg.NewID == nil || cfg.Now == nil || cfg.Static == nil {
		return nil, errors.New("web: Log, NewID, Now and Static are needed")
	}
	gin.SetMode(gin.ReleaseMode)
	gate, err := NewGate(orDefault(cfg.AtWork, defaultAtWork), orDefault(cfg.InLine, defaultInLine))
	if err != nil {
		return nil, err
	}
	e := &Engine{Engine: gin.New(), Gate: gate}
	e.HandleMethodNotAllowed = true
	e.RedirectTrailingSlash = false
	e.RedirectFixedPath = false
	if err := e.SetTrustedProxies(cfg.TrustedProxies); err != nil {
		return nil, fmt.Errorf("trusted proxies: %w", err)
	}
	own, err := ownPages(cfg.Static)
	if err != nil {
		return nil, err
	}
	guard, err := crossSite(cfg.TrustedOrigins)
	if err != nil {
		return nil, err
	}
	guarded := gin.HandlersChain{answerErrors(cfg.Log, own), recovery(cfg.Log), headers(cfg.Secure)}
	e.reads = append(gin.HandlersChain{gate.Count}, guarded...)
	e.Use(gate.Pass, requestLog(cfg.Log, cfg.NewID, cfg.Now))
	e.Use(guarded...)
	e.Use(maxBody(cfg), Limit(orDefault(cfg.RequestsPerMinute, defaultRequestsPerMinute), time.Minute, Address), guard, visitor(cfg.Secure))
	e.NoRoute(Handle(func(*gin.Context) error { return ErrNotFound }))
	e.NoMethod(Handle(func(*gin.Context) error { return &Denial{Status: http.StatusMethodNotAllowed, Code: "method"} }))
	e.Reads("/static").GET("/:hash/*name", Handle(cfg.Static.serve))
	e.GET("/favicon.ico", func(c *gin.Context) { c.Redirect(http.StatusMovedPermanently, cfg.Static.URL("mark.svg")) })
	return e, nil
}

func orDefault(n, d int) int {
	if n == 0 {
		return d
	}
	return n
}
