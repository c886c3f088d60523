package web

import (
	"fmt"
	"html/template"
	"time"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/clinic"
)

// Page is what every page's data embeds: the visitor's language and theme, and how texts and dates are written in it.
// Templates call its methods on the root: {{$.T "public.home.title"}}, {{$.Date .Slot.Date}}.
type Page struct {
	Locale  string
	Theme   string        // "auto", "light", "dark" or "hc"
	Title   string        // of the document, in the visitor's language
	Here    string        // path and query of this page, without lang and theme
	Refresh time.Duration // when the page loads itself again; 0 never
	Door    any           // what the door's layout needs beside this, such as who is logged in
}

// NewPage makes the Page of a request.
func NewPage(c *gin.Context, title string) Page {
	return Page{Locale: Locale(c), Theme: theme(c), Title: title, Here: pathWithout(c, "lang", "theme")}
}

// base finds the Page in a page's data.
func (p *Page) base() *Page { return p }

// T gives a text in the visitor's language; args come in pairs of name and value.
func (p Page) T(key string, args ...any) string {
	m := make(map[string]string, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		m[fmt.Sprint(args[i])] = fmt.Sprint(args[i+1])
	}
	return i18n.T(p.Locale, key, m)
}

// Say gives the part of a text that stands in the city's data.
func (p Page) Say(t clinic.Text) string { return t.In(p.Locale) }

// Date writes a day where the year is plain: 11/30（一）, 30 Nov.
func (p Page) Date(d clinic.Date) string { return p.T("format.date", "value", d) }

// Long writes a day with its year: 115年11月30日, 30 Nov 2026.
func (p Page) Long(d clinic.Date) string { return p.T("format.longdate", "value", d) }

// Moment writes a day and a time of day: 11/30（一）9:00.
func (p Page) Moment(t time.Time) string {
	return p.T("format.datetime", "value", t.Format(time.RFC3339))
}

// Span writes a stretch of a day: 11/30（一）16:00–17:00.
func (p Page) Span(d clinic.Date, from, to clinic.TimeOfDay) string {
	return p.T("web.span", "day", d, "from", from, "to", to)
}

// Clock writes 09:41.
func (p Page) Clock(t time.Time) string { return clinic.TimeOfDayOf(t).String() }

// Weekday writes 週一.
func (p Page) Weekday(d clinic.Date) string { return p.T(fmt.Sprintf("weekday.%d", d.Weekday())) }

// ShortWeekday writes 一.
func (p Page) ShortWeekday(d clinic.Date) string {
	return p.T(fmt.Sprintf("weekday.short.%d", d.Weekday()))
}

// MonthDay writes 11/30, in every language.
func (p Page) MonthDay(d clinic.Date) string { return fmt.Sprintf("%d/%d", int(d.Month), d.Day) }

// DoseName gives the name of a dose: the catalogue's words for the usual codes, else what the city calls it.
func (p Page) DoseName(d clinic.DoseRule) string {
	if i18n.Has(p.Locale, "dose."+d.Code) {
		return i18n.T(p.Locale, "dose."+d.Code, nil)
	}
	return d.Name.In(p.Locale)
}

// HTMLLang is the language for <html lang>.
func (p Page) HTMLLang() string {
	if p.Locale == i18n.Default {
		return "zh-Hant-TW"
	}
	return p.Locale
}

// ThemeAttr is the value of <html data-theme>, empty to follow the browser.
func (p Page) ThemeAttr() string {
	if p.Theme == "auto" {
		return ""
	}
	return p.Theme
}

// Choice is a link of a language or theme.
type Choice struct {
	Code, Name string
	URL        template.URL
	Chosen     bool
}

// Languages lists the languages to choose from, each by its own name.
func (p Page) Languages() []Choice {
	var out []Choice
	for _, l := range i18n.Locales() {
		out = append(out, Choice{l, i18n.T(l, "locale.name", nil), p.with("lang", l), l == p.Locale})
	}
	return out
}

// Themes lists the themes to choose from.
func (p Page) Themes() []Choice {
	var out []Choice
	for _, t := range themes {
		out = append(out, Choice{t, p.T("web.theme." + t), p.with("theme", t), t == p.Theme})
	}
	return out
}

func (p Page) with(name, value string) template.URL {
	sep := "?"
	for _, r := range p.Here {
		if r == '?' {
			sep = "&"
		}
	}
	return template.URL(p.Here + sep + name + "=" + value) //nolint:gosec // Here is our own escaped path
}
