package load

import (
	"fmt"

	"ezhitong.tw/clinic"
)

// Everybody is how many people personAt tells apart: 26 letters, two sexes,
// seven digits.
const Everybody = 26 * 2 * 10_000_000

// letters are the first letters of ID numbers in the order of their values, from
// A, which counts 10, to O, which counts 35 (Ministry of the Interior,
// 國民身分證統一編號編碼原則).
const letters = "ABCDEFGHJKLMNPQRSTUVXYWZIO"

// IDNumber gives the national ID number of invented person n, with its check
// digit: letter, sex 1 or 2, seven digits, check digit.
func IDNumber(n int) string {
	letter, sex, serial := n/20_000_000, 1+n/10_000_000%2, n%10_000_000
	value := 10 + letter
	body := fmt.Sprintf("%d%07d", sex, serial)
	sum := value/10 + value%10*9
	for i := range 8 {
		sum += int(body[i]-'0') * (8 - i)
	}
	return fmt.Sprintf("%c%s%d", letters[letter], body, (10-sum%10)%10)
}

// births are the years in which invented people are born: one of them is of the
// right age for whatever grown-ups get.
var births = [...]int{1980, 1950}

// birthIn gives the birthday of person n in a year.
func birthIn(year, n int) clinic.Date { return clinic.Date{Year: year, Month: 5, Day: 1 + n%28} }
