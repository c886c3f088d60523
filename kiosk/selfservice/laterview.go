package selfservice

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
)

// otherDay is the button that leads to the booking of another day, where there may be
// one.
func (v *view) otherDay() []fyne.CanvasObject {
	m := &v.s.m
	if !m.canBook() || m.Busy {
		return nil
	}
	return []fyne.CanvasObject{v.quiet(v.l.T("kiosk.later"), "calendar", m.BookLater)}
}

// quiet is a lower button of the page.
func (v *view) quiet(text, icon string, f func() Order) *ui.Button {
	l := v.l
	return ui.NewButton(l, ui.ButtonSpec{Text: text, Icon: icon, Height: l.Sizes.FootTarget, Pad: 16}, func() { v.s.press(f) })
}

// later draws the pages on which another day is booked.
func (v *view) later() (body, foot fyne.CanvasObject) {
	l, m := v.l, &v.s.m
	switch m.Page {
	case LaterLook:
		return v.halves(v.text(v.title(l.T("kiosk.later.look")), v.lead(l.T("kiosk.later.look.lead"))), v.picture("card-go", "", v.height(620, 440))), v.usual(v.leave())
	case LaterVaccine:
		return v.pick("kiosk.later.vaccine", "", func(at int) string { return m.Later.Open[at].Vaccine.Name.In(l.Locale) })
	case LaterDose:
		return v.pick("kiosk.later.dose", m.Later.Open[m.Later.At].Vaccine.Name.In(l.Locale), func(at int) string { return v.dose(m.Later.Open[at].Dose) })
	case LaterDay:
		return v.pick("kiosk.later.day", v.chosen(), func(at int) string {
			return l.T("kiosk.later.on", "day", m.Later.Open[m.Later.At].Slots[at].Date.String())
		})
	case LaterTime:
		return v.pick("kiosk.later.time", l.T("kiosk.later.on", "day", m.Later.Day.String())+"\n"+v.chosen(),
			func(at int) string { return hours(m.Later.Open[m.Later.At].Slots[at]) })
	case LaterPhone:
		return v.phone()
	case LaterAgree:
		return v.agreeLater()
	case Appointed:
		return v.appointed()
	default:
		return v.failedLater()
	}
}

// hours are those of a session.
func hours(s clinic.Slot) string { return s.Start.String() + "–" + s.End.String() }

// dose names a dose in the language of the screen, as far as the catalogue has it.
func (v *view) dose(d clinic.DoseRule) string {
	if key := "dose." + d.Code; v.l.Locale != i18n.Default && i18n.Has(v.l.Locale, key) {
		return v.l.T(key)
	}
	return d.Name.In(v.l.Locale)
}

// chosen names vaccine and dose.
func (v *view) chosen() string {
	o := v.s.m.Later.Open[v.s.m.Later.At]
	return o.Vaccine.Name.In(v.l.Locale) + "\n" + v.dose(o.Dose)
}

// rows is how many choices stand below each other.
const rows = 4

// besides is what a choice needs beside its words.
const besides = 2*8 + 8

// pick asks for one of the model's choices, each with its words; in two columns where
// these are short.
func (v *view) pick(question, chosen string, words func(at int) string) (body, foot fyne.CanvasObject) {
	l, m := v.l, &v.s.m
	told := ui.Column(l.Sizes.Gap, v.title(l.T(question)))
	if chosen != "" {
		told.Add(l.Lines(chosen, l.Sizes.Second, false, l.Ink, v.column()))
	}
	all := m.choices()
	columns, width := 2, (v.column()-l.Sizes.Gap)/2-besides
	if slices.ContainsFunc(all, func(at int) bool { return ui.Width(words(at), l.Sizes.Text, false) > width }) {
		columns, width = 1, v.column()-besides
	}
	shown := all[m.Later.First:min(len(all), m.Later.First+rows*columns)]
	list := ui.Column(l.Sizes.Gap)
	for i := 0; i < len(shown); i += columns {
		var line []fyne.CanvasObject
		for k := range columns {
			if i+k >= len(shown) {
				line = append(line, ui.Strut(0, 0))
				continue
			}
			n := m.Later.First + i + k
			line = append(line, ui.NewButton(l, ui.ButtonSpec{Text: ui.Fit(words(shown[i+k]), l.Sizes.Text, false, width), Height: l.Sizes.FootTarget, Pad: 8},
				func() { v.s.press(just(func() { m.Pick(n) })) }))
		}
		list.Add(ui.Pages(l.Sizes.Gap, line...))
	}
	if len(all) > rows*columns {
		list.Add(v.quiet(l.T("kiosk.later.more"), "next", just(func() { m.More(rows * columns) })))
	}
	return v.halves(told, list), v.usual(v.back())
}

// back goes to the page before.
func (v *view) back() fyne.CanvasObject {
	return v.small("kiosk.later.back", "back", func() { v.s.press(just(v.s.m.Back)) })
}

