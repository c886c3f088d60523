package chair

import (
	"fmt"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
)

// leftWidth is what there is beside the panel of actions.
const leftWidth = 760

// view draws the page afresh when what it says has changed; the lines to write on
// and the lists stay.
type view struct {
	s *Screen
	l ui.Look

	root   *fyne.Container
	lists  [2]*ui.PersonList
	rows   [2][]ui.PersonLine
	number *ui.Entry
	expiry *ui.Entry
	note   *ui.Entry
	drawn  string

	filling bool // the page writes on the lines itself
}

func newView(s *Screen) *view {
	l := s.cfg.Look
	v := &view{s: s, l: l, root: container.NewStack()}
	for side := range v.lists {
		v.lists[side] = l.NewPersonList(func(i int) {
			s.change(func() {
				s.m.Side, s.m.Cursor[side] = side, i
				s.m.Pick()
			})
		})
	}
	typed := func(string) {
		if v.filling {
			return
		}
		s.change(func() { s.m.Type(v.number.Text, v.expiry.Text) })
	}
	v.number, v.expiry = ui.NewEntry(l.T("chair.lot.hint"), typed), ui.NewEntry(l.T("chair.expires.hint"), typed)
	v.note = ui.NewEntry(l.T("chair.note.hint"), func(text string) { s.m.Note = text })
	return v
}

// line is the line to write on that has to be filled in; nil for none.
func (v *view) line() fyne.Focusable {
	switch m := &v.s.m; {
	case m.Mode == Giving && m.Another():
		return v.number
	case m.Mode == Reacting:
		return v.note
	}
	return nil
}

func (v *view) render(m *Model) {
	for side := range v.rows {
		rows := m.rows(side)
		lines := make([]ui.PersonLine, len(rows))
		for i, e := range rows {
			c := m.state(v.l, e)
			lines[i] = ui.PersonLine{
				Ticket: e.Visit.Ticket, Name: e.Booking.Person.Name.String(), What: v.l.What(e),
				Tone: c.tone, Icon: c.icon, State: c.word, Chosen: m.Side == side && m.Cursor[side] == i,
			}
		}
		v.rows[side] = lines
	}
	v.filling = true
	v.number.Write(m.Number)
	v.expiry.Write(m.Expires)
	v.note.Write(m.Note)
	v.filling = false
	state := fmt.Sprint(m.Mode, m.Side, m.Cursor, m.Now.Unix(), m.Busy, m.Problem, m.Failed, m.Loaded, m.Person.Booking.ID, m.Lot, m.Limb, m.Reason, m.Product,
		m.Done, m.DoneFor.Booking.ID, m.Lots, v.rows, m.summary(v.l), m.record(v.l))
	if state == v.drawn {
		return
	}
	v.drawn = state
	content := v.drawLists(m)
	if m.Mode != Lists {
		content = v.drawPerson(m)
	}
	v.root.Objects = []fyne.CanvasObject{content}
	v.root.Refresh()
}

func (v *view) drawLists(m *Model) fyne.CanvasObject {
	l := v.l
	var panels []fyne.CanvasObject
	for side, key := range []string{"chair.waiting", "chair.under"} {
		body := v.lists[side].Content
		if len(v.rows[side]) == 0 {
			say := l.T(key + ".none")
			if m.Failed != nil {
				say = l.T("desk.failure.load")
			}
			body = l.Empty(say)
		}
		v.lists[side].Set(v.rows[side])
		panels = append(panels, l.Counted(l.T(key), len(v.rows[side]), body))
	}
	hint := ui.Inset(10, 0, 4, 0, l.Write(l.T("chair.hint"), l.Sizes.Smallest, false, l.Ink2))
	foot := ui.Column(0, hint)
	if m.Done != Nothing {
		action := ""
		if m.Done == Give || m.Done == Defer {
			action = l.T("chair.void")
		}
		bar, _ := l.UndoBar(m.done(l), action, "Del", func() { v.s.key(fyne.KeyDelete) })
		foot = ui.Column(0, ui.Inset(l.Sizes.Gap, 0, 0, 0, bar))
	}
	return ui.Frame(nil, foot, nil, nil, ui.Pages(16, panels...))
}

