package ui

import (
	"cmp"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
)

// Dose names the dose of an entry in the look's language, as far as the
// catalogue has it; a dose that only the city's own data names stays in zh-TW.
func (l Look) Dose(e reception.Entry) string {
	if key := "dose." + e.Booking.Dose; l.Locale != i18n.Default && i18n.Has(l.Locale, key) {
		return l.T(key)
	}
	return e.Dose
}

// Vaccine names a vaccine in the look's language: by names, or where there are none as
// it is called in zh-TW.
func (l Look) Vaccine(chinese string, names clinic.Text) string {
	return cmp.Or(names.In(l.Locale), chinese)
}
