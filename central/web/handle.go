package web

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/clinic"
)

// Denial is the web's own "no", beside the rules' refusals: no such page, too many requests. Its text is the
// translation key "web.CODE"; Location, when set, is where a person can go on.
type Denial struct {
	Status int
	Code   string
}

// Error names the denial, for logs.
func (d *Denial) Error() string { return "denied: " + d.Code }

// What the web denies.
var (
	ErrNotFound  = &Denial{Status: http.StatusNotFound, Code: "not_found"}
	ErrForbidden = &Denial{Status: http.StatusForbidden, Code: "forbidden"}
	ErrCrossSite = &Denial{Status: http.StatusForbidden, Code: "cross_site"}
	ErrTooMany   = &Denial{Status: http.StatusTooManyRequests, Code: "too_many"}
	ErrTooLarge  = &Denial{Status: http.StatusRequestEntityTooLarge, Code: "too_large"}
	ErrMalformed = &Denial{Status: http.StatusBadRequest, Code: "malformed"}
	ErrSession   = &Denial{Status: http.StatusForbidden, Code: "session"}
)

// Handle makes a Gin handler of a function that returns what it can't answer itself. The answer is written by the
// engine, in the layout of the door: see Problem for what becomes of an error.
func Handle(h func(c *gin.Context) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := h(c); err != nil {
			fail(c, err)
		}
	}
}

func fail(c *gin.Context, err error) {
	_ = c.Error(err) // c.Error gives back what it was given
	c.Abort()
}

// answerErrors writes the answer for the error that a handler, a guard or a panic left.
func answerErrors(log *slog.Logger, own *Pages) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Next()
		last := c.Errors.Last()
		if last == nil {
			return
		}
		p := Explain(c, last.Err)
		if p.Code == codeInternal {
			log.Error("failure", "request", RequestID(c), "route", c.FullPath(), "error", last.Err)
		}
		if c.Writer.Written() {
			return // too late: the beginning of an answer is out
		}
		if wantsJSON(c) {
			p.Write(c)
			return
		}
		pages := own
		if p, ok := c.Value(keyPages).(*Pages); ok {
			pages = p
		}
		if err := pages.Render(c, p.Status, "error", &errorPage{Page: NewPage(c, p.Title), Problem: p}); err != nil {
			log.Error("error page", "request", RequestID(c), "error", err)
			http.Error(c.Writer, p.Title+"\n"+p.Detail, p.Status)
		}
	}
}

type errorPage struct {
	Page
	Problem Problem
}

const codeInternal = "internal"

// Problem is an answer to what can't be done, as RFC 9457 lays out problem details, with members of our own: the rule's
// code, what the rule asks for, and for failures the request's id.
type Problem struct {
	Type    string            `json:"type"`
	Title   string            `json:"title"`
	Status  int               `json:"status"`
	Detail  string            `json:"detail"`
	Code    string            `json:"code"`
	Args    map[string]string `json:"args,omitempty"` // a refusal's: what would satisfy the rule, as the text says it
	Request string            `json:"request,omitempty"`
}

// Explain puts an error into words in the visitor's language. A *clinic.Refusal keeps its code and has the status of
// StatusOf, a *Denial its own; a body that is too long is 413; the rest is 500 'internal' with the request's id.
func Explain(c *gin.Context, err error) Problem {
	locale := Locale(c)
	p := Problem{
		Type: "about:blank", Status: http.StatusInternalServerError, Code: codeInternal, Request: RequestID(c),
		Title: i18n.T(locale, "web.title.internal", nil), Detail: i18n.T(locale, "failure.internal", nil),
	}
	var refusal *clinic.Refusal
	var denial *Denial
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &refusal):
		p = Problem{
			Type: "about:blank", Status: StatusOf(refusal), Code: refusal.Code, Args: refusal.Args,
			Title: i18n.T(locale, "web.title.refused", nil), Detail: RefusalText(locale, refusal),
		}
	case errors.As(err, &long):
		p = denied(locale, ErrTooLarge)
	case errors.As(err, &denial):
		p = denied(locale, denial)
	}
	return p
}

func denied(locale string, d *Denial) Problem {
	return Problem{
		Type: "about:blank", Status: d.Status, Code: d.Code,
		Title: i18n.T(locale, "web.title."+d.Code, nil), Detail: i18n.T(locale, "web."+d.Code, nil),
	}
}

// RefusalText is a refusal in words.
func RefusalText(locale string, r *clinic.Refusal) string {
	return i18n.T(locale, "refusal."+r.Code, r.Args)
}

// StatusOf gives the HTTP status of a refusal: 404 for what is not there, 409 for what somebody else or an earlier
// booking has, 503 when nothing was stored and trying again helps, 422 for what has to be entered otherwise.
func StatusOf(r *clinic.Refusal) int {
	switch r.Code {
	case clinic.RefusedNotFound, clinic.RefusedNoSuchSlot, clinic.RefusedNoSuchVaccine:
		return http.StatusNotFound
	case clinic.RefusedFull, clinic.RefusedAlreadyBooked, clinic.RefusedConflictingKey, clinic.RefusedAlreadyGone,
		clinic.RefusedArrived, clinic.RefusedBelowBooked, clinic.RefusedWindowNotOpen, clinic.RefusedWindowClosed,
		clinic.RefusedSlotClosed, clinic.RefusedNoShow, clinic.RefusedNoShowNext, clinic.RefusedCancelTooLate,
		clinic.RefusedHoldExpired, clinic.RefusedHoldLimit, clinic.RefusedPlacesLeft, clinic.RefusedAlreadyWaiting:
		return http.StatusConflict
	case clinic.RefusedBusy:
		return http.StatusServiceUnavailable
	}
	return http.StatusUnprocessableEntity
}

// Write answers with the problem as JSON. A 503 carries Retry-After, unless something set it before.
func (p Problem) Write(c *gin.Context) {
	if p.Status == http.StatusServiceUnavailable && c.Writer.Header().Get("Retry-After") == "" {
		c.Header("Retry-After", "2")
	}
	body, err := json.Marshal(p)
	if err != nil { // strings and numbers always marshal
		panic(err)
	}
	c.Header("Content-Language", Locale(c))
	c.Data(p.Status, "application/problem+json", body)
}

// wantsJSON reports whether the client is a program: it called the API or accepts JSON and no page.
func wantsJSON(c *gin.Context) bool {
	accept := c.GetHeader("Accept")
	return strings.HasPrefix(c.Request.URL.Path, "/api/") ||
		strings.Contains(accept, "json") && !strings.Contains(accept, "text/html")
}
