package clinic

import (
	"log/slog"
	"strings"
	"time"
)

// The identity types below hide themselves: whatever prints, logs or marshals
// them gets the masked form (隱碼). Only Reveal gives the value, so every place
// that shows or stores one can be found by that word.
//
// A value stands behind a pointer: fmt can't call the methods of an unexported
// field and would print its bare string; of a pointer to a string or a number it
// prints the address. Two pointers to equal values differ, so the types can't be
// compared with ==; they have Equal.

type hidden[T comparable] struct {
	_     [0]func() // no ==
	value *T
}

func hide[T comparable](v T) hidden[T] {
	var zero T
	if v == zero {
		return hidden[T]{}
	}
	return hidden[T]{value: &v}
}

func (h hidden[T]) reveal() T {
	if h.value == nil {
		var zero T
		return zero
	}
	return *h.value
}

// IDNumber is a national ID (身分證字號) or resident certificate number
// (居留證號碼), ten characters. Package twid judges whether it is a valid one.
type IDNumber struct{ value hidden[string] }

// NewIDNumber trims and upper-cases what was typed or read.
func NewIDNumber(s string) IDNumber {
	return IDNumber{hide(strings.ToUpper(strings.TrimSpace(s)))}
}

// Reveal gives the number itself.
func (n IDNumber) Reveal() string { return n.value.reveal() }

// Equal reports whether both are the same number.
func (n IDNumber) Equal(other IDNumber) bool { return n.Reveal() == other.Reveal() }

// IsZero reports whether no number was given.
func (n IDNumber) IsZero() bool { return n.Reveal() == "" }

// String gives A12****789.
func (n IDNumber) String() string { return maskMiddle(n.Reveal(), 3, 3) }

// GoString hides the number in %#v too.
func (n IDNumber) GoString() string { return n.String() }

// MarshalText writes the masked form.
func (n IDNumber) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// LogValue logs the masked form.
func (n IDNumber) LogValue() slog.Value { return slog.StringValue(n.String()) }

// Phone is a mobile or landline number in Taiwan, as typed.
type Phone struct{ value hidden[string] }

// NewPhone trims what was typed.
func NewPhone(s string) Phone { return Phone{hide(strings.TrimSpace(s))} }

// Reveal gives the number itself.
func (p Phone) Reveal() string { return p.value.reveal() }

// IsZero reports whether no number was given.
func (p Phone) IsZero() bool { return p.Reveal() == "" }

// String gives 0912***678.
func (p Phone) String() string { return maskMiddle(p.Reveal(), 4, 3) }

// GoString hides the number in %#v too.
func (p Phone) GoString() string { return p.String() }

// MarshalText writes the masked form.
func (p Phone) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// LogValue logs the masked form.
func (p Phone) LogValue() slog.Value { return slog.StringValue(p.String()) }

// Name is a person's name.
type Name struct{ value hidden[string] }

// NewName trims what was typed or read.
func NewName(s string) Name { return Name{hide(strings.TrimSpace(s))} }

// Reveal gives the name itself.
func (n Name) Reveal() string { return n.value.reveal() }

// IsZero reports whether no name was given.
func (n Name) IsZero() bool { return n.Reveal() == "" }

// String masks the name: 王小明 becomes 王○明, 王明 王○, NGUYEN THI HOA
// NGUYEN T○○.
func (n Name) String() string {
	name := n.Reveal()
	if i := strings.IndexByte(name, ' '); i > 0 && i+1 < len(name) {
		rest := []rune(name[i+1:])
		return name[:i+1] + string(rest[:1]) + "○○"
	}
	r := []rune(name)
	switch len(r) {
	case 0:
		return ""
	case 1:
		return "○"
	case 2:
		return string(r[:1]) + "○"
	}
	return string(r[:1]) + strings.Repeat("○", len(r)-2) + string(r[len(r)-1:])
}

// GoString hides the name in %#v too.
func (n Name) GoString() string { return n.String() }

// MarshalText writes the masked form.
func (n Name) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// LogValue logs the masked form.
func (n Name) LogValue() slog.Value { return slog.StringValue(n.String()) }

// Birth is a date of birth.
type Birth struct{ value hidden[int] } // year, month and day as one number

// NewBirth wraps a date.
func NewBirth(d Date) Birth { return Birth{hide(d.Year<<9 | int(d.Month)<<5 | d.Day)} }

// Reveal gives the date itself.
func (b Birth) Reveal() Date {
	n := b.value.reveal()
	return Date{n >> 9, time.Month(n >> 5 & 15), n & 31}
}

// Equal reports whether both are the same day.
func (b Birth) Equal(other Birth) bool { return b.value.reveal() == other.value.reveal() }

// IsZero reports whether no date was given.
func (b Birth) IsZero() bool { return b.Reveal().IsZero() }

// AgeOn counts whole years on a day.
func (b Birth) AgeOn(day Date) int { return day.MonthsSince(b.Reveal()) / 12 }

// String gives ****-**-**.
func (b Birth) String() string {
	if b.IsZero() {
		return ""
	}
	return "****-**-**"
}

// GoString hides the date in %#v too.
func (b Birth) GoString() string { return b.String() }

// MarshalText writes the masked form.
func (b Birth) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// LogValue logs the masked form.
func (b Birth) LogValue() slog.Value { return slog.StringValue(b.String()) }

func maskMiddle(s string, head, tail int) string {
	r := []rune(s)
	if len(r) <= head+tail {
		return strings.Repeat("*", len(r))
	}
	return string(r[:head]) + strings.Repeat("*", len(r)-head-tail) + string(r[len(r)-tail:])
}

// Sex as the NHI card tells it.
type Sex string

// The values of Sex; the empty one is unknown.
const (
	SexUnknown Sex = ""
	Male       Sex = "M"
	Female     Sex = "F"
)

// Person is somebody who books or stands at the counter.
type Person struct {
	ID       IDNumber
	Name     Name
	Birth    Birth
	Sex      Sex
	Mobile   Phone // 手機, at least one of the two
	Landline Phone // 市話
	Guardian Phone // the guardian's phone, needed under 18
}
