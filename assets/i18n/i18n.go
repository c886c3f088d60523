// Package i18n holds what the screens and pages say, in every language: flat catalogues of key and text, embedded as
// LOCALE.json and LOCALE.ROOM.json (zh-TW.json, zh-TW.desk.json). All files of a locale are merged.
//
// A text takes arguments in braces. A plain one, {phone}, is put in as it is; one with a kind is written the way the
// locale writes it:
//
//	{opens:datetime}  11/30（一）9:00 · 30 Nov, 9:00    from RFC 3339
//	{earliest:date}   11/30（一） · 30 Nov              from RFC 3339 or 2006-01-02
//	{day:longdate}    115年11月30日 · 30 Nov 2026       from the same
//	{at:record}       115/11/30 09:00:05 · 2026-11-30 09:00:05  from RFC 3339
//	{at:time}         9:00                              from RFC 3339 or 15:04
//	{limit:age}       65 歲, 6 個月 · 65 years, 6 months  from 65y or 6m
//	{dose:dose}       基礎劑 1 · Primary dose 1           from the code of a dose, through the key "dose.CODE"
//
// An argument that has a text of its own in a language is passed beside the plain one as "period@en". Nothing is
// escaped: a page escapes what it shows.
package i18n

import (
	"embed"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"
)

// Default is the language that every text was written in first.
const Default = "zh-TW"

//go:embed *.json
var files embed.FS

// embedded reads the catalogues once. Faults in them (a key twice, broken JSON) are found by the tests of this
// package; a key lost to such a fault shows as ⟦key⟧.
var embedded = sync.OnceValue(func() catalogues {
	c, _ := load(files)
	return c
})

// T gives the text of a key in a language, with its arguments filled in. A key that the language lacks comes out as
// ⟦key⟧ and an argument that is missing or can't be read as ⟦name⟧, so that either is seen at once.
func T(locale, key string, args map[string]string) string {
	return embedded().text(locale, key, args)
}

// Has reports whether a language has a text for a key.
func Has(locale, key string) bool {
	_, ok := embedded()[locale][key]
	return ok
}

// Locales gives the languages in which everything is said, as BCP 47 tags, zh-TW first.
func Locales() []string { return slices.Clone(everywhere()) }

var everywhere = sync.OnceValue(func() []string { return Speaking("") })

// Speaking gives the languages that have every text whose key begins with prefix, zh-TW first. The kiosk speaks more
// languages than the rest of the house.
func Speaking(prefix string) []string {
	c := embedded()
	return slices.DeleteFunc(c.locales(), func(l string) bool { return len(c.lacking(l, prefix)) > 0 })
}

// Match picks the language for a browser's Accept-Language header. Where it asks for nothing we have, readers of
// another language in Latin letters get English and everybody else zh-TW.
func Match(acceptLanguage string) string {
	locales, matcher := Locales(), matching()
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return Default
	}
	_, i, _ := matcher.Match(wanted...)
	return locales[i]
}

// matching is made once, because making it takes far longer than asking it.
var matching = sync.OnceValue(func() language.Matcher {
	var tags []language.Tag
	for _, l := range Locales() {
		tags = append(tags, language.Make(l))
	}
	return language.NewMatcher(tags)
})

// catalogues is locale → key → text.
type catalogues map[string]map[string]string

func (c catalogues) locales() []string {
	locales := make([]string, 0, len(c))
	for l := range c {
		locales = append(locales, l)
	}
	slices.SortFunc(locales, func(a, b string) int {
		switch {
		case a == b:
			return 0
		case a == Default:
			return -1
		case b == Default:
			return 1
		}
		return strings.Compare(a, b)
	})
	return locales
}

// lacking lists the keys with a prefix that the default language has and another has not.
func (c catalogues) lacking(locale, prefix string) []string {
	var keys []string
	for key := range c[Default] {
		if _, ok := c[locale][key]; !ok && strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

func (c catalogues) text(locale, key string, args map[string]string) string {
	text, ok := c[locale][key]
	if !ok {
		return unknown(key)
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		var hole string
		hole, text, _ = strings.Cut(rest, "}")
		name, kind, _ := strings.Cut(hole, ":")
		b.WriteString(c.fill(locale, name, kind, args))
	}
}

func (c catalogues) fill(locale, name, kind string, args map[string]string) string {
	value, ok := args[name+"@"+locale]
	if !ok {
		value, ok = args[name]
	}
	if !ok {
		return unknown(name)
	}
	switch kind {
	case "":
		return value
	case "dose":
		if text, ok := c[locale]["dose."+value]; ok {
			return text
		}
		return value // a dose that only the city's own data names
	}
	text, ok := format(locale, kind, value)
	if !ok {
		return unknown(name)
	}
	return text
}

func unknown(name string) string { return "⟦" + name + "⟧" }
