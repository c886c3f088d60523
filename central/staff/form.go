package staff

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

// form reads the inputs of a posted form and collects what has to be mended.
type form struct {
	c      *gin.Context
	page   page
	labels string // prefix of the keys of the fields' labels
	faults map[string]string
	list   []web.Fault
}

func newForm(c *gin.Context, p page, labels string) *form {
	return &form{c: c, page: p, labels: labels, faults: map[string]string{}}
}

// wrong marks a field; key is under "staff.fault.".
func (f *form) wrong(field, key string, args ...any) {
	if _, twice := f.faults[field]; twice {
		return
	}
	text := f.page.T("staff.fault."+key, args...)
	f.faults[field] = text
	f.list = append(f.list, web.Fault{Field: field, Text: f.page.T("staff.fault", "field", f.page.T(f.labels+field), "text", text)})
}

func (f *form) ok() bool { return len(f.list) == 0 }

// text reads a line of at most so many characters.
func (f *form) text(field string, most int, needed bool) string {
	v := strings.TrimSpace(f.c.PostForm(field))
	switch {
	case v == "" && needed:
		f.wrong(field, "needed")
	case utf8.RuneCountInString(v) > most || !utf8.ValidString(v) || strings.ContainsFunc(v, func(r rune) bool { return unicode.IsControl(r) }):
		f.wrong(field, "text", "most", most)
	}
	return v
}

func (f *form) day(field string, needed bool) clinic.Date {
	v := strings.TrimSpace(f.c.PostForm(field))
	if v == "" && !needed {
		return clinic.Date{}
	}
	d, ok := readDay(v)
	if !ok {
		f.wrong(field, "day")
	}
	return d
}

// moment reads what a datetime-local input gives; empty is the zero instant.
func (f *form) moment(field string) time.Time {
	v := strings.TrimSpace(f.c.PostForm(field))
	if v == "" {
		return time.Time{}
	}
	t, err := time.ParseInLocation("2006-01-02T15:04", strings.Replace(v, " ", "T", 1), clinic.Taipei)
	if err != nil {
		f.wrong(field, "moment")
	}
	return t
}

func (f *form) clock(field string) clinic.TimeOfDay {
	v := strings.TrimSpace(f.c.PostForm(field))
	if v == "" {
		return 0
	}
	t, ok := readTime(v)
	if !ok {
		f.wrong(field, "clock")
	}
	return t
}

func (f *form) count(field string, most int) int {
	v := strings.TrimSpace(f.c.PostForm(field))
	if v == "" {
		return 0
	}
	n, err := strconv.ParseUint(v, 10, 31)
	if err != nil || int(n) > most {
		f.wrong(field, "count", "most", most)
		return 0
	}
	return int(n)
}

// field makes an input for a template. What was posted goes before value.
func (f *form) field(name, kind, value string) web.Field {
	if posted, ok := f.c.GetPostForm(name); ok {
		value = posted
	}
	return fieldOf(f.page, name, f.labels+name, kind, value, f.faults[name])
}

func fieldOf(p page, name, label, kind, value, fault string) web.Field {
	return web.Field{Name: name, Label: p.T(label), Type: kind, Value: value, Fault: fault}
}
