package twid

import (
	"strings"

	"ezhitong.tw/clinic"
)

// areas are the area codes of Taiwan's landlines and how many digits a number has behind them, longest code first
// (National Communications Commission, numbering plan).
var areas = [...]struct {
	code   string
	digits string // each digit a length
}{
	{"0826", "5"},
	{"0836", "5"},
	{"037", "6"},
	{"049", "7"},
	{"082", "6"},
	{"089", "6"},
	{"02", "8"},
	{"03", "7"},
	{"04", "78"}, // Taichung has eight, Changhua seven
	{"05", "7"},
	{"06", "7"},
	{"07", "7"},
	{"08", "7"},
}

// ParseMobile reads a mobile number, with or without signs between its digits, also as +886 912 345 678, and gives
// 0912345678. It refuses with phone_invalid.
func ParseMobile(s string) (clinic.Phone, error) {
	digits, extension, ok := phoneDigits(s)
	if !ok || extension != "" || len(digits) != 10 || !strings.HasPrefix(digits, "09") {
		return clinic.Phone{}, clinic.Refuse(clinic.RefusedPhone)
	}
	return clinic.NewPhone(digits), nil
}

// ParseLandline reads a landline number with its area code, such as (04)2526-5394#123, and gives 04-25265394#123. It
// refuses with phone_invalid.
func ParseLandline(s string) (clinic.Phone, error) {
	digits, extension, ok := phoneDigits(s)
	if !ok {
		return clinic.Phone{}, clinic.Refuse(clinic.RefusedPhone)
	}
	for _, a := range areas {
		rest, ok := strings.CutPrefix(digits, a.code)
		if !ok || len(rest) > 9 || strings.IndexByte(a.digits, byte('0'+len(rest))) < 0 {
			continue
		}
		number := a.code + "-" + rest
		if extension != "" {
			number += "#" + extension
		}
		return clinic.NewPhone(number), nil
	}
	return clinic.Phone{}, clinic.Refuse(clinic.RefusedPhone)
}

// ParsePhone reads a mobile or a landline number.
func ParsePhone(s string) (clinic.Phone, error) {
	if p, err := ParseMobile(s); err == nil {
		return p, nil
	}
	return ParseLandline(s)
}

// betweenGroups is what is written between the digits of a phone number.
var betweenGroups = strings.NewReplacer("+", "", "-", "", " ", "", "(", "", ")", "", ".", "", "–", "")

// phoneDigits takes a number apart into its digits, from the leading 0 on, and its extension.
func phoneDigits(s string) (digits, extension string, ok bool) {
	s = strings.ToLower(narrow(s))
	for _, word := range []string{"分機", "轉", "ext.", "ext", "#"} {
		before, after, found := strings.Cut(s, word)
		if !found {
			continue
		}
		s, extension = before, strings.Trim(after, " .:")
		if !allDigits(extension) || len(extension) > 6 {
			return "", "", false
		}
		break
	}
	international := strings.HasPrefix(s, "+")
	s = betweenGroups.Replace(s)
	if international {
		rest, isTaiwan := strings.CutPrefix(s, "886")
		if !isTaiwan {
			return "", "", false
		}
		s = "0" + strings.TrimPrefix(rest, "0") // also +886 (0)4
	}
	return s, extension, allDigits(s) && len(s) <= 10
}
