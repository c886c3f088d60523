package change

import (
	"fmt"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
	"ezhitong.tw/syncproto"
)

// view draws the page afresh when what it says has changed; the line to write on and
// the list stay.
type view struct {
	s *Screen
	l ui.Look

	root    *fyne.Container
	text    *ui.Entry
	drawn   string
	filling bool // the page writes on the line itself
}

func newView(s *Screen) *view {
	v := &view{s: s, l: s.cfg.Look, root: container.NewStack()}
	v.text = ui.NewEntry("", func(text string) {
		if !v.filling {
			s.m.Text, s.m.Problem = text, nil
			s.render()
		}
	})
	return v
}

func (v *view) render(m *Model) {
	v.filling = true
	v.text.Write(m.Text)
	v.filling = false
	var open clinic.ID
	if m.Person != nil {
		open = m.Person.Booking.ID
	}
	state := fmt.Sprint(open, m.What, m.Slot, m.Openings, m.Busy, m.Problem, m.Done)
	for _, e := range m.Asked {
		state += fmt.Sprint(e.Booking.ID, *e.Asked, e.Booking.Active(), e.Booking.Slot.Date, e.Booking.Slot.Start)
	}
	if state == v.drawn {
		return
	}
	v.drawn = state
	v.root.Objects = []fyne.CanvasObject{ui.Pages(16, v.drawForm(m), v.drawAsked(m))}
	v.root.Refresh()
}

var keys = [whats]string{"move", "phone", "cancel"}

func (v *view) drawForm(m *Model) fyne.CanvasObject {
	l := v.l
	if m.Person == nil {
		say := l.T("change.how")
		if m.Done {
			say = l.T("change.done") + l.T("change.how")
		}
		return l.Panel(l.Empty(say))
	}
	b := m.Person.Booking
	name, about := l.About(b.Person, clinic.DateOf(m.Now))
	column := ui.Column(8,
		ui.Row(12, l.Write(ui.Fit(name, l.Sizes.Second, true, 240), l.Sizes.Second, true, l.Ink), ui.Middle(l.Write(about, l.Sizes.Smallest, false, l.Ink2))),
		l.Write(v.when(b.Slot)+" "+l.What(*m.Person), l.Sizes.Text, false, l.Ink))
	for w := range whats {
		column.Add(ui.NewChoice(l, ui.ChoiceSpec{Word: l.T("change." + keys[w]), Key: strconv.Itoa(int(w) + 1)}, w == m.What, func() { v.s.change(func() { v.s.m.Choose(w) }) }))
	}
	column.Add(ui.Inset(6, 0, 0, 0, l.Write(l.T("change."+keys[m.What]+".ask"), l.Sizes.Text, true, l.Ink)))
	if m.What == Move {
		column.Add(v.drawTimes(m))
	} else {
		v.text.SetPlaceHolder(l.T("change." + keys[m.What] + ".hint"))
		column.Add(v.text)
	}
	if m.Problem != nil {
		column.Add(l.Remark(ui.Alarm, "alert", l.Explain(m.Problem), true, 440))
	}
	send := ui.NewButton(l, ui.ButtonSpec{Text: l.T("change.send"), Key: "Enter", Kind: ui.Primary, TextSize: l.Sizes.Second, Height: 60}, func() { v.s.key(fyne.KeyReturn) })
	if m.Busy {
		send.Disable()
	}
	column.Add(send)
	column.Add(ui.NewButton(l, ui.ButtonSpec{Text: l.T("desk.close"), Icon: "back", Key: "Esc", Kind: ui.Tab}, func() { v.s.change(func() { v.s.m.Back() }) }))
	return l.Padded(column)
}

// times is how many of the times are shown around the chosen one.
const times = 4

func (v *view) drawTimes(m *Model) fyne.CanvasObject {
	l := v.l
	if len(m.Openings) == 0 {
		return l.Lines(l.T("change.move.none"), l.Sizes.Text, false, l.Ink2, 480)
	}
	column := ui.Column(6)
	first := max(0, min(m.Slot-1, len(m.Openings)-times))
	for i := first; i < min(first+times, len(m.Openings)); i++ {
		s := m.Openings[i]
		column.Add(ui.NewChoice(l, ui.ChoiceSpec{
			Word: v.when(s), Chip: ui.NewBareChip(l, l.Sizes.Smallest, ui.Done, "check", l.T("change.left", "count", strconv.Itoa(s.Left()))),
		}, i == m.Slot, func() { v.s.change(func() { v.s.m.Slot = i }) }))
	}
	return column
}

func (v *view) when(s clinic.Slot) string {
	return v.l.T("change.when", "day", s.Date.String(), "from", s.Start.String(), "to", s.End.String())
}

// drawAsked lists what was asked for and what central answered.
func (v *view) drawAsked(m *Model) fyne.CanvasObject {
	l := v.l
	var body fyne.CanvasObject = l.Empty(l.T("change.asked.none"))
	if len(m.Asked) > 0 {
		column := ui.Column(0)
		for _, e := range m.Asked {
			a := answerOf(l, e)
			column.Add(ui.Inset(10, 10, 18, 18, ui.Column(2,
				ui.Row(12, ui.Middle(l.Write(ui.Fit(e.Booking.Person.Name.String(), l.Sizes.Text, true, 130), l.Sizes.Text, true, l.Ink)),
					ui.Middle(l.Write(l.T("change."+keyOf(e.Asked.Kind)), l.Sizes.Text, false, l.Ink)), ui.NewChip(l, l.Sizes.Smallest, a.tone, a.icon, a.word)),
				l.Lines(a.more, l.Sizes.Smallest, false, l.Ink2, 510))))
			column.Add(l.Rule(1))
		}
		body = container.NewVScroll(column)
	}
	return l.Counted(l.T("change.asked"), len(m.Asked), body)
}

func keyOf(k clinic.EventKind) string {
	switch k {
	case clinic.MoveAsked:
		return keys[Move]
	case clinic.CancelAsked:
		return keys[Cancel]
	}
	return keys[Phone]
}

// answer is what central said to a request.
type answer struct {
	tone             ui.Tone
	icon, word, more string
}

func answerOf(l ui.Look, e reception.Entry) answer {
	when := l.T("change.booking", "day", e.Booking.Slot.Date.String(), "time", e.Booking.Slot.Start.String(), "vaccine", e.Vaccine)
	switch e.Asked.Outcome {
	case 0:
		return answer{ui.Info, "clock", l.T("change.waits"), when + l.T("change.waits.more")}
	case syncproto.Rejected:
		return answer{ui.Notice, "alert", l.T("change.refused"), when + why(l, e.Asked.Code)}
	case syncproto.Parked:
		return answer{ui.Notice, "alert", l.T("change.parked"), when + l.T("change.parked.more")}
	}
	if e.Asked.Code == "PARTLY" {
		return answer{ui.Notice, "alert", l.T("change.partly"), when + l.T("change.partly.more")}
	}
	return answer{ui.Done, "check", l.T("change.granted"), when}
}

// why says a rule's refusal in its own words, as far as they need nothing that
// central did not tell.
func why(l ui.Look, code string) string {
	key := strings.ToLower(code)
	for _, room := range []string{"change.because.", "refusal."} {
		if !i18n.Has(l.Locale, room+key) {
			continue
		}
		if text := l.T(room + key); !strings.Contains(text, "⟦") {
			return text
		}
	}
	return l.T("change.because.other")
}
