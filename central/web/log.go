package web

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
)

const keyTrace = "web.trace"

// trace is how a request is found in the log.
type trace struct {
	id  string
	log *slog.Logger
}

func traceOf(c *gin.Context) trace {
	if t, ok := c.Get(keyTrace); ok {
		return *t.(*trace)
	}
	return trace{}
}

// RequestID gives the id under which this request is logged; empty for a read that is not.
func RequestID(c *gin.Context) string { return traceOf(c).id }

// Log gives the logger of this request, which carries its id.
func Log(c *gin.Context) *slog.Logger {
	if t := traceOf(c); t.log != nil {
		return t.log.With("request", t.id)
	}
	return slog.New(slog.DiscardHandler)
}

// NewRequestID draws the id of a request. It keeps apart what is in the log at the same time; it is no secret, so it
// costs no system call.
func NewRequestID() string { return strconv.FormatUint(rand.Uint64(), 36) }

// requestLog writes one line a request: the route's pattern, never the address of the page nor of the person, because
// both can tell who did what.
func requestLog(log *slog.Logger, newID func() string, now func() time.Time) gin.HandlerFunc {
	return func(c *gin.Context) {
		start := now()
		id := newID()
		c.Set(keyTrace, &trace{id, log})
		c.Writer.Header()["X-Request-Id"] = []string{id}
		c.Next()
		log.LogAttrs(c.Request.Context(), slog.LevelInfo, "request", slog.String("request", id), slog.String("method", c.Request.Method),
			slog.String("route", c.FullPath()), slog.Int("status", c.Writer.Status()),
			slog.Int("bytes", max(0, c.Writer.Size())), slog.Duration("took", now().Sub(start)))
	}
}

// recovery turns a panic into a failure of this request. Its value is logged as a type only when it is no error: it may
// hold what somebody typed.
func recovery(log *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			err, ok := p.(error)
			if !ok {
				err = fmt.Errorf("panic with a %T", p)
			}
			log.Error("panic", "request", RequestID(c), "error", err, "stack", string(debug.Stack()))
			fail(c, fmt.Errorf("panic: %w", err))
		}()
		c.Next()
	}
}
