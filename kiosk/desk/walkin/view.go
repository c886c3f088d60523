package walkin

import (
	"fmt"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/ui"
)

// view draws the page afresh when what it says has changed; the lines to write on
// stay.
type view struct {
	s *Screen
	l ui.Look

	root    *fyne.Container
	number  *ui.Entry
	name    *ui.Entry
	birth   *ui.Entry
	drawn   string
	filling bool // the page writes on the lines itself
}

func newView(s *Screen) *view {
	l := s.cfg.Look
	v := &view{s: s, l: l, root: container.NewStack()}
	typed := func(string) {
		if !v.filling {
			s.change(func() { s.m.Type(v.number.Text, v.name.Text, v.birth.Text) })
		}
	}
	v.number, v.name = ui.NewEntry(l.T("walkin.number.hint"), typed), ui.NewEntry(l.T("walkin.name.hint"), typed)
	v.birth = ui.NewEntry(l.T("walkin.birth.hint"), typed)
	return v
}

func (v *view) render(m *Model) {
	v.filling = true
	v.number.Write(m.Number)
	v.name.Write(m.Name)
	v.birth.Write(m.Birth)
	v.filling = false
	state := fmt.Sprint(m.Session, m.Dose, m.Loaded, m.Busy, m.Problem, m.beyond, m.FromCard, m.Guardian(), m.Receipt != nil, m.Now.Unix(), v.age(m), v.sessions(m))
	if state == v.drawn {
		return
	}
	v.drawn = state
	left := v.drawPerson(m)
	if m.Receipt != nil {
		left = v.drawReceipt(m)
	}
	v.root.Objects = []fyne.CanvasObject{ui.Pages(16, left, v.drawSessions(m))}
	v.root.Refresh()
}

// session is what stands in one line of the sessions.
type session struct {
	words, more string
	tone        ui.Tone
	icon, left  string
}

func (v *view) sessions(m *Model) []session {
	l := v.l
	p, _ := m.Person()
	out := make([]session, len(m.Sessions))
	for i, s := range m.Sessions {
		line := session{
			words: l.T("walkin.session", "from", s.Slot.Start.String(), "to", s.Slot.End.String(), "vaccine", s.Vaccine.Name.In(l.Locale)),
			more:  l.T("walkin.taken", "taken", strconv.Itoa(s.Slot.Taken), "capacity", strconv.Itoa(s.Slot.Capacity)),
			tone:  ui.Done, icon: "check", left: l.T("walkin.left", "count", strconv.Itoa(s.Left)),
		}
		switch {
		case s.Left > 0:
		case s.Asked:
			line.tone, line.icon, line.left = ui.Info, "clock", l.T("walkin.asked")
		case s.Slot.Taken >= s.Slot.Capacity:
			line.tone, line.icon, line.left = ui.Notice, "alert", l.T("walkin.full")
		default:
			line.tone, line.icon, line.left = ui.Notice, "alert", l.T("walkin.none_left")
		}
		if !p.Birth.IsZero() {
			if _, err := s.Dose(p); err != nil {
				line.tone, line.icon, line.left, line.more = ui.Muted, "stop", l.T("walkin.not_for"), l.Explain(err)
			}
		}
		out[i] = line
	}
	return out
}

func (v *view) age(m *Model) string {
	p, _ := m.Person()
	return v.l.Age(p, clinic.DateOf(m.Now))
}

