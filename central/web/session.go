package web

import (
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gin-gonic/gin"
)

// Sessions keeps what a visitor did on the server, behind a cookie that is HttpOnly, SameSite=Lax and, over TLS, Secure.
// The scs manager's methods take the request's context: s.GetString(c.Request.Context(), "key"). Call
// RenewToken(ctx) when a person logs in, Destroy(ctx) when they log out.
type Sessions struct{ *scs.SessionManager }

// SessionConfig shapes the sessions of one door.
type SessionConfig struct {
	Cookie   string        // the cookie's name, one for each door
	Path     string        // the cookie's path; empty means /
	Idle     time.Duration // ends a session that is not used
	Lifetime time.Duration // ends a session at last
	Secure   bool          // as in Config
	Store    scs.Store     // nil keeps sessions in this process's memory
}

// NewSessions makes the sessions of a door. Tokens are stored hashed.
func NewSessions(cfg SessionConfig) *Sessions {
	m := scs.New()
	m.IdleTimeout, m.Lifetime = cfg.Idle, cfg.Lifetime
	m.HashTokenInStore = true
	m.Cookie.Name, m.Cookie.Secure, m.Cookie.Persist = cfg.Cookie, cfg.Secure, false
	m.Cookie.HttpOnly, m.Cookie.SameSite = true, http.SameSiteLaxMode
	if cfg.Path != "" {
		m.Cookie.Path = cfg.Path
	}
	if cfg.Store != nil {
		m.Store = cfg.Store
	}
	return &Sessions{m}
}

// Load gives a group of routes their session and saves it before the first byte of the answer.
func (s *Sessions) Load() gin.HandlerFunc {
	return func(c *gin.Context) {
		token, err := c.Cookie(s.Cookie.Name)
		if err != nil {
			token = ""
		}
		ctx, err := s.SessionManager.Load(c.Request.Context(), token)
		if err != nil {
			fail(c, fmt.Errorf("load session: %w", err))
			return
		}
		c.Request = c.Request.WithContext(ctx)
		w := &sessionWriter{ResponseWriter: c.Writer, save: func(w http.ResponseWriter) error { return s.save(w, c.Request) }}
		c.Writer = w
		c.Next()
		if len(c.Errors) == 0 {
			w.once()
		}
		if w.err != nil {
			Log(c).Error("save session", "error", w.err)
		}
	}
}

func (s *Sessions) save(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	switch s.Status(ctx) {
	case scs.Modified:
		token, expiry, err := s.Commit(ctx)
		if err != nil {
			return err
		}
		s.WriteSessionCookie(ctx, w, token, expiry)
	case scs.Destroyed:
		s.WriteSessionCookie(ctx, w, "", time.Time{})
	}
	return nil
}

// sessionWriter saves the session before the headers go out.
type sessionWriter struct {
	gin.ResponseWriter
	save  func(http.ResponseWriter) error
	saved bool
	err   error
}

func (w *sessionWriter) once() {
	if w.saved {
		return
	}
	w.saved = true
	w.err = w.save(w.ResponseWriter)
}

func (w *sessionWriter) Write(b []byte) (int, error) { w.once(); return w.ResponseWriter.Write(b) }
func (w *sessionWriter) WriteString(s string) (int, error) {
	w.once()
	return w.ResponseWriter.WriteString(s)
}
func (w *sessionWriter) WriteHeaderNow() { w.once(); w.ResponseWriter.WriteHeaderNow() }
func (w *sessionWriter) Flush()          { w.once(); w.ResponseWriter.Flush() }