func (v *view) drawPerson(m *Model) fyne.CanvasObject {
	l := v.l
	var left fyne.CanvasObject
	switch m.Mode {
	case Giving:
		left = v.drawDose(m)
	case Deferring, Voiding:
		left = v.drawReasons(m)
	case Reacting:
		left = ui.Column(10, l.Write(l.T("chair.reaction.ask"), l.Sizes.Second, true, l.Ink), v.note,
			l.Lines(l.T("chair.reaction.more"), l.Sizes.Text, false, l.Ink2, 700))
	default:
		left = v.drawFields(l.T("chair.record"), m.record(l))
	}
	column := ui.Column(l.Sizes.Gap, left)
	if tone, icon, text := m.warning(l); text != "" {
		column.Add(l.Remark(tone, icon, text, tone == ui.Alarm, 680))
	}
	body := ui.Frame(nil, nil, nil, ui.Inset(0, 0, 16, 0, v.drawActions(m)), container.NewVScroll(ui.Inset(2, 2, 2, 4, column)))
	return ui.Frame(v.drawBanner(m), nil, nil, nil, ui.Inset(l.Sizes.Gap, 0, 0, 0, body))
}

// drawBanner says whom this is about, as the list's banner does.
func (v *view) drawBanner(m *Model) fyne.CanvasObject {
	l := v.l
	name, about := l.About(m.Person.Booking.Person, clinic.DateOf(m.Now))
	c := m.state(l, m.Person)
	head := ui.Row(16)
	if t := m.Person.Visit.Ticket; t != "" {
		head.Add(l.Write(t, l.Sizes.Title, true, l.Ink))
	}
	head.Add(l.Write(ui.Fit(name, l.Sizes.Title, true, 520), l.Sizes.Title, true, l.Ink))
	head.Add(ui.Middle(l.Write(about, l.Sizes.Text+2, false, l.Ink2)))
	head.Add(ui.Middle(ui.NewChip(l, l.Sizes.Text, c.tone, c.icon, c.word)))
	line := l.Write(l.T("chair.booked", "what", l.What(m.Person), "time", m.Person.Booking.Slot.Start.String()), l.Sizes.Text+2, false, l.Ink)
	return ui.Box(l.Surface, l.Accent, l.Sizes.Border, 10, ui.Strut(0, 108), ui.Inset(8, 8, 20, 20, ui.Middle(ui.Column(-4, head, line))))
}

func (v *view) drawDose(m *Model) fyne.CanvasObject {
	l := v.l
	vials := ui.Column(8, l.Write(l.T("chair.which"), l.Sizes.Second, true, l.Ink))
	const most = 3
	for i, lot := range m.Lots {
		if i >= most && i != m.Lot {
			continue
		}
		c := ui.NewBareChip(l, l.Sizes.Smallest, ui.Muted, "vial", lot.Name)
		if lot.Vaccine != m.Person.Booking.Slot.Vaccine {
			c = ui.NewBareChip(l, l.Sizes.Smallest, ui.Alarm, "differ", lot.Name)
		}
		vials.Add(ui.NewChoice(l, ui.ChoiceSpec{Word: lot.Number, Chip: c, More: l.T("chair.lot.until", "date", lot.Expires.String())}, i == m.Lot,
			func() { v.s.change(func() { v.s.m.ChooseLot(i) }) }))
	}
	vials.Add(ui.NewChoice(l, ui.ChoiceSpec{Word: l.T("chair.another"), Key: "Ctrl+N"}, m.Another(), v.s.another))
	if m.Another() {
		vials.Add(ui.Pages(12, v.number, v.expiry))
		products := container.NewGridWrap(fyne.NewSize(236, 40))
		for _, p := range m.Products {
			kind := ui.Tab
			if p.Code == m.Product {
				kind = ui.TabOn
			}
			products.Add(ui.NewButton(l, ui.ButtonSpec{Text: ui.Fit(p.Name, l.Sizes.Smallest, true, 200), Kind: kind, TextSize: l.Sizes.Smallest, Height: 40, Pad: 10},
				func() { v.s.change(func() { v.s.m.ChooseProduct(p.Code) }) }))
		}
		vials.Add(products)
	}
	var limbs []fyne.CanvasObject
	for i, limb := range clinic.Limbs {
		limbs = append(limbs, ui.NewChoice(l, ui.ChoiceSpec{Word: l.T("limb." + limb), Key: strconv.Itoa(i + 1)}, i == m.Limb,
			func() { v.s.change(func() { v.s.m.Limb = i }) }))
	}
	vials.Add(ui.Inset(6, 0, 0, 0, l.Write(l.T("chair.where"), l.Sizes.Second, true, l.Ink)))
	row := ui.Pages(8, limbs...)
	if row.MinSize().Width > leftWidth {
		row = ui.Column(8, ui.Pages(8, limbs[:2]...), ui.Pages(8, limbs[2:]...))
	}
	vials.Add(row)
	return vials
}

