package desk

import (
	"fmt"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
)

// bannerHeight keeps the list in its place whoever comes.
const bannerHeight = 108

// drawBanner draws who stands at the counter and the one thing to do.
func (v *view) drawBanner(say saying) fyne.CanvasObject {
	l := v.l
	v.button = nil
	var actions []fyne.CanvasObject
	if say.second != "" {
		actions = append(actions, ui.Middle(ui.NewButton(l, ui.ButtonSpec{Text: say.second, Icon: "undo", Key: "Ctrl+Z", Height: 56},
			func() { v.s.takeBack(); v.s.focus() })))
	}
	if say.change != "" {
		actions = append(actions, ui.Middle(ui.NewButton(l, ui.ButtonSpec{Text: say.change, Key: "F10", Height: 56}, func() { v.s.key(fyne.KeyF10) })))
	}
	if say.action != "" {
		spec := ui.ButtonSpec{Text: say.action, Key: "Enter", Height: 56}
		if say.primary {
			spec.Kind, spec.TextSize, spec.Height, spec.Pad = ui.Primary, l.Sizes.Second, 72, 28
		}
		v.button = ui.NewButton(l, spec, func() { v.s.enter(); v.s.focus() })
		if say.busy {
			v.button.Disable()
		}
		actions = append(actions, ui.Middle(v.button))
	}
	right := ui.Row(12, actions...)
	width := v.width - 2*20 - right.MinSize().Width - 20

	_, ground := l.Tone(say.tone)
	border := l.Accent
	if ink, _ := l.Tone(say.tone); say.tone == ui.Notice || say.tone == ui.Alarm {
		border = ink
	}
	fill := l.Surface
	if say.name == "" && say.tone != ui.Muted && say.tone != ui.Info {
		fill = ground
	}
	inner := ui.Frame(nil, nil, nil, right, ui.Middle(v.drawWords(say, width)))
	return ui.Box(fill, border, l.Sizes.Border, 10, ui.Strut(0, bannerHeight), ui.Inset(8, 8, 20, 20, inner))
}

func (v *view) drawWords(say saying, width float32) fyne.CanvasObject {
	l := v.l
	if say.name == "" {
		ink, _ := l.Tone(say.tone)
		side := float32(36)
		text := ui.Column(2, l.Lines(say.chip, l.Sizes.Second, true, l.Ink, width-side-16),
			l.Lines(say.line, l.Sizes.Text, false, l.Ink2, width-side-16))
		return ui.Row(16, ui.Middle(ui.Image(ui.Icon(say.icon, ink), side)), text)
	}
	chip := ui.NewChip(l, l.Sizes.Text, say.tone, say.icon, say.chip)
	chips := []fyne.CanvasObject{ui.Middle(chip)}
	taken := chip.MinSize().Width + 16
	if say.doubt != "" {
		doubt := ui.NewChip(l, l.Sizes.Text, ui.Notice, "alert", say.doubt)
		chips = append(chips, ui.Middle(doubt))
		taken += doubt.MinSize().Width + 16
	}
	about := l.Write(say.about, l.Sizes.Text+2, false, l.Ink2)
	name := l.Write(ui.Fit(say.name, l.Sizes.Title, true, max(120, width-taken-about.MinSize().Width-16)), l.Sizes.Title, true, l.Ink)
	head := ui.Row(16, append([]fyne.CanvasObject{name, ui.Middle(about)}, chips...)...)
	column := ui.Column(-4, head, l.Lines(say.line, l.Sizes.Text+2, false, l.Ink, width))
	for i, choice := range say.choices {
		n := i + 1
		column.Add(ui.Inset(8, 0, 0, 0, container.NewHBox(ui.NewButton(l,
			ui.ButtonSpec{Text: choice, Key: strconv.Itoa(n)}, func() { v.s.digit(n); v.s.focus() }))))
	}
	return column
}

// sideRows is how many waiting entries the panel names.
const sideRows = 5

// drawSide draws what waits to be sent, while there is no network.
func (v *view) drawSide(m *Model) {
	waiting := m.Waiting()
	shown := m.Link.State == reception.LinkOffline
	state := ""
	if shown {
		state = fmt.Sprint(m.Link.Pending, m.Link.Last.Unix())
		for _, e := range waiting {
			state += e.Booking.ID.String() + e.Visit.Attendance.String() + e.Visit.Ticket
		}
	}
	if state == v.drawn.side && shown != v.side.Hidden {
		return
	}
	v.drawn.side = state
	v.side.Hidden = !shown
	if shown {
		v.side.Objects = []fyne.CanvasObject{v.sidePanel(m, waiting)}
	}
	v.side.Refresh()
	v.main.Refresh()
}

func (v *view) sidePanel(m *Model, waiting []reception.Entry) fyne.CanvasObject {
	l := v.l
	title := container.NewBorder(nil, nil, l.Write(l.T("desk.waiting"), l.Sizes.Second, true, l.Ink),
		l.Write(strconv.Itoa(m.Link.Pending), l.Sizes.Second, true, l.Ink))
	column := ui.Column(0, ui.Inset(0, 10, 0, 0, title))
	for i, e := range waiting {
		if i == sideRows {
			column.Add(l.Rule(1))
			column.Add(ui.Inset(10, 0, 0, 0, l.Write(l.T("desk.waiting.more", "count", strconv.Itoa(len(waiting)-sideRows)), l.Sizes.Smallest, false, l.Ink2)))
			break
		}
		n := m.line(l, e)
		what := e.Booking.Person.Name.String()
		if e.Visit.Ticket != "" {
			what += "，" + e.Visit.Ticket
		}
		at := ""
		if !e.Visit.ArrivedAt.IsZero() {
			at = clinic.TimeOfDayOf(e.Visit.ArrivedAt).String()
		}
		column.Add(l.Rule(1))
		column.Add(ui.Inset(8, 8, 0, 0, ui.Column(0,
			container.NewBorder(nil, nil, l.Write(n.state, l.Sizes.Text, true, l.Ink), l.Write(at, l.Sizes.Text, false, l.Ink2)),
			l.Write(ui.Fit(what, l.Sizes.Text, false, 280), l.Sizes.Text, false, l.Ink))))
	}
	if m.Link.Pending == 0 {
		column.Add(l.Write(l.T("desk.waiting.none"), l.Sizes.Smallest, false, l.Ink2))
	}
	if v.s.syncNow != nil {
		column.Add(ui.Inset(4, 10, 0, 0, ui.NewButton(l, ui.ButtonSpec{Text: l.T("desk.waiting.now"), Icon: "sync"},
			func() { v.s.syncNow(); v.s.focus() })))
	}
	last := l.T("desk.waiting.never")
	if !m.Link.Last.IsZero() {
		last = l.T("desk.waiting.last", "at", m.moment(l, m.Link.Last))
	}
	column.Add(l.Rule(1))
	column.Add(ui.Inset(10, 0, 0, 0, ui.Column(0, l.Write(last, l.Sizes.Smallest, false, l.Ink2),
		l.Write(l.T("desk.waiting.auto"), l.Sizes.Smallest, false, l.Ink2))))
	return l.Panel(ui.Inset(14, 14, 18, 18, column))
}

// digit chooses one of several bookings.
func (s *Screen) digit(n int) bool {
	s.since = s.cfg.Now()
	used := s.m.Choose(n)
	if used {
		s.render()
	}
	return used
}
