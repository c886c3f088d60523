package twid

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"ezhitong.tw/clinic"
)

// rocOffset is the year before ROC 1 (1912).
const rocOffset = 1911

// oldest is how many years back a birth may lie; the oldest person known lived 122.
const oldest = 130

// LongDate writes 115年11月24日, and 民國前1年12月31日 before 1912.
func LongDate(d clinic.Date) string {
	year := fmt.Sprintf("%d年", d.Year-rocOffset)
	if d.Year <= rocOffset {
		year = fmt.Sprintf("民國前%d年", rocOffset+1-d.Year)
	}
	return fmt.Sprintf("%s%d月%d日", year, int(d.Month), d.Day)
}

// ShortDate writes 11/30（一）, for where the year is plain.
func ShortDate(d clinic.Date) string {
	return fmt.Sprintf("%d/%d（%s）", int(d.Month), d.Day, string([]rune("日一二三四五六")[d.Weekday()]))
}

// SlashDate writes 115/11/24, as birth dates stand in lists.
func SlashDate(d clinic.Date) string {
	return fmt.Sprintf("%03d/%02d/%02d", d.Year-rocOffset, int(d.Month), d.Day)
}

// CardDate writes the seven digits of the NHI card: 1151124. Years before ROC 1 have no such form and give "".
func CardDate(d clinic.Date) string {
	if d.Year <= rocOffset || d.Year > rocOffset+999 {
		return ""
	}
	return fmt.Sprintf("%03d%02d%02d", d.Year-rocOffset, int(d.Month), d.Day)
}

// ParseCardDate reads the seven digits of the NHI card, 0790215, and refuses with birth_invalid what is no day of the
// calendar or lies after today.
func ParseCardDate(s string, today clinic.Date) (clinic.Date, error) {
	if len(s) != 7 || !allDigits(s) || s[:3] == "000" {
		return clinic.Date{}, clinic.Refuse(clinic.RefusedBirth)
	}
	return date(rocOffset, s[:3], s[3:5], s[5:], today)
}

// ParseBirth reads a date of birth as people write it: 1961-06-15, 050/06/15, 50/6/15, 民國50年6月15日, 19610615,
// 0500615. A year of four digits is Gregorian, one of two or three is ROC. It refuses with birth_invalid what could
// mean two days (500615, 15/6/1961, 8/6/15), what is no day of the calendar, what lies after today, and what lies more
// than 130 years before it.
func ParseBirth(s string, today clinic.Date) (clinic.Date, error) {
	no := clinic.Refuse(clinic.RefusedBirth)
	s = strings.ReplaceAll(narrow(s), " ", "")
	s, roc := strings.CutPrefix(s, "民國")
	western := false
	if !roc {
		for _, prefix := range []string{"西元", "公元"} {
			if rest, ok := strings.CutPrefix(s, prefix); ok {
				s, western = rest, true
				break
			}
		}
	}
	year, month, day, ok := splitDate(s)
	if !ok {
		return clinic.Date{}, no
	}
	switch {
	case len(year) == 4 && !roc:
		return date(0, year, month, day, today)
	case western:
		return clinic.Date{}, no
	case len(year) == 2, len(year) == 3, len(year) == 1 && roc:
		return date(rocOffset, year, month, day, today)
	}
	return clinic.Date{}, no
}

// splitDate takes a date apart. Digits alone have a place for each part; with signs between them the same sign stands
// twice, or 年, 月 and 日.
func splitDate(s string) (year, month, day string, ok bool) {
	if allDigits(s) {
		switch n := len(s); n {
		case 7, 8:
			return s[:n-4], s[n-4 : n-2], s[n-2:], true
		}
		return "", "", "", false
	}
	if y, rest, isHan := strings.Cut(s, "年"); isHan {
		m, rest, hasMonth := strings.Cut(rest, "月")
		d, end, hasDay := strings.Cut(rest, "日")
		return y, m, d, hasMonth && hasDay && end == "" && dateDigits(y, m, d)
	}
	for _, sign := range []string{"/", "-", "."} {
		if p := strings.Split(s, sign); len(p) == 3 {
			return p[0], p[1], p[2], dateDigits(p[0], p[1], p[2])
		}
	}
	return "", "", "", false
}

func dateDigits(year, month, day string) bool {
	return allDigits(year) && allDigits(month) && allDigits(day) && len(year) <= 4 && len(month) <= 2 && len(day) <= 2
}

// date puts digits together to a day between 130 years ago and today.
func date(offset int, year, month, day string, today clinic.Date) (clinic.Date, error) {
	y, errY := strconv.Atoi(year)
	m, errM := strconv.Atoi(month)
	d, errD := strconv.Atoi(day)
	made := clinic.DateOf(time.Date(y+offset, time.Month(m), d, 12, 0, 0, 0, clinic.Taipei))
	asked := clinic.Date{Year: y + offset, Month: time.Month(m), Day: d}
	if errY != nil || errM != nil || errD != nil || y == 0 || made != asked ||
		made.After(today) || made.Year < today.Year-oldest {
		return clinic.Date{}, clinic.Refuse(clinic.RefusedBirth)
	}
	return made, nil
}
