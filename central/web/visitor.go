package web

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/assets/i18n"
)

const keyLocale = "web.locale"

// choiceLife is how long a choice of language or theme is kept: a year; it says nothing about who made it.
const choiceLife = 365 * 24 * time.Hour

// Themes are the choices in the footer, in their order; "auto" follows the browser.
var themes = []string{"auto", "light", "dark", "hc"}

// Locale gives the visitor's language as a BCP 47 tag that i18n knows: what ?lang= asks for, then the cookie, then what
// the browser asks for. It is found when somebody asks, because most answers to programs hold no words.
func Locale(c *gin.Context) string {
	if l := c.GetString(keyLocale); l != "" {
		return l
	}
	l, _ := choice(c, "lang", i18n.Locales())
	if l == "" {
		l = i18n.Match(c.GetHeader("Accept-Language"))
	}
	c.Set(keyLocale, l)
	return l
}

func theme(c *gin.Context) string {
	t, _ := choice(c, "theme", themes)
	return cmp.Or(t, themes[0])
}

// visitor keeps a choice of language or theme: ?lang= and ?theme= set a cookie and lead back to the same page.
func visitor(secure bool) gin.HandlerFunc {
	vary := []string{"Accept-Language, Cookie"}
	return func(c *gin.Context) {
		c.Writer.Header()["Vary"] = vary
		if c.Request.URL.RawQuery == "" {
			return
		}
		_, lang := choice(c, "lang", i18n.Locales())
		_, look := choice(c, "theme", themes)
		for name, value := range map[string]string{"lang": lang, "theme": look} {
			if value != "" {
				http.SetCookie(c.Writer, &http.Cookie{
					Name: name, Value: value, Path: "/", MaxAge: int(choiceLife.Seconds()),
					Secure: secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
				})
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