// phone asks for a mobile number.
func (v *view) phone() (body, foot fyne.CanvasObject) {
	l, m := v.l, &v.s.m
	typed := []rune(m.Later.Mobile + strings.Repeat("·", mobileDigits-len(m.Later.Mobile)))
	told := ui.Column(l.Sizes.Gap, v.question(l.T("kiosk.later.phone")), l.Write(string(typed[:4])+" "+string(typed[4:]), l.Sizes.Second, true, l.Accent))
	if m.Later.Wrong {
		told.Add(v.say(ui.Notice, "alert", l.Lines(l.T("kiosk.later.phone.wrong"), l.Sizes.Text, true, l.Ink, v.column()-180)))
	} else {
		told.Add(l.Lines(l.T("kiosk.later.phone.why"), l.Sizes.Text, false, l.Ink, v.column()))
	}
	return v.halves(told, v.keypad(m.TypeMobile, m.EraseMobile, m.EnterMobile)), v.usual(v.back())
}

// agreeLater says what somebody agrees to who books, and asks.
func (v *view) agreeLater() (body, foot fyne.CanvasObject) {
	l, m := v.l, &v.s.m
	s := m.Later.Slot
	told := v.text(v.question(l.T("kiosk.later.agree")), v.numbered("kiosk.later.agree", 3))
	what := l.T("kiosk.later.on", "day", s.Date.String()) + " " + hours(s)
	steps := ui.Column(l.Sizes.Gap, v.question(what), l.Lines(v.chosen(), l.Sizes.Text, false, l.Ink, v.column()))
	yes := v.big(ui.Primary, l.T("kiosk.later.agree.yes"), "check", func() { v.s.press(m.AgreeLater) })
	if m.Busy {
		yes = v.big(ui.Primary, l.T("kiosk.later.busy"), "check", nil)
		yes.Disable()
	}
	steps.Add(yes)
	return v.halves(told, steps), v.usual(v.back())
}

// appointed says which day is booked.
func (v *view) appointed() (body, foot fyne.CanvasObject) {
	l, m := v.l, &v.s.m
	a := m.Appointment
	told := v.text(v.title(l.T("kiosk.later.booked")), v.facts([]fact{
		{"calendar", l.T("kiosk.later.on", "day", a.Slot.Date.String()), hours(a.Slot)},
		{"syringe", l.T("word.vaccine"), a.Vaccine.In(l.Locale)},
		{"ticket", l.T("kiosk.later.code"), a.Code},
	}))
	words := l.T("kiosk.later.note")
	switch m.Slip {
	case Printing:
		words = l.T("kiosk.later.printing")
	case Printed:
		words = l.T("kiosk.later.printed")
	case NotPrinted:
		words = l.T("kiosk.later.not_printed")
	}
	steps := ui.Column(l.Sizes.Gap)
	if m.CardIn {
		steps.Add(v.say(ui.Notice, "card", l.Lines(l.T("kiosk.take_card"), l.Sizes.Second, true, l.Ink, v.column()-160)))
	}
	steps.Add(l.Lines(words+"\n"+l.T("kiosk.later.bring"), l.Sizes.Text, false, l.Ink, v.column()))
	steps.Add(v.big(ui.Primary, l.T("kiosk.done"), "", func() { v.s.press(just(m.Leave)) }))
	back := fyne.CanvasObject(v.small("kiosk.home", "back", func() { v.s.press(just(m.Leave)) }))
	if m.Printer {
		back = v.small("kiosk.print_again", "print", func() { v.s.press(m.PrintDayAgain) })
	}
	return v.halves(told, steps), v.usual(back)
}

// failedLater says why no other day was booked, and what can be done instead.
func (v *view) failedLater() (body, foot fyne.CanvasObject) {
	l, m := v.l, &v.s.m
	why := whyNot(m.Err)
	key := "kiosk.later.failed." + why
	steps := ui.Column(l.Sizes.Gap)
	if m.canBook() && (why == clinic.RefusedFull || why == reception.Unreached) {
		steps.Add(v.quiet(l.T(choose(why == reception.Unreached, "kiosk.later.again", "kiosk.later.other")), "calendar", m.BookLater))
	} else {
		steps.Add(v.say(ui.Info, "people", l.Lines(l.T("kiosk.desk"), l.Sizes.Text, true, l.Ink, v.column()-160)))
	}
	if m.CardIn && len(m.Later.Steps) > 0 && why != reception.Unsure {
		steps.Add(v.big(ui.Primary, l.T("kiosk.later.return"), "back", func() { v.s.press(just(m.Return)) }))
	} else {
		steps.Add(v.big(ui.Primary, l.T(choose(m.CardIn, "kiosk.understood", "kiosk.understood.no_card")), "", func() { v.s.press(just(m.Leave)) }))
	}
	return v.halves(v.text(v.title(l.T(key)), v.lead(l.T(key+".lead"))), steps), v.usual(v.leave())
}
