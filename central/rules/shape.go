package rules

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"ezhitong.tw/clinic"
)

// english is the language that every text has beside zh-TW.
const english = "en"

var (
	goodCode     = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,39}$`)
	goodLanguage = regexp.MustCompile(`^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$`)
)

// fields are the names that an object has: those it must have and those it may have.
type fields struct{ must, may []string }

// object gives the values of an object's known fields; nil when it is none. What is missing is not in it.
func (c *checker) object(n *node, f fields) map[string]*node {
	if n.kind != '{' {
		c.say(n.at, "這裡要放一組 { }", "an object { } belongs here")
		return nil
	}
	known := slices.Concat(f.must, f.may)
	values, lines, meant := make(map[string]*node), make(map[string]int), make(map[string]bool)
	for _, m := range n.members {
		line, twice := lines[m.name]
		switch {
		case twice:
			c.say(m.at, "「%s」寫了兩次，第一次在第 %d 行", "%s stands twice, first in line %d", show(m.name), line)
			continue
		case slices.Contains(known, m.name):
			values[m.name] = m.value
		default:
			c.unknown(m, known, meant)
		}
		lines[m.name] = c.line(m.at)
	}
	for _, name := range f.must {
		if values[name] == nil && !meant[name] {
			c.say(n.at, "這裡缺少「%s」", "%s is missing here", name)
		}
	}
	return values
}

// unknown says that there is no such field, and which one may be meant.
func (c *checker) unknown(m member, known []string, meant map[string]bool) {
	if c.full() {
		return // looking for what is meant takes time
	}
	if near := nearest(m.name, known); near != "" {
		meant[near] = true
		c.say(m.at, "沒有「%s」這個欄位，是不是「%s」？", "there is no field %s; is %s meant?", show(m.name), near)
		return
	}
	c.say(m.at, "沒有「%[1]s」這個欄位，這裡可用的是：%[2]s", "there is no field %[1]s; here are: %[2]s", show(m.name), strings.Join(known, " "))
}

// list gives the items of a list.
func (c *checker) list(n *node) []*node {
	if n != nil && n.kind != '[' {
		c.say(n.at, "這裡要放清單 [ ]", "a list [ ] belongs here")
	}
	if n == nil || n.kind != '[' {
		return nil
	}
	return n.items
}

// str gives a string; "" when it is none, which is said.
func (c *checker) str(n *node) (string, bool) {
	if n == nil {
		return "", false
	}
	if n.kind != jsontext.Kind('"') {
		c.say(n.at, "這裡要放文字，用雙引號", "a text in double quotes belongs here")
		return "", false
	}
	return n.text, true
}

// code gives a code; "" when it is none.
func (c *checker) code(n *node) string {
	s, ok := c.str(n)
	if ok && !goodCode.MatchString(s) {
		c.say(n.at, "代碼「%s」只能用小寫英文、數字和 - _ .，最多 40 個字", "the code %s may hold small letters, digits and - _ . only, at most 40", show(s))
		return ""
	}
	return s
}

// oneOf reports whether there is a text and it is one of two.
func (c *checker) oneOf(n *node, one, two string) bool {
	s, ok := c.str(n)
	if ok && s != one && s != two {
		c.say(n.at, "這裡只能寫 %[2]s 或 %[3]s，不是「%[1]s」", "this is %[2]s or %[3]s, not %[1]s", show(s), one, two)
		return false
	}
	return ok
}

// clock checks a time of day.
func (c *checker) clock(n *node) {
	if s, ok := c.str(n); ok {
		if _, err := clinic.ParseTimeOfDay(s); err != nil {
			c.say(n.at, "時間要寫成 09:30，從 00:00 到 23:59，不是「%s」", "a time is written 09:30, from 00:00 to 23:59, not %s", show(s))
		}
	}
}

// number gives a whole number of at least 0 and at most the given one.
func (c *checker) number(n *node, most int) (int, bool) {
	if n == nil {
		return 0, false
	}
	value, err := strconv.Atoi(n.text)
	switch {
	case n.kind != '0' || err != nil:
		c.say(n.at, "這裡要放整數，不加引號", "a whole number without quotes belongs here")
	case value < 0:
		c.say(n.at, "%d 小於 0，請填 0 或更大的數", "%d is below zero: write 0 or more", value)
	case value > most:
		c.say(n.at, "%[1]d 太大了，這裡最多 %[2]d", "%[1]d is too much, at most %[2]d", value, most)
	default:
		return value, true
	}
	return 0, false
}

// text checks a text in several languages.
func (c *checker) text(n *node) {
	if n == nil {
		return
	}
	if n.kind != '{' {
		c.say(n.at, `文字要分語言寫：{"zh-TW": "…", "en": "…"}`, `a text is written by language: {"zh-TW": "…", "en": "…"}`)
		return
	}
	lines, meant := make(map[string]int), make(map[string]bool)
	for _, m := range n.members {
		if line, twice := lines[m.name]; twice {
			c.say(m.at, "「%s」寫了兩次，第一次在第 %d 行", "%s stands twice, first in line %d", show(m.name), line)
			continue
		}
		lines[m.name] = c.line(m.at)
		if !goodLanguage.MatchString(m.name) {
			c.unknown(m, []string{clinic.DefaultLocale, english}, meant)
		}
		if s, ok := c.str(m.value); ok {
			c.words(m.value.at, s)
		}
	}
	if lines[clinic.DefaultLocale] == 0 && !meant[clinic.DefaultLocale] {
		c.say(n.at, "這裡缺少中文（zh-TW）", "the text in zh-TW is missing here")
	}
	if lines[english] == 0 && !meant[english] {
		c.say(n.at, "這裡缺少英文（en）", "the text in en is missing here")
	}
}

// words checks what people will read.
func (c *checker) words(at int, s string) {
	switch {
	case strings.TrimSpace(s) == "":
		c.say(at, "這段文字是空的", "this text is empty")
	case strings.ContainsFunc(s, unicode.IsControl):
		c.say(at, "這段文字裡有換行或看不見的字元，請刪掉", "this text holds a line break or an invisible character: remove it")
	}
}

// texts checks a list of texts.
func (c *checker) texts(n *node) {
	for _, item := range c.list(n) {
		c.text(item)
	}
}

// show makes a piece of the file fit to be shown on one line of a terminal.
func show(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '�'
		}
		return r
	}, s)
	if utf8.RuneCountInString(s) > 40 {
		return string([]rune(s)[:40]) + "…"
	}
	return s
}

// nearest gives the known name that a wrong one is closest to, or none when all are far.
func nearest(wrong string, known []string) string {
	best, least := "", max(1, len(wrong)/3)
	if len(wrong) > 60 {
		return ""
	}
	for _, name := range known {
		if d := distance(plain(wrong), plain(name)); d < least || d == least && best == "" {
			best, least = name, d
		}
	}
	return best
}

// plain takes away what people mix up: case, and - _ and spaces.
func plain(s string) string {
	return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(s))
}

// distance counts the characters to add, remove or change between two words (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := corner
			if a[i] != b[j] {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(change, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
