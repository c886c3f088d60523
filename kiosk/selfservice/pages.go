package selfservice

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/kiosk/ui"
)

// page draws the middle of the screen and its foot.
func (v *view) page() (body, foot fyne.CanvasObject) {
	m := &v.s.m
	if m.Asking {
		return v.stillThere()
	}
	if m.gone() {
		return v.underWay()
	}
	switch m.Page {
	case Insert:
		return v.insert()
	case Reading:
		return v.reading()
	case Greeting:
		return v.greeting()
	case Choose:
		return v.choose()
	case Ticket:
		return v.ticket()
	case TakeCard:
		return v.takeCard()
	case Problem:
		return v.problem()
	case Ask:
		return v.ask()
	case Help:
		return v.help()
	case WalkIn:
		return v.walkIn()
	case Consent:
		return v.consent()
	case Gate:
		return v.gate()
	case Menu:
		return v.menu()
	case LaterLook, LaterVaccine, LaterDose, LaterDay, LaterTime, LaterPhone, LaterAgree, Appointed, LaterFailed:
		return v.later()
	default:
		return v.home()
	}
}

func (v *view) height(portrait, landscape float32) float32 {
	if v.portrait() {
		return portrait
	}
	return landscape
}

func (v *view) languages() fyne.CanvasObject {
	var buttons []fyne.CanvasObject
	for _, locale := range languages() {
		kind := ui.Secondary
		if locale == v.s.m.Locale {
			kind = ui.Primary
		}
		buttons = append(buttons, ui.NewButton(v.l, ui.ButtonSpec{
			Text: i18n.T(locale, "locale.name", nil), Kind: kind, Height: v.l.Sizes.FootTarget, Border: 3, Pad: 20,
		}, func() { v.s.press(just(func() { v.s.m.Speak(locale) })) }))
	}
	if v.portrait() {
		return ui.Column(24, ui.Pages(24, buttons[:2]...), ui.Pages(24, buttons[2:]...))
	}
	return ui.Spread(20, buttons...)
}

func (v *view) insert() (body, foot fyne.CanvasObject) {
	l := v.l
	return v.halves(v.picture("card-in", l.T("kiosk.insert.label"), v.height(620, 440)),
		v.text(v.title(l.T("kiosk.insert")), v.lead(l.T("kiosk.insert.lead")),
			v.big(ui.Secondary, l.T("kiosk.no_card"), "person", func() { v.s.press(just(v.s.m.NoCard)) }))), v.usual(v.leave())
}

func (v *view) reading() (body, foot fyne.CanvasObject) {
	l := v.l
	return v.halves(v.picture("card-go", "", v.height(620, 440)),
		v.text(v.title(l.T("kiosk.reading")), v.lead(l.T("kiosk.reading.lead")))), v.usual(v.leave())
}

// underWay is what stands there while an answer is waited for and the card has gone.
func (v *view) underWay() (body, foot fyne.CanvasObject) {
	l := v.l
	words := l.T(choose(v.s.m.Page == LaterAgree, "kiosk.later.busy", "kiosk.busy"))
	return v.halves(v.picture("card-go", "", v.height(620, 440)), v.text(v.title(words), v.lead(l.T("kiosk.moment")))), v.usual(v.leave())
}

// fact is one line of the greeting: a word, and the answer under it.
type fact struct{ icon, word, answer string }

func (v *view) facts(list []fact) fyne.CanvasObject {
	l := v.l
	column := ui.Column(0)
	pad := v.height(22, 3)
	for i, f := range list {
		if i > 0 {
			column.Add(l.Rule(2))
		}
		width := v.column() - 2*l.Sizes.Inset - l.Sizes.Icon - 24
		column.Add(ui.Inset(pad, pad, 0, 0, ui.Row(24, ui.Middle(ui.Image(ui.Icon(f.icon, l.Accent), l.Sizes.Icon)),
			ui.Column(-4, l.Lines(f.word, l.Sizes.Text, false, l.Ink, width), l.Lines(f.answer, l.Sizes.Second, true, l.Ink, width)))))
	}
	return ui.Box(l.Surface, l.Line, 3, l.Sizes.Radius, ui.Inset(4, 4, l.Sizes.Inset, l.Sizes.Inset, column))
}

