package twid

import (
	"strings"

	"ezhitong.tw/clinic"
)

// Kind is the kind of document that a number stands on.
type Kind int

// The kinds of number.
const (
	National    Kind = iota + 1 // 身分證字號
	ResidentOld                 // 居留證號碼 with two letters, good to the end of 2030
	ResidentNew                 // 居留證號碼 given since 2021-01-02
)

// String names the kind for logs.
func (k Kind) String() string {
	switch k {
	case National:
		return "national"
	case ResidentOld:
		return "resident_old"
	case ResidentNew:
		return "resident_new"
	}
	return "unknown"
}

// Number is a valid number and what it tells about its holder. Whether it was ever given to anybody it can't tell.
type Number struct {
	ID   clinic.IDNumber
	Kind Kind
	Sex  clinic.Sex
}

// ValidOn reports whether numbers of this kind count on a day: the old resident form ends with ROC 119 (Ministry of
// the Interior, 2020-12-16).
func (n Number) ValidOn(day clinic.Date) bool {
	return n.Kind != ResidentOld || day.Year <= 2030
}

// ParseID judges a number as a card or certificate carries it: ten characters, capital letters, nothing around them.
// It refuses with id_form or id_checksum.
//
// Form and checksum: enylin/taiwan-id-validator; the sexes of the new resident form (8 male, 9 female): Ministry of
// the Interior, 2020-12-16.
func ParseID(s string) (Number, error) {
	if len(s) != 10 || letterValue(s[0]) == 0 || !allDigits(s[2:]) {
		return Number{}, clinic.Refuse(clinic.RefusedIDForm)
	}
	n := Number{Sex: clinic.Male}
	var second int
	switch c := s[1]; c {
	case '1', '2':
		n.Kind, second = National, int(c-'0')
	case '8', '9':
		n.Kind, second = ResidentNew, int(c-'0')
	case 'A', 'B', 'C', 'D':
		n.Kind, second = ResidentOld, letterValue(c)%10
	default:
		return Number{}, clinic.Refuse(clinic.RefusedIDForm)
	}
	if strings.IndexByte("29BD", s[1]) >= 0 {
		n.Sex = clinic.Female
	}
	first := letterValue(s[0])
	sum := first/10 + first%10*9 + second*8 + int(s[9]-'0')
	for i := 2; i <= 8; i++ {
		sum += int(s[i]-'0') * (9 - i)
	}
	if sum%10 != 0 {
		return Number{}, clinic.Refuse(clinic.RefusedIDChecksum)
	}
	n.ID = clinic.NewIDNumber(s)
	return n, nil
}

// betweenDigits is what people type to keep a number readable.
var betweenDigits = strings.NewReplacer(" ", "", "-", "")

// ReadID reads a number as people type it: small letters, full-width characters, spaces and hyphens in between.
func ReadID(typed string) (Number, error) {
	return ParseID(strings.ToUpper(betweenDigits.Replace(narrow(typed))))
}

// Check is ParseID for those who need only the answer.
func Check(s string) error {
	_, err := ParseID(s)
	return err
}

// letterValue gives the two-digit value of a capital letter, 0 for anything else.
func letterValue(c byte) int {
	// The order in which the letters were given their numbers, from 10 on.
	const order = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
	if i := strings.IndexByte(order, c); i >= 0 {
		return 10 + i
	}
	return 0
}
