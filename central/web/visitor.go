package web

import (
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/assets/i18n"
)

const (
	keyLocale = "web.locale"
	keyTheme  = "web.theme"
	// A choice of language or theme is kept for a year; it says nothing about who made it.
	choiceLife = 365 * 24 * time.Hour
)

// Themes are the choices in the footer, in their order; "auto" follows the browser.
var themes = []string{"auto", "light", "dark", "hc"}

// Locale gives the visitor's language as a BCP 47 tag that i18n knows.
func Locale(c *gin.Context) string {
	if l := c.GetString(keyLocale); l != "" {
		return l
	}
	return i18n.Match(c.GetHeader("Accept-Language"))
}

// visitor reads the language and theme: ?lang= and ?theme= set a cookie and lead back to the same page, then the cookie
// counts, then what the browser asks for.
func visitor(secure bool) gin.HandlerFunc {
	return func(c *gin.Context) {
		locale, lang := choice(c, "lang", i18n.Locales())
		theme, look := choice(c, "theme", themes)
		if locale == "" {
			locale = i18n.Match(c.GetHeader("Accept-Language"))
		}
		c.Set(keyLocale, locale)
		c.Set(keyTheme, theme)
		c.Writer.Header().Add("Vary", "Accept-Language, Cookie")
		for name, value := range map[string]string{"lang": lang, "theme": look} {
			if value != "" {
				http.SetCookie(c.Writer, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: int(choiceLife.Seconds()),
					Secure: secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
			}
		}
		if c.Request.Method == http.MethodGet && (lang != "" || look != "") && !wantsJSON(c) {
			c.Redirect(http.StatusSeeOther, pathWithout(c, "lang", "theme"))
			c.Abort()
		}
	}
}

// choice gives what counts and, when it was just made in the query, what to remember.
func choice(c *gin.Context, name string, known []string) (counts, made string) {
	if v := c.Query(name); slices.Contains(known, v) {
		return v, v
	}
	if v, err := c.Cookie(name); err == nil && slices.Contains(known, v) {
		return v, ""
	}
	return "", ""
}

// pathWithout gives the path and query of this request without some parameters. It never leads to another host: a path
// that begins with two slashes would.
func pathWithout(c *gin.Context, names ...string) string {
	q := c.Request.URL.Query()
	for _, n := range names {
		q.Del(n)
	}
	path := c.Request.URL.EscapedPath()
	for len(path) > 1 && (path[1] == '/' || path[1] == '\\') {
		path = path[1:]
	}
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return path
}