func (v *view) greeting() (body, foot fyne.CanvasObject) {
	l, m := v.l, &v.s.m
	e := m.Finding.Entry
	list := []fact{{"clock", l.T("kiosk.greeting.today"), e.Booking.Slot.Start.String() + "–" + e.Booking.Slot.End.String()}}
	if e.Dose == "" {
		list = append(list, fact{"syringe", l.T("word.vaccine"), l.Vaccine(e.Vaccine, e.Names)})
	} else {
		list = append(list, fact{"syringe", l.Vaccine(e.Vaccine, e.Names), l.Dose(*e)})
	}
	list = append(list, fact{"people", l.T("kiosk.greeting.queue"), l.T("kiosk.people", "count", strconv.Itoa(m.News.Waiting))})
	told := v.text(v.hello(m.Finding.Person.Name.String()), v.facts(list))
	yes := v.big(ui.Primary, l.T("kiosk.yes"), "check", func() { v.s.press(func() Order { return m.Confirm(0) }) })
	notMe := v.big(ui.Secondary, l.T("kiosk.not_me"), "close", func() { v.s.press(just(m.Leave)) })
	if m.Busy {
		yes = v.big(ui.Primary, l.T("kiosk.busy"), "check", nil)
		yes.Disable()
		notMe.Disable()
	}
	return v.halves(told, ui.Column(l.Sizes.Gap, append([]fyne.CanvasObject{v.question(l.T("kiosk.question")), yes, notMe}, v.otherDay()...)...)), v.usual(v.leave())
}

// choices is how many bookings fit on one page; more is a matter for the desk.
const choices = 4

func (v *view) choose() (body, foot fyne.CanvasObject) {
	l, m := v.l, &v.s.m
	told := v.text(v.hello(m.Finding.Person.Name.String()),
		v.lead(l.T("kiosk.several", "count", strconv.Itoa(len(m.Finding.Choice)))))
	column := ui.Column(l.Sizes.Gap*0.6, v.question(l.T("kiosk.several.question")))
	for i, e := range m.Finding.Choice[:min(choices, len(m.Finding.Choice))] {
		words := ui.Fit(e.Booking.Slot.Start.String()+" "+l.Vaccine(e.Vaccine, e.Names), l.Sizes.Text, true, v.column()-60)
		b := ui.NewButton(l, ui.ButtonSpec{Text: words, Height: l.Sizes.FootTarget, Pad: 20},
			func() { v.s.press(func() Order { return m.Confirm(i) }) })
		if m.Busy {
			b.Disable()
		}
		column.Add(b)
	}
	return v.halves(told, column), v.usual(v.leave())
}

func (v *view) ticket() (body, foot fyne.CanvasObject) {
	l, m := v.l, &v.s.m
	ahead := l.T("kiosk.ahead", "count", strconv.Itoa(m.Receipt.Ahead))
	switch {
	case m.Receipt.Repeat:
		ahead = l.T("kiosk.ahead.repeat")
	case m.Receipt.Ahead == 0:
		ahead = l.T("kiosk.ahead.none")
	}
	words := l.T("kiosk.remember")
	switch m.Slip {
	case Printing:
		words = l.T("kiosk.printing")
	case Printed:
		words = l.T("kiosk.printed")
	case NotPrinted:
		words = l.T(m.SlipWhy)
	}
	var steps []fyne.CanvasObject
	if m.CardIn {
		steps = append(steps, v.say(ui.Notice, "card", l.Lines(l.T("kiosk.take_card"), l.Sizes.Second, true, l.Ink, v.column()-160)))
	}
	steps = append(steps, v.lead(words+"\n"+l.T("kiosk.wait")),
		v.big(ui.Primary, l.T("kiosk.done"), "", func() { v.s.press(just(m.Leave)) }),
		l.Lines(l.T("kiosk.leaving"), l.Sizes.Smallest, false, l.Ink2, v.column()))
	back := fyne.CanvasObject(v.small("kiosk.home", "back", func() { v.s.press(just(m.Leave)) }))
	if m.Printer && !m.Receipt.Repeat {
		back = v.small("kiosk.print_again", "print", func() { v.s.press(m.PrintAgain) })
	}
	return v.halves(l.Ticket(l.T("kiosk.number"), m.Receipt.Ticket, ahead), ui.Column(l.Sizes.Gap, steps...)), v.usual(back)
}

