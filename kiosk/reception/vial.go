package reception

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"ezhitong.tw/clinic"
)

// ErrNotVial says that a text is not the code of a vial.
var ErrNotVial = errors.New("not the GS1 code of a vial")

// Vial is what the code on a vial or its box says.
type Vial struct {
	Item    string // GTIN, 14 digits
	Lot     string
	Expires clinic.Date // zero where the code does not say it
}

// ParseVial reads the element string of a GS1 DataMatrix as a scanner gives it:
// 01 item, 17 last day as YYMMDD (day 00 is the month's last), 10 lot, 21 serial
// number; lot and serial number end with the character 29 or the text. A
// symbology identifier before it, such as ]d2, is allowed.
func ParseVial(text string) (Vial, error) {
	const fnc1 = "\x1d"
	if strings.HasPrefix(text, "]") && len(text) > 3 {
		text = text[3:]
	}
	text = strings.TrimPrefix(text, fnc1)
	var v Vial
	for text != "" {
		var value string
		switch {
		case strings.HasPrefix(text, "01") && len(text) >= 16 && v.Item == "":
			value, text = text[2:16], text[16:]
			if !allDigits(value) {
				return Vial{}, ErrNotVial
			}
			v.Item = value
		case strings.HasPrefix(text, "17") && len(text) >= 8 && v.Expires.IsZero():
			value, text = text[2:8], text[8:]
			day, err := gs1Day(value)
			if err != nil {
				return Vial{}, err
			}
			v.Expires = day
		case strings.HasPrefix(text, "10") && v.Lot == "":
			value, text, _ = strings.Cut(text[2:], fnc1)
			if value == "" || len(value) > 20 {
				return Vial{}, ErrNotVial
			}
			v.Lot = value
		case strings.HasPrefix(text, "21"):
			_, text, _ = strings.Cut(text[2:], fnc1)
		default:
			return Vial{}, ErrNotVial
		}
		text = strings.TrimPrefix(text, fnc1)
	}
	if v.Item == "" || v.Lot == "" {
		return Vial{}, ErrNotVial
	}
	return v, nil
}

func gs1Day(s string) (clinic.Date, error) {
	n, err := strconv.Atoi(s)
	if err != nil || !allDigits(s) {
		return clinic.Date{}, ErrNotVial
	}
	year, month, day := 2000+n/10000, n/100%100, n%100
	if day == 0 {
		return lastOf(year, month)
	}
	return dayOf(year, month, day)
}

// ParseExpiry reads the last day of a lot as it is printed or as people write it:
// 2027-03-31, 2027/3, 116/3/31, 116年3月, 1160331, 20270331. A month without a day
// means its last day; a year of three digits is ROC.
func ParseExpiry(s string) (clinic.Date, error) {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case strings.ContainsRune("-/.年月－／．", r):
			return ' '
		case r == '日':
			return -1
		}
		return r
	}, s)
	p := strings.Fields(s)
	if len(p) == 1 && allDigits(p[0]) && (len(p[0]) == 7 || len(p[0]) == 8) {
		n := len(p[0])
		p = []string{p[0][:n-4], p[0][n-4 : n-2], p[0][n-2:]}
	}
	if len(p) < 2 || len(p) > 3 || len(p[0]) < 3 || len(p[0]) > 4 {
		return clinic.Date{}, clinic.Refuse(ExpiryMissing)
	}
	var n [3]int
	for i, part := range p {
		if !allDigits(part) || i > 0 && len(part) > 2 {
			return clinic.Date{}, clinic.Refuse(ExpiryMissing)
		}
		n[i], _ = strconv.Atoi(part)
	}
	if len(p[0]) == 3 {
		n[0] += 1911
	}
	read := dayOf
	if len(p) == 2 {
		read = func(year, month, _ int) (clinic.Date, error) { return lastOf(year, month) }
	}
	day, err := read(n[0], n[1], n[2])
	if err != nil {
		return clinic.Date{}, clinic.Refuse(ExpiryMissing)
	}
	return day, nil
}

func lastOf(year, month int) (clinic.Date, error) {
	first, err := dayOf(year, month, 1)
	if err != nil {
		return clinic.Date{}, err
	}
	return clinic.DateOf(time.Date(first.Year, first.Month+1, 0, 12, 0, 0, 0, clinic.Taipei)), nil
}

func dayOf(year, month, day int) (clinic.Date, error) {
	asked := clinic.Date{Year: year, Month: time.Month(month), Day: day}
	if made := clinic.DateOf(time.Date(year, time.Month(month), day, 12, 0, 0, 0, clinic.Taipei)); made != asked || year < 1000 {
		return clinic.Date{}, ErrNotVial
	}
	return asked, nil
}

func allDigits(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}
