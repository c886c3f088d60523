package queue

import (
	"fmt"
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
)

// view draws the page afresh when what it says has changed; the lists stay.
type view struct {
	s *Screen
	l ui.Look

	root    *fyne.Container
	waiting *ui.PersonList
	aside   *ui.PersonList
	drawn   string
}

func newView(s *Screen) *view {
	l := s.cfg.Look
	v := &view{s: s, l: l, root: container.NewStack()}
	pick := func(rows func() []reception.Place) func(int) {
		return func(i int) {
			if places := rows(); i < len(places) {
				s.change(func() { s.m.Choose(places[i].Entry.Booking.ID) })
			}
		}
	}
	v.waiting = l.NewPersonList(pick(func() []reception.Place { return s.m.Queue.Waiting }))
	v.aside = l.NewPersonList(pick(s.m.Aside))
	return v
}

func (v *view) render(m *Model) {
	l := v.l
	waiting, aside := make([]ui.PersonLine, 0, len(m.Queue.Waiting)), []ui.PersonLine(nil)
	for _, p := range m.Queue.Waiting {
		waiting = append(waiting, v.line(m, p, ui.Info, "clock", l.T("queue.wait", "minutes", minutes(p.Wait))))
	}
	others := m.Aside()
	for i, p := range others {
		if i < len(others)-len(m.Queue.Skipped) {
			aside = append(aside, v.line(m, p, ui.Info, "bell", l.T("queue.called", "room", p.Room)))
		} else {
			aside = append(aside, v.line(m, p, ui.Notice, "alert", l.T("queue.skipped")))
		}
	}
	state := fmt.Sprint(waiting, aside, m.Current(), m.Room, m.Chosen, m.Busy, m.Problem, m.Loaded)
	if state == v.drawn {
		return
	}
	v.drawn = state
	v.waiting.Set(waiting)
	v.aside.Set(aside)
	v.root.Objects = []fyne.CanvasObject{ui.Pages(16, v.drawCall(m, aside), v.panel("queue.waiting", len(waiting), v.waiting))}
	v.root.Refresh()
}

func (v *view) line(m *Model, p reception.Place, tone ui.Tone, icon, state string) ui.PersonLine {
	return ui.PersonLine{
		Ticket: p.Entry.Visit.Ticket, Name: p.Entry.Booking.Person.Name.String(), What: v.l.What(p.Entry),
		Tone: tone, Icon: icon, State: state, Chosen: p.Entry.Booking.ID == m.Chosen,
	}
}

func minutes(d time.Duration) string { return strconv.Itoa(int((d + time.Minute - 1) / time.Minute)) }

// panel is a list under its title; an empty one says so.
func (v *view) panel(key string, n int, list *ui.PersonList) fyne.CanvasObject {
	body := list.Content
	if n == 0 {
		body = v.l.Empty(v.l.T(key + ".none"))
	}
	return v.l.Counted(v.l.T(key), n, body)
}

// drawCall is who was called, what can be done, and who stands aside.
func (v *view) drawCall(m *Model, aside []ui.PersonLine) fyne.CanvasObject {
	l := v.l
	rooms := container.NewHBox(ui.Middle(l.Write(l.T("queue.room"), l.Sizes.Text, false, l.Ink2)))
	for n := 1; n <= Rooms; n++ {
		kind := ui.Tab
		if strconv.Itoa(n) == m.Room {
			kind = ui.TabOn
		}
		rooms.Add(ui.NewButton(l, ui.ButtonSpec{Text: strconv.Itoa(n), Kind: kind, Height: 40, Pad: 11}, func() { v.s.change(func() { v.s.m.Digit(n) }) }))
	}
	number, words := "—", l.T("queue.nobody")
	if c := m.Current(); c != nil {
		number, words = c.Entry.Visit.Ticket, l.T("queue.now", "room", c.Room, "times", strconv.Itoa(c.Times))
	}
	text := l.Write(number, 96, true, l.Accent)
	text.Alignment = fyne.TextAlignCenter
	below := l.Write(words, l.Sizes.Second, false, l.Ink)
	below.Alignment = fyne.TextAlignCenter
	call := ui.NewButton(l, ui.ButtonSpec{Text: v.callWords(m), Key: "Enter", Kind: ui.Primary, TextSize: l.Sizes.Second, Height: 64}, func() { v.s.key(fyne.KeyReturn) })
	if m.Busy || m.Chosen.IsZero() && len(m.Queue.Waiting) == 0 {
		call.Disable()
	}
	column := ui.Column(10, rooms, ui.Column(-14, text, below), call)
	if m.Current() != nil {
		column.Add(ui.Pages(8,
			ui.NewButton(l, ui.ButtonSpec{Text: l.T("queue.again"), Key: "F10", Pad: 8}, func() { v.s.key(fyne.KeyF10) }),
			ui.NewButton(l, ui.ButtonSpec{Text: l.T("queue.skip"), Key: "F11", Pad: 8}, func() { v.s.key(fyne.KeyF11) }),
			ui.NewButton(l, ui.ButtonSpec{Text: l.T("queue.chair"), Key: "→", Pad: 8}, func() { v.s.key(fyne.KeyRight) })))
	}
	if m.Problem != nil {
		column.Add(l.Remark(ui.Alarm, "alert", l.Explain(m.Problem), true, 440))
	}
	return ui.Frame(l.Padded(column), nil, nil, nil, ui.Inset(16, 0, 0, 0, v.panel("queue.aside", len(aside), v.aside)))
}

func (v *view) callWords(m *Model) string {
	if m.Chosen.IsZero() {
		return v.l.T("queue.next")
	}
	for _, p := range m.all() {
		if p.Entry.Booking.ID == m.Chosen {
			return v.l.T("queue.this", "ticket", p.Entry.Visit.Ticket)
		}
	}
	return v.l.T("queue.next")
}
