package selfservice

import (
	"errors"
	"strconv"

	"fyne.io/fyne/v2"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
)

// Take chooses one of the offers; what has to be agreed to comes next.
func (m *Model) Take(n int) {
	if m.Page != WalkIn || n < 0 || n >= len(m.Offers) {
		return
	}
	offer := m.Offers[n]
	m.show(Consent)
	m.Offer = offer
}

// Agree takes the person in who has read what there is to agree to.
func (m *Model) Agree() Order {
	m.touch()
	if m.Page != Consent || m.Busy {
		return Order{}
	}
	m.Busy = true
	return Order{Task: Register, Person: m.Finding.Person, Offer: m.Offer}
}

// full tells whether the last place went to somebody else meanwhile.
func full(err error) bool {
	return errors.Is(err, clinic.Refuse(reception.NoPlace)) || errors.Is(err, clinic.Refuse(reception.SessionClosed))
}

// walkIn offers a place to somebody who is not booked.
func (v *view) walkIn() (body, foot fyne.CanvasObject) {
	l, m := v.l, &v.s.m
	left := 0
	for _, o := range m.Offers {
		left += o.Left
	}
	told := v.text(append([]fyne.CanvasObject{
		v.title(l.T("kiosk.not_booked")),
		v.say(ui.Info, "people", l.Lines(l.T("kiosk.walk_in.left", "count", strconv.Itoa(left)), l.Sizes.Text, true, l.Ink, v.column()-180)),
	}, v.otherDay()...)...)
	column := ui.Column(l.Sizes.Gap*0.6, v.question(l.T("kiosk.walk_in.question")))
	for i, o := range m.Offers[:min(choices-1, len(m.Offers))] {
		column.Add(v.big(ui.Primary, ui.Fit(l.Vaccine(o.Vaccine, o.Names), l.Sizes.Second, true, v.column()-3*l.Sizes.Icon), "syringe", func() { v.s.press(just(func() { m.Take(i) })) }))
	}
	column.Add(ui.NewButton(l, ui.ButtonSpec{Text: l.T("kiosk.walk_in.no"), Icon: "card", Height: l.Sizes.FootTarget, Pad: 16}, func() { v.s.press(just(m.Leave)) }))
	return v.halves(told, column), v.usual(v.leave())
}

// consent says what somebody agrees to, and asks.
func (v *view) consent() (body, foot fyne.CanvasObject) {
	l, m := v.l, &v.s.m
	told := v.text(v.question(l.T("kiosk.consent")), v.numbered("kiosk.consent", 3))
	agree := v.big(ui.Primary, l.T("kiosk.consent.yes"), "check", func() { v.s.press(m.Agree) })
	no := v.big(ui.Secondary, l.T("kiosk.consent.no"), "close", func() { v.s.press(just(m.Leave)) })
	if m.Busy {
		agree = v.big(ui.Primary, l.T("kiosk.busy"), "check", nil)
		agree.Disable()
		no.Disable()
	}
	what := l.Vaccine(m.Offer.Vaccine, m.Offer.Names) + "  " + m.Offer.Slot.Start.String() + "–" + m.Offer.Slot.End.String()
	return v.halves(told, ui.Column(l.Sizes.Gap, v.question(ui.Fit(what, l.Sizes.Second, true, v.column())), agree, no)), v.usual(v.leave())
}
