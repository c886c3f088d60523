package nhicard

import (
	"bytes"
	"time"

	"golang.org/x/text/encoding/traditionalchinese"
)

// Size is the length of the record in bytes.
const Size = 57

// Sex is as the card has it.
type Sex byte

// The two values the card knows.
const (
	Male   Sex = 'M'
	Female Sex = 'F'
)

func (s Sex) String() string { return string(rune(s)) }

// Card is the basic data of an NHI card.
type Card struct {
	Number  Text    // 卡號, 12 digits
	NameRaw RawName // 姓名 as stored: Big5, padded
	Name    Text    // 姓名 for display: never match a booking on it
	// NameUncertain says that the name shows characters which the issuer may have meant otherwise: codes
	// outside Big5 or user-defined ones (造字). A person should look at the card itself.
	NameUncertain bool
	// NameCut says that the name fills its field and ends in half a character, so it goes on.
	NameCut bool
	ID      Text // 身分證號 or 統一證號, 10 characters; the check digit is not looked at here
	Birth   Date
	Sex     Sex
	Issued  Date // 發卡日期
}

// Parse reads the record of 57 bytes. Dates after notAfter are refused unless it is the zero time: a kiosk
// whose clock cannot be trusted should leave it out. The error is a *RecordError.
func Parse(b []byte, notAfter time.Time) (Card, error) {
	if len(b) != Size {
		return Card{}, &RecordError{FieldLength}
	}
	var c Card
	number, name, id, birth, sex, issued := b[:12], b[12:32], b[32:42], b[42:49], b[49], b[50:57]
	for _, d := range number {
		if !digit(d) {
			return Card{}, &RecordError{FieldNumber}
		}
	}
	for i, d := range id {
		if upper := d >= 'A' && d <= 'Z'; !digit(d) && (!upper || i > 1) || !upper && i == 0 {
			return Card{}, &RecordError{FieldID}
		}
	}
	var ok bool
	if c.Birth, ok = rocDate(birth, notAfter); !ok {
		return Card{}, &RecordError{FieldBirth}
	}
	if sex != byte(Male) && sex != byte(Female) {
		return Card{}, &RecordError{FieldSex}
	}
	if c.Issued, ok = rocDate(issued, notAfter); !ok {
		return Card{}, &RecordError{FieldIssued}
	}
	c.Number = NewNumber(string(number))
	c.ID = Text{value: string(id), head: 2, tail: 2}
	c.Sex = Sex(sex)
	copy(c.NameRaw.value[:], name)
	c.Name.value, c.NameUncertain, c.NameCut = decodeName(name)
	c.Name.head, c.Name.tail = 1, 1
	return c, nil
}

// NewNumber is a card's number as it is on a card: it shows its last four digits.
func NewNumber(digits string) Text { return Text{value: digits, tail: 4} }

func digit(b byte) bool { return b >= '0' && b <= '9' }

// rocDate reads YYYMMDD of the Republic's calendar, whose year 1 is 1912.
func rocDate(b []byte, notAfter time.Time) (Date, bool) {
	number := 0
	for _, d := range b {
		if !digit(d) {
			return Date{}, false
		}
		number = number*10 + int(d-'0')
	}
	d := Date{number/10000 + 1911, time.Month(number / 100 % 100), number % 100}
	day := time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC)
	if number < 10000 || day.Month() != d.month || day.Day() != d.day {
		return Date{}, false
	}
	if !notAfter.IsZero() {
		y, m, n := notAfter.Date()
		if day.After(time.Date(y, m, n, 0, 0, 0, 0, time.UTC)) {
			return Date{}, false
		}
	}
	return d, true
}

// decodeName reads Big5 up to the first NUL and takes the padding off: spaces and A1 40, the wide space.
// x/text's table never fails, so what it could not know or may know wrongly is marked uncertain.
func decodeName(field []byte) (name string, uncertain, cut bool) {
	for i, b := range field {
		if b == 0 {
			field = field[:i]
			break
		}
	}
	// EF BF BD is how UTF-8 writes "unreadable": a broken name was stored as if it were Big5.
	uncertain = bytes.Contains(field, []byte{0xEF, 0xBF, 0xBD})
	for i := 0; i < len(field); i++ {
		lead := field[i]
		if lead < 0x80 {
			uncertain = uncertain || lead < 0x20 || lead == 0x7F
			continue
		}
		if i+1 == len(field) {
			field, cut = field[:i], true // half a character at the end of the field
			break
		}
		i++
		uncertain = uncertain || ownCode(lead, field[i])
	}
	text, err := traditionalchinese.Big5.NewDecoder().Bytes(field)
	if err != nil {
		return "", true, cut
	}
	runes := []rune(string(text))
	for len(runes) > 0 && space(runes[len(runes)-1]) {
		runes = runes[:len(runes)-1]
	}
	for len(runes) > 0 && space(runes[0]) {
		runes = runes[1:]
	}
	for i, r := range runes {
		if r < 0x20 || r >= 0x7F && r < 0xA0 {
			runes[i] = '\uFFFD' // a control character must not reach a screen
		}
		uncertain = uncertain || runes[i] == '\uFFFD'
	}
	return string(runes), uncertain || len(runes) == 0, cut
}

func space(r rune) bool { return r == ' ' || r == '\u3000' }

// ownCode says whether a code lies where issuers put characters of their own.
func ownCode(lead, trail byte) bool {
	return lead <= 0xA0 || lead == 0xC6 && trail >= 0xA1 || lead == 0xC7 || lead == 0xC8 || lead >= 0xFA
}
