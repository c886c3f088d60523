package web

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/clinic"
)

// Gate lets so many requests work at a time, so many more wait in line, and
// turns the rest away at once, with 503 and a Retry-After, before anything is
// read, looked up or logged. Refusing inside the engine costs nearly as much as
// booking, and thousands of handlers at work at once keep the writer from its
// turn: at twice the load that a machine can carry, it then books a third of what
// it could.
//
// Devices of clinics (everything under /sync/) always pass: the patient at the
// counter comes first.
type Gate struct {
	next    http.Handler
	work    chan struct{} // holds a token for each request at work
	most    int64         // at work and in line
	inside  atomic.Int64
	refused atomic.Int64
	page    []byte
	problem []byte
}

// latest is the longest Retry-After in seconds; each is drawn, so that those who
// were turned away do not come back together.
const latest = 5

// NewGate puts a gate before a handler: so many requests at work, so many in line.
func NewGate(next http.Handler, work, line int) (*Gate, error) {
	texts := make(map[string]string)
	for _, locale := range i18n.Locales() {
		texts[locale] = i18n.T(locale, "refusal."+clinic.RefusedBusy, nil)
	}
	problem, err := json.Marshal(map[string]any{
		"type": "about:blank", "status": http.StatusServiceUnavailable, "code": clinic.RefusedBusy,
		"title": texts[clinic.DefaultLocale], "detail": texts["en"],
	})
	if err != nil {
		return nil, fmt.Errorf("make the gate: %w", err)
	}
	var page strings.Builder
	page.WriteString(`<!doctype html><html lang="zh-Hant-TW"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>疫苗E指通</title>`)
	page.WriteString(`<h1>疫苗E指通</h1><p>` + html.EscapeString(texts[clinic.DefaultLocale]) + `</p>`)
	page.WriteString(`<p lang="en">` + html.EscapeString(texts["en"]) + `</p>`)
	return &Gate{next: next, work: make(chan struct{}, work), most: int64(work + line), page: []byte(page.String()), problem: problem}, nil
}

// ServeHTTP lets a request in or turns it away.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/sync/") {
		g.next.ServeHTTP(w, r)
		return
	}
	defer g.inside.Add(-1)
	if g.inside.Add(1) <= g.most {
		select {
		case g.work <- struct{}{}:
			defer func() { <-g.work }()
			g.next.ServeHTTP(w, r)
		case <-r.Context().Done(): // whoever waited has left
		}
		return
	}
	g.refused.Add(1)
	g.turnAway(w, r)
}

// Inside counts the requests at work and in line.
func (g *Gate) Inside() int { return int(g.inside.Load()) }

func (g *Gate) turnAway(w http.ResponseWriter, r *http.Request) {
	kind, body := "text/html; charset=utf-8", g.page
	if strings.HasPrefix(r.URL.Path, "/api/") {
		kind, body = "application/problem+json", g.problem
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'")
	h.Set("Retry-After", strconv.Itoa(1+rand.IntN(latest)))
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write(body) // whoever left does not hear it
}

// Report logs how many were turned away, at most once in a while, until the
// context ends.
func (g *Gate) Report(ctx context.Context, every time.Duration, log *slog.Logger) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if n := g.refused.Swap(0); n > 0 {
				log.Warn("the gate turned requests away", "count", n, "in", every)
			}
		}
	}
}
