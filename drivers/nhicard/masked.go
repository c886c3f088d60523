package nhicard

import (
	"fmt"
	"io"
	"log/slog"
	"time"
	"unicode/utf8"
)

// Text is a piece of a person's data. However it is printed, logged or encoded it shows its mask; only
// Reveal gives it away.
type Text struct {
	value string
	// head and tail are how many characters the mask leaves at either end.
	head, tail int
}

// Reveal gives the value.
func (t Text) Reveal() string { return t.value }

// String gives the mask: 測○人 for a name, A1******89 for a number.
func (t Text) String() string {
	n := utf8.RuneCountInString(t.value)
	head, tail := t.head, t.tail
	switch {
	case n == 0:
		return ""
	case n <= head:
		head, tail = 0, 0
	case n <= head+tail:
		tail = 0
	}
	out := make([]rune, 0, n)
	for _, r := range t.value {
		if i := len(out); i >= head && i < n-tail {
			r = '*'
			if t.head == 1 { // a name
				r = '○'
			}
		}
		out = append(out, r)
	}
	return string(out)
}

// GoString gives the mask.
func (t Text) GoString() string { return t.String() }

// Format gives the mask whatever the verb.
func (t Text) Format(f fmt.State, _ rune) { mask(f, t.String()) }

// MarshalText gives the mask.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// LogValue gives the mask.
func (t Text) LogValue() slog.Value { return slog.StringValue(t.String()) }

// RawName is the 20 bytes of the name as they stand on the card. Like Text it hides itself.
type RawName struct{ value [20]byte }

// Reveal gives the bytes.
func (r RawName) Reveal() [20]byte { return r.value }

func (RawName) String() string { return "20 bytes" }

// GoString tells nothing.
func (r RawName) GoString() string { return r.String() }

// Format tells nothing whatever the verb.
func (r RawName) Format(f fmt.State, _ rune) { mask(f, r.String()) }

// MarshalText tells nothing.
func (r RawName) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// LogValue tells nothing.
func (r RawName) LogValue() slog.Value { return slog.StringValue(r.String()) }

// Date is a day of the Gregorian calendar that belongs to a person. Its mask is the year.
type Date struct {
	year  int
	month time.Month
	day   int
}

// Reveal gives the date.
func (d Date) Reveal() (year int, month time.Month, day int) { return d.year, d.month, d.day }

// ISO gives the date as 1990-02-15. Like Reveal it hides nothing.
func (d Date) ISO() string { return fmt.Sprintf("%04d-%02d-%02d", d.year, d.month, d.day) }

// String gives the mask.
func (d Date) String() string { return fmt.Sprintf("%04d-**-**", d.year) }

// GoString gives the mask.
func (d Date) GoString() string { return d.String() }

// Format gives the mask whatever the verb.
func (d Date) Format(f fmt.State, _ rune) { mask(f, d.String()) }

// MarshalText gives the mask.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// LogValue gives the mask.
func (d Date) LogValue() slog.Value { return slog.StringValue(d.String()) }

func mask(f fmt.State, s string) {
	_, _ = io.WriteString(f, s) // fmt itself reports what the writer refuses
}
