package emulator

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"golang.org/x/text/encoding/traditionalchinese"
)

// RecordSize is the length of the NHI card's basic data: card number 12, name
// 20, ID number 10, birth 7, sex 1, issue date 7 bytes.
const RecordSize = 57

const (
	numberSize = 12
	nameSize   = 20
	idSize     = 10
)

// Date is a day of the Gregorian calendar, as the caller thinks of it; the
// card carries it as a ROC date.
type Date struct {
	Year, Month, Day int
}

// ParseDate reads 1961-06-15.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("a date looks like 1961-06-15, this does not: %q", s)
	}
	return Date{t.Year(), int(t.Month()), t.Day()}, nil
}

// ROC returns the seven digits YYYMMDD of the card, year less 1911. A day that
// does not exist, or lies outside ROC 1 to 999, is an error.
func (d Date) ROC() (string, error) {
	t := time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC)
	if t.Year() != d.Year || int(t.Month()) != d.Month || t.Day() != d.Day {
		return "", fmt.Errorf("there is no day %d-%d-%d", d.Year, d.Month, d.Day)
	}
	roc := d.Year - 1911
	if roc < 1 || roc > 999 {
		return "", fmt.Errorf("the year %d is not on the card's calendar", d.Year)
	}
	return fmt.Sprintf("%03d%02d%02d", roc, d.Month, d.Day), nil
}

// Holder is the invented person on an emulated card.
type Holder struct {
	// Number is the card number, 12 digits.
	Number string
	// Name is written as Big5, cut after 20 bytes even inside a character, as
	// the real card does.
	Name string
	// ID is a national ID or resident certificate number, at most 10 ASCII
	// characters; its check digit is not looked at.
	ID string
	// Birth and Issued are Gregorian.
	Birth  Date
	Sex    string // M or F
	Issued Date
}

// Sample is the invented person of the documented transcript.
func Sample() Holder {
	return Holder{
		Number: "000012345678", Name: "測試人", ID: "A123456789",
		Birth: Date{1990, 2, 15}, Sex: "M", Issued: Date{2023, 7, 4},
	}
}

// String masks the person: one letter of the ID number is all it shows.
func (h Holder) String() string {
	if h.ID == "" {
		return "holder"
	}
	return "holder " + h.ID[:1] + strings.Repeat("*", len(h.ID)-1)
}

// GoString masks like String.
func (h Holder) GoString() string { return h.String() }

// LogValue masks like String.
func (h Holder) LogValue() slog.Value { return slog.StringValue(h.String()) }

// Padding fills the name field after the name.
type Padding string

// Paddings seen on real cards and in programs that read them.
const (
	PadNUL       Padding = "nul"
	PadSpace     Padding = "space"
	PadFullWidth Padding = "full-width" // A1 40; an odd last byte is a space
)

func (p Padding) pad(name []byte) ([]byte, error) {
	out := make([]byte, nameSize)
	n := copy(out, name)
	switch p {
	case PadNUL, "":
	case PadSpace:
		for i := n; i < nameSize; i++ {
			out[i] = ' '
		}
	case PadFullWidth:
		for i := n; i < nameSize; i += 2 {
			if i+1 == nameSize {
				out[i] = ' '
				break
			}
			out[i], out[i+1] = 0xA1, 0x40
		}
	default:
		return nil, fmt.Errorf("no padding is called %q", string(p))
	}
	return out, nil
}

// record lays out the basic data. rawName, if not nil, is used instead of the
// Big5 of h.Name.
func (h Holder) record(p Padding, rawName []byte) ([]byte, error) {
	if len(h.Number) != numberSize || strings.Trim(h.Number, "0123456789") != "" {
		return nil, fmt.Errorf("a card number has %d digits", numberSize)
	}
	if len(h.ID) > idSize || !isASCII(h.ID) {
		return nil, fmt.Errorf("an ID number has at most %d ASCII characters", idSize)
	}
	if h.Sex != "M" && h.Sex != "F" {
		return nil, fmt.Errorf("sex on the card is M or F, not %q", h.Sex)
	}
	birth, err := h.Birth.ROC()
	if err != nil {
		return nil, fmt.Errorf("birth date: %w", err)
	}
	issued, err := h.Issued.ROC()
	if err != nil {
		return nil, fmt.Errorf("issue date: %w", err)
	}
	if rawName == nil {
		if rawName, err = traditionalchinese.Big5.NewEncoder().Bytes([]byte(h.Name)); err != nil {
			return nil, fmt.Errorf("the name has a character that Big5 has not: %w", err)
		}
	}
	name, err := p.pad(rawName)
	if err != nil {
		return nil, err
	}
	r := make([]byte, 0, RecordSize)
	r = append(r, h.Number...)
	r = append(r, name...)
	r = append(r, fmt.Sprintf("%-10s", h.ID)...)
	r = append(r, birth...)
	r = append(r, h.Sex...)
	return append(r, issued...), nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7E {
			return false
		}
	}
	return true
}