func (v *view) drawPerson(m *Model) fyne.CanvasObject {
	l := v.l
	label := func(key string) fyne.CanvasObject { return l.Write(l.T(key), l.Sizes.Text, true, l.Ink) }
	column := ui.Column(8, l.Write(l.T("walkin.who"), l.Sizes.Second, true, l.Ink))
	if m.FromCard {
		column.Add(container.NewHBox(ui.NewChip(l, l.Sizes.Smallest, ui.Info, "card", l.T("walkin.from_card"))))
	}
	birth := container.NewHBox(label("walkin.birth"))
	if age := v.age(m); age != "—" {
		birth.Add(ui.NewBareChip(l, l.Sizes.Smallest, ui.Info, "person", age))
	}
	for _, o := range []fyne.CanvasObject{label("walkin.number"), v.number, label("walkin.name"), v.name, birth, v.birth} {
		column.Add(o)
	}
	if m.Guardian() {
		column.Add(l.Remark(ui.Notice, "people", l.T("walkin.guardian"), false, 440))
	}
	if m.Problem != nil {
		column.Add(l.Remark(ui.Alarm, "alert", l.Explain(m.Problem), true, 440))
	}
	text := "walkin.register"
	if m.beyond {
		text = "walkin.beyond"
	}
	b := ui.NewButton(l, ui.ButtonSpec{Text: l.T(text), Key: "Enter", Kind: ui.Primary, TextSize: l.Sizes.Second, Height: 72}, func() { v.s.key(fyne.KeyReturn) })
	if m.Busy {
		b.Disable()
	}
	column.Add(ui.Inset(8, 0, 0, 0, b))
	column.Add(ui.NewButton(l, ui.ButtonSpec{Text: l.T("walkin.clear"), Icon: "back", Key: "Esc", Kind: ui.Tab}, func() { v.s.change(func() { v.s.m.Back() }) }))
	return l.Padded(column)
}

// drawReceipt shows the number of who was registered.
func (v *view) drawReceipt(m *Model) fyne.CanvasObject {
	l, r := v.l, m.Receipt
	ahead := l.T("walkin.first")
	if r.Ahead > 0 {
		ahead = l.T("walkin.ahead", "count", strconv.Itoa(r.Ahead))
	}
	big := l
	big.Sizes.Number, big.Sizes.Inset = 110, 24
	column := ui.Column(14, l.Write(l.T("walkin.done"), l.Sizes.Second, true, l.Ink),
		big.Ticket(r.Entry.Booking.Person.Name.String(), r.Ticket, ahead), l.Write(l.What(r.Entry), l.Sizes.Text, false, l.Ink2),
		ui.NewButton(l, ui.ButtonSpec{Text: l.T("walkin.next"), Key: "Enter", Kind: ui.Primary, TextSize: l.Sizes.Second, Height: 64}, func() { v.s.key(fyne.KeyReturn) }))
	return l.Padded(column)
}

func (v *view) drawSessions(m *Model) fyne.CanvasObject {
	l := v.l
	column := ui.Column(8, l.Write(l.T("walkin.which"), l.Sizes.Second, true, l.Ink))
	if len(m.Sessions) == 0 && m.Loaded {
		column.Add(l.Lines(l.T("walkin.no_session"), l.Sizes.Text, false, l.Ink2, 480))
	}
	for i, s := range v.sessions(m) {
		column.Add(ui.NewChoice(l, ui.ChoiceSpec{
			Word: ui.Fit(s.words, l.Sizes.Text, true, 300), Chip: ui.NewChip(l, l.Sizes.Smallest, s.tone, s.icon, s.left), More: ui.Fit(s.more, l.Sizes.Smallest, false, 470),
		}, i == m.Session, func() { v.s.change(func() { v.s.m.Choose(i) }) }))
		if i != m.Session || len(m.Sessions[i].Vaccine.Doses) < 2 {
			continue
		}
		doses := container.NewHBox()
		for n, d := range m.Sessions[i].Vaccine.Doses {
			kind := ui.Tab
			if n == m.Dose {
				kind = ui.TabOn
			}
			doses.Add(ui.NewButton(l, ui.ButtonSpec{Text: v.doseName(d), Kind: kind, TextSize: l.Sizes.Smallest, Height: 38, Pad: 10}, func() { v.s.change(func() { v.s.m.ChooseDose(n) }) }))
		}
		column.Add(ui.Inset(0, 4, 30, 0, doses))
	}
	about := ui.Inset(10, 0, 0, 0, l.Lines(l.T("walkin.about"), l.Sizes.Smallest, false, l.Ink2, 520))
	return l.Padded(ui.Frame(nil, about, nil, nil, container.NewVScroll(ui.Inset(2, 2, 2, 6, column))))
}

func (v *view) doseName(d clinic.DoseRule) string {
	if key := "dose." + d.Code; v.l.Locale != i18n.Default && i18n.Has(v.l.Locale, key) {
		return v.l.T(key)
	}
	return d.Name.In(v.l.Locale)
}