func (v *view) drawReasons(m *Model) fyne.CanvasObject {
	l := v.l
	ask := "chair.defer.ask"
	if m.Mode == Voiding {
		ask = "chair.void.ask"
	}
	column := ui.Column(8, l.Write(l.T(ask), l.Sizes.Second, true, l.Ink))
	var half []fyne.CanvasObject
	for i, key := range m.Reasons() {
		half = append(half, ui.NewChoice(l, ui.ChoiceSpec{Word: l.T("chair.reason." + key), Key: strconv.Itoa(i + 1)}, i == m.Reason,
			func() { v.s.change(func() { v.s.m.Reason = i }) }))
		if len(half) == 2 {
			column.Add(ui.Pages(8, half...))
			half = nil
		}
	}
	column.Add(ui.Inset(6, 0, 0, 0, v.note))
	return column
}

func (v *view) drawFields(title string, fields []field) fyne.CanvasObject {
	return ui.Column(10, v.l.Write(title, v.l.Sizes.Second, true, v.l.Ink), v.form(fields, 560))
}

// form sets names and values in lines; a value is at most so wide.
func (v *view) form(fields []field, width float32) fyne.CanvasObject {
	l := v.l
	names := make([]*canvas.Text, len(fields))
	var most float32
	for i, f := range fields {
		names[i] = l.Write(l.T(f.name), l.Sizes.Text, false, l.Ink2)
		most = max(most, names[i].MinSize().Width)
	}
	column := ui.Column(6)
	for i, f := range fields {
		column.Add(ui.Row(18, container.NewStack(ui.Strut(most, 0), names[i]), l.Write(ui.Fit(f.value, l.Sizes.Text, true, width), l.Sizes.Text, true, l.Ink)))
	}
	return column
}

// drawActions is the panel at the right: what will be recorded, and the ways on.
func (v *view) drawActions(m *Model) fyne.CanvasObject {
	l := v.l
	column := ui.Column(10)
	if m.Mode == Giving {
		column.Add(l.Write(l.T("chair.confirm"), l.Sizes.Second, true, l.Ink))
		column.Add(ui.Inset(0, 6, 0, 0, v.form(m.summary(l), 220)))
	}
	_, observed := reception.Observed(m.Person.Visit, m.Now)
	text := map[Mode]string{
		Giving: "chair.give", Deferring: "chair.defer.do", Reacting: "chair.reaction.do", Voiding: "chair.void.do", After: "chair.back",
	}[m.Mode]
	switch {
	case m.Mode == After && observed:
		text = "chair.let_go"
	case m.Mode == Giving && m.anyway:
		text = "chair.give.anyway"
	}
	b := ui.NewButton(l, ui.ButtonSpec{Text: l.T(text), Key: "Enter", Kind: ui.Primary, TextSize: l.Sizes.Second, Height: 72}, v.s.enter)
	if m.Busy {
		b.Disable()
	}
	column.Add(b)
	further := func(key, cap string, to Mode) {
		column.Add(ui.NewButton(l, ui.ButtonSpec{Text: l.T(key), Key: cap}, func() { v.s.change(func() { v.s.m.Turn(to) }) }))
	}
	switch m.Mode {
	case Giving:
		further("chair.defer", "F10", Deferring)
	case After:
		if m.Person.Visit.Attendance == clinic.Vaccinated {
			further("chair.react", "F11", Reacting)
		}
		if m.Person.Visit.Attendance >= clinic.Arrived {
			further("chair.void", "Del", Voiding)
		}
	}
	column.Add(ui.NewButton(l, ui.ButtonSpec{Text: l.T("chair.back"), Icon: "back", Key: "Esc", Kind: ui.Tab}, func() { v.s.change(func() { v.s.m.Back() }) }))
	return ui.Column(0, ui.Frame(canvas.NewRectangle(l.Ground), nil, nil, nil, container.NewStack(ui.Strut(340, 0), l.Padded(column))))
}
