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

	"github.com/gin-gonic/gin"

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
// counter comes first. What is written beforehand does not come by here, see
// Engine.Reads.
type Gate struct {
	work    chan struct{} // holds a token for each request at work
	most    int64         // at work and in line
	inside  atomic.Int64
	refused atomic.Int64
	read    atomic.Int64
	page    refusal // for people
	problem refusal // for programs
	later   [latest][]string
}

// refusal is an answer that is written beforehand but for its Retry-After.
type refusal struct {
	headers []header
	body    []byte
}

func refuseWith(kind string, body []byte) refusal {
	return refusal{[]header{
		{"Content-Type", []string{kind}},
		{"Content-Length", []string{strconv.Itoa(len(body))}},
		{"Cache-Control", []string{"no-store"}},
		{"Content-Security-Policy", []string{"default-src 'none'"}},
		{"X-Content-Type-Options", []string{"nosniff"}},
	}, body}
}

// latest is the longest Retry-After in seconds; each is drawn, so that those who
// were turned away do not come back together.
const latest = 5

// NewGate makes a gate: so many requests at work, so many in line.
func NewGate(work, line int) (*Gate, error) {
	if work < 1 || line < 0 {
		return nil, fmt.Errorf("make the gate: %d at work, %d in line", work, line)
	}
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
	g := &Gate{
		work: make(chan struct{}, work), most: int64(work + line),
		page: refuseWith("text/html; charset=utf-8", []byte(page.String())), problem: refuseWith("application/problem+json", problem),
	}
	for i := range g.later {
		g.later[i] = []string{strconv.Itoa(1 + i)}
	}
	return g, nil
}

// Pass lets a request in or turns it away.
func (g *Gate) Pass(c *gin.Context) {
	if strings.HasPrefix(c.Request.URL.Path, "/sync/") {
		return
	}
	defer g.inside.Add(-1)
	if g.inside.Add(1) > g.most {
		g.refused.Add(1)
		g.turnAway(c.Writer, c.Request)
		c.Abort()
		return
	}
	select {
	case g.work <- struct{}{}:
		defer func() { <-g.work }()
		c.Next()
	case <-c.Request.Context().Done(): // whoever waited has left
		c.Abort()
	}
}

// Count counts a read that needs no gate.
func (g *Gate) Count(*gin.Context) { g.read.Add(1) }

// Inside counts the requests at work and in line.
func (g *Gate) Inside() int { return int(g.inside.Load()) }

func (g *Gate) turnAway(w http.ResponseWriter, r *http.Request) {
	no := g.page
	if strings.HasPrefix(r.URL.Path, "/api/") {
		no = g.problem
	}
	set(w.Header(), no.headers)
	w.Header()["Retry-After"] = g.later[rand.IntN(latest)]
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write(no.body) // whoever left does not hear it
}

// Report logs how many were turned away and how many read what was written
// beforehand, at most once in a while, until the context ends.
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
			if n := g.read.Swap(0); n > 0 {
				log.Info("reads", "count", n, "in", every)
			}
		}
	}
}