func (v *view) takeCard() (body, foot fyne.CanvasObject) {
	l := v.l
	title, lead := l.T("kiosk.take_card"), l.T("kiosk.take_card.lead")
	if v.s.m.Left { // whoever reads this is somebody else
		title, lead = l.T("kiosk.card_left"), l.T("kiosk.card_left.lead")
	}
	return v.halves(v.picture("card-go", "", v.height(620, 440)), v.text(v.title(title), v.lead(lead))), v.foot(v.small("kiosk.help", "help", func() { v.s.press(v.s.m.AskDesk) }))
}

func (v *view) problem() (body, foot fyne.CanvasObject) {
	l, m := v.l, &v.s.m
	label, picture := l.T("kiosk.problem.label"), "card-bad"
	if !m.CardIn {
		label, picture = l.T("kiosk.insert.label"), "card-in"
	}
	key := "kiosk.problem." + m.Problem
	return v.halves(v.picture(picture, label, v.height(560, 440)), v.text(v.title(l.T(key)), v.numbered(key, 2))), v.usual(v.leave())
}

// numbered sets the texts key.1, key.2 … one under the other.
func (v *view) numbered(key string, last int) fyne.CanvasObject {
	l := v.l
	steps := ui.Column(l.Sizes.Gap)
	for i := 1; i <= last; i++ {
		n := strconv.Itoa(i)
		dot := canvas.NewCircle(l.Soft)
		if l.Outlined {
			dot.StrokeColor, dot.StrokeWidth = l.Accent, 2
		}
		figure := l.Write(n, l.Sizes.Text, true, l.Accent)
		side := l.Sizes.Text * 1.5
		steps.Add(ui.Row(20, ui.Middle(container.NewStack(dot, ui.Strut(side, side), container.NewCenter(figure))),
			ui.Middle(l.Lines(l.T(key+"."+n), l.Sizes.Text, false, l.Ink, v.column()-side-20))))
	}
	return steps
}

// ask is for everything that the desk has to settle.
func (v *view) ask() (body, foot fyne.CanvasObject) {
	l, m := v.l, &v.s.m
	key, args := m.outcome(), []string(nil)
	if e := m.Finding.Entry; e != nil && m.Err == nil {
		args = append(args, "day", e.Booking.Slot.Date.String(), "time", e.Booking.Slot.Start.String())
	}
	lead := key + ".lead"
	if m.Lost && i18n.Has(l.Locale, lead+".no_reader") { // there is nothing to put a card into instead
		lead += ".no_reader"
	}
	told := v.text(v.title(l.T(key)), v.lead(l.T(lead, args...)))
	understood := "kiosk.understood.no_card"
	if m.CardIn {
		understood = "kiosk.understood"
	}
	steps := ui.Column(l.Sizes.Gap,
		append([]fyne.CanvasObject{
			v.say(ui.Info, "people", l.Lines(l.T("kiosk.desk"), l.Sizes.Text, true, l.Ink, v.column()-160)),
			v.big(ui.Primary, l.T(understood), "", func() { v.s.press(just(m.Leave)) }),
		}, v.otherDay()...)...)
	return v.halves(told, steps), v.usual(v.leave())
}

func (v *view) help() (body, foot fyne.CanvasObject) {
	l, m := v.l, &v.s.m
	understood := "kiosk.understood.no_card"
	if m.CardIn {
		understood = "kiosk.understood"
	}
	steps := ui.Column(l.Sizes.Gap)
	if m.Rung && !m.Coming { // said only when it could be heard
		steps.Add(v.say(ui.Info, "bell", l.Lines(l.T("kiosk.rung"), l.Sizes.Text, true, l.Ink, v.column()-160)))
		steps.Add(v.big(ui.Secondary, l.T("kiosk.ring_again"), "bell", func() { v.s.press(m.RingDesk) }))
	}
	steps.Add(v.big(ui.Primary, l.T(understood), "", func() { v.s.press(just(m.Leave)) }))
	told := "kiosk.desk"
	if m.Coming {
		told = "kiosk.coming"
	}
	return v.halves(v.text(v.title(l.T(told)), v.lead(l.T(told+".lead"))), steps),
		v.foot(v.small("kiosk.home", "back", func() { v.s.press(just(m.Leave)) }))
}

func (v *view) stillThere() (body, foot fyne.CanvasObject) {
	l, m := v.l, &v.s.m
	return v.halves(v.text(v.title(l.T("kiosk.still_there")), v.lead(l.T("kiosk.still_there.lead"))),
		v.big(ui.Primary, l.T("kiosk.still_there.yes"), "check", func() { v.s.press(just(m.StillHere)) })), v.usual(v.leave())
}
