package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/httprate"
)

// Policy is the Content-Security-Policy of a page: our own styles and pictures, forms to ourselves, no script at all.
const Policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// ScriptPolicy is Policy for doors whose pages carry our own script files: they may load those and talk to us, still
// without anything inline.
const ScriptPolicy = Policy + "; script-src 'self'; connect-src 'self'"

// UsePolicy sets another Content-Security-Policy for a group of routes.
func UsePolicy(policy string) gin.HandlerFunc {
	return func(c *gin.Context) { c.Header("Content-Security-Policy", policy) }
}

// headers sets what every answer carries. Pages are not stored by browsers and proxies unless a handler says otherwise:
// most of them show a person's data or numbers that change by the second.
func headers(secure bool) gin.HandlerFunc {
	// What programs get is no page: nothing in it is shown in a frame, refers anywhere or asks for a camera.
	lean := []header{
		{"Content-Security-Policy", []string{"default-src 'none'; frame-ancestors 'none'"}},
		{"X-Content-Type-Options", []string{"nosniff"}},
		{"Cross-Origin-Resource-Policy", []string{"same-origin"}},
		{"Cache-Control", []string{"no-store"}},
	}
	if secure {
		lean = append(lean, header{"Strict-Transport-Security", []string{"max-age=31536000; includeSubDomains"}})
	}
	full := append(slices.Clone(lean),
		header{"X-Frame-Options", []string{"DENY"}},
		header{"Referrer-Policy", []string{"same-origin"}},
		header{"Cross-Origin-Opener-Policy", []string{"same-origin"}},
		header{"Permissions-Policy", []string{"camera=(), geolocation=(), microphone=(), payment=(), usb=()"}},
	)
	full[0].values = []string{Policy}
	// A device reads sealed bytes and none of this, many times an hour over a clinic's line.
	least := []header{{"X-Content-Type-Options", []string{"nosniff"}}, {"Cache-Control", []string{"no-store"}}}
	return func(c *gin.Context) {
		carries := full
		switch path := c.Request.URL.Path; {
		case strings.HasPrefix(path, "/api/"):
			carries = lean
		case strings.HasPrefix(path, "/sync/"):
			carries = least
		}
		set(c.Writer.Header(), carries)
	}
}

// header is a header of many answers. Its name is written as http.CanonicalHeaderKey does; all of the answers carry the
// same slice, which nobody changes in place.
type header struct {
	name   string
	values []string
}

func set(h http.Header, these []header) {
	for _, one := range these {
		h[one.name] = one.values
	}
}

// maxBody stops reading a body beyond the limit; the read fails with *http.MaxBytesError.
func maxBody(cfg Config) gin.HandlerFunc {
	return func(c *gin.Context) {
		limit, longest := cfg.MaxBody, 0
		if limit == 0 {
			limit = defaultMaxBody
		}
		for prefix, n := range cfg.MaxBodyAt {
			if len(prefix) > longest && strings.HasPrefix(c.Request.URL.Path, prefix) {
				limit, longest = n, len(prefix)
			}
		}
		if c.Request.Body != nil {
			c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, limit)
		}
	}
}

// Limiter counts what is asked under a key; it keeps a hash of the key only, in this process's memory.
type Limiter struct{ rate *httprate.RateLimiter }

// NewLimiter lets n through for each key in a window. n ≤ 0 limits nothing.
func NewLimiter(n int, window time.Duration) *Limiter {
	if n <= 0 {
		return &Limiter{}
	}
	// Only Retry-After is told: how near somebody is to the limit is nobody's business.
	return &Limiter{httprate.NewRateLimiter(n, window, httprate.WithResponseHeaders(httprate.ResponseHeaders{RetryAfter: "Retry-After"}))}
}

// Take counts one more under a key, or gives ErrTooMany and sets Retry-After.
func (l *Limiter) Take(c *gin.Context, key string) error {
	if l.rate != nil && l.rate.OnLimit(c.Writer, c.Request, key) {
		return ErrTooMany
	}
	return nil
}

// Limit refuses further requests of one key in a window with 429 and Retry-After. n ≤ 0 limits nothing.
func Limit(n int, window time.Duration, key func(*gin.Context) string) gin.HandlerFunc {
	l := NewLimiter(n, window)
	return Handle(func(c *gin.Context) error { return l.Take(c, key(c)) })
}

// Address is the key of a limit for each client address, behind trusted proxies the forwarded one.
func Address(c *gin.Context) string { return c.ClientIP() }

// crossSite refuses what another site's page sends in a visitor's name (CSRF), by Sec-Fetch-Site and Origin.
func crossSite(origins []string) (gin.HandlerFunc, error) {
	guard := http.NewCrossOriginProtection()
	for _, o := range origins {
		if err := guard.AddTrustedOrigin(o); err != nil {
			return nil, fmt.Errorf("trusted origin: %w", err)
		}
	}
	return Handle(func(c *gin.Context) error {
		if err := guard.Check(c.Request); err != nil {
			return ErrCrossSite
		}
		return nil
	}), nil
}
