// Package twid reads Taiwan's numbers: national IDs and resident certificates, dates of the ROC calendar (民國), phone
// numbers, institution codes and the districts of Taichung. What a person typed wrong comes back as a clinic.Refusal
// that says so; nothing in here guesses.
package twid

import "strings"

// narrow turns the full-width letters, digits and signs of Chinese input into their ASCII forms and trims spaces.
func narrow(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case r == '\u3000':
			return ' '
		}
		return r
	}, s))
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
