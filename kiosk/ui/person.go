package ui

import (
	"strconv"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
)

// About gives the full name and the figures by which one compares a person with
// their card. It is for the desk only.
func (l Look) About(p clinic.Person, today clinic.Date) (name, about string) {
	name = p.Name.Reveal()
	if p.Birth.IsZero() {
		return name, ""
	}
	args := []string{"age", l.Age(p, today), "birth", p.Birth.Reveal().String()}
	if p.Sex == clinic.SexUnknown {
		return name, l.T("desk.about.no_sex", args...)
	}
	return name, l.T("desk.about", append(args, "sex", l.T("desk.sex."+string(p.Sex)))...)
}

// Age gives how old a person is, as 65歲, or a dash.
func (l Look) Age(p clinic.Person, today clinic.Date) string {
	if p.Birth.IsZero() {
		return "—"
	}
	return l.T("desk.age", "years", strconv.Itoa(p.Birth.AgeOn(today)))
}

// What gives the vaccine of an entry and its dose, where it has one.
func (l Look) What(e reception.Entry) string {
	if e.Dose == "" {
		return e.Vaccine
	}
	return l.T("desk.what", "vaccine", e.Vaccine, "dose", l.Dose(e))
}
