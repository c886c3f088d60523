package i18n

import (
	"fmt"
	"strconv"
	"time"
)

// taipei is the time zone of every date shown. Taiwan has kept UTC+8 without summer time since 1980.
var taipei = time.FixedZone("Asia/Taipei", 8*60*60)

// format writes a value of a kind the way a language writes it; false when the value can't be read or there is no
// such kind.
func format(locale, kind, value string) (string, bool) {
	chinese := locale == Default
	if kind == "age" {
		return formatAge(locale, value)
	}
	t, ok := parseTime(kind, value)
	if !ok {
		return "", false
	}
	clock := fmt.Sprintf("%d:%02d", t.Hour(), t.Minute())
	day := formatDay(locale, t)
	switch kind {
	case "date":
		return day, true
	case "shortdate": // where there is room for no weekday
		return formatShort(locale, t), true
	case "datetime":
		if chinese {
			return day + clock, true
		}
		return day + ", " + clock, true
	case "time":
		return clock, true
	case "record": // to the second
		if chinese && t.Year() > 1911 {
			return fmt.Sprintf("%d/%s", t.Year()-1911, t.Format("01/02 15:04:05")), true
		}
		return t.Format(time.DateTime), true
	case "longdate":
		if chinese && t.Year() > 1911 {
			return fmt.Sprintf("%d年%d月%d日", t.Year()-1911, int(t.Month()), t.Day()), true
		}
		return t.Format("2 Jan 2006"), true
	}
	return "", false
}

var (
	vietnameseDays   = [7]string{"Chủ nhật", "thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy"}
	indonesianDays   = [7]string{"Minggu", "Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu"}
	indonesianMonths = [12]string{"Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"}
)

// formatDay writes a day of this year.
func formatDay(locale string, t time.Time) string {
	switch locale {
	case Default:
		return fmt.Sprintf("%d/%d（%s）", int(t.Month()), t.Day(), string([]rune("日一二三四五六")[t.Weekday()]))
	case "vi":
		return fmt.Sprintf("%s %d/%d", vietnameseDays[t.Weekday()], t.Day(), int(t.Month()))
	case "id":
		return fmt.Sprintf("%s %d %s", indonesianDays[t.Weekday()], t.Day(), indonesianMonths[t.Month()-1])
	}
	return t.Format("2 Jan")
}

// formatShort writes a day of this year without its weekday.
func formatShort(locale string, t time.Time) string {
	switch locale {
	case Default:
		return fmt.Sprintf("%d/%d", int(t.Month()), t.Day())
	case "vi":
		return fmt.Sprintf("%d/%d", t.Day(), int(t.Month()))
	case "id":
		return fmt.Sprintf("%d %s", t.Day(), indonesianMonths[t.Month()-1])
	}
	return t.Format("2 Jan")
}

func parseTime(kind, value string) (time.Time, bool) {
	if t, err := time.Parse(time.RFC3339, value); err == nil {
		return t.In(taipei), true
	}
	layout := time.DateOnly
	switch kind {
	case "time":
		layout = "15:04"
	case "datetime", "record":
		return time.Time{}, false
	}
	t, err := time.ParseInLocation(layout, value, taipei)
	return t, err == nil
}

// formatAge writes 65y and 6m.
func formatAge(locale, value string) (string, bool) {
	if len(value) < 2 {
		return "", false
	}
	n, err := strconv.ParseUint(value[:len(value)-1], 10, 16)
	if err != nil {
		return "", false
	}
	years, ok := map[byte]bool{'y': true, 'm': false}[value[len(value)-1]]
	if !ok {
		return "", false
	}
	unit := map[string][2]string{"zh-TW": {"歲", "個月"}, "vi": {"tuổi", "tháng tuổi"}, "id": {"tahun", "bulan"}}
	words, ok := unit[locale]
	if !ok {
		words = [2]string{"years", "months"}
		if n == 1 {
			words = [2]string{"year", "month"}
		}
	}
	word := words[1]
	if years {
		word = words[0]
	}
	return fmt.Sprintf("%d %s", n, word), true
}
