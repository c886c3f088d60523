package web

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"
)

const (
	keyRequestID = "web.request_id"
	keyLog       = "web.log"
)

// RequestID gives the id under which this request is logged.
func RequestID(c *gin.Context) string { return c.GetString(keyRequestID) }

// Log gives the logger of this request, which carries its id.
func Log(c *gin.Context) *slog.Logger {
	if l, ok := c.Value(keyLog).(*slog.Logger); ok {
		return l
	}
	return slog.New(slog.DiscardHandler)
}

// requestLog writes one line a request: the route's pattern, never the address of the page nor of the person, because
// both can tell who did what.
func requestLog(log *slog.Logger, newID func() string, now func() time.Time) gin.HandlerFunc {
	return func(c *gin.Context) {
		start := now()
		id := newID()
		l := log.With("request", id)
		c.Set(keyRequestID, id)
		c.Set(keyLog, l)
		c.Header("X-Request-ID", id)
		c.Next()
		l.LogAttrs(c.Request.Context(), slog.LevelInfo, "request", slog.String("method", c.Request.Method),
			slog.String("route", c.FullPath()), slog.Int("status", c.Writer.Status()),
			slog.Int("bytes", max(0, c.Writer.Size())), slog.Duration("took", now().Sub(start)))
	}
}

// recovery turns a panic into a failure of this request. Its value is logged as a type only when it is no error: it may
// hold what somebody typed.
func recovery() gin.HandlerFunc {
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
			Log(c).Error("panic", "error", err, "stack", string(debug.Stack()))
			fail(c, fmt.Errorf("panic: %w", err))
		}()
		c.Next()
	}
}
