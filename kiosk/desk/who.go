package desk

import (
	"time"

	"fyne.io/fyne/v2"

	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/ui"
)

// leaveKey has who is signed in go, from every page.
const leaveKey = fyne.KeyF12

// Who shows at the top who is signed in. A touch on the name and F12 call leave.
func (s *Screen) Who(name string, leave func()) {
	s.leave = leave
	s.f.who.Objects = []fyne.CanvasObject{ui.Middle(ui.NewButton(s.cfg.Look, ui.ButtonSpec{
		Text: ui.Fit(name, s.cfg.Look.Sizes.Smallest, true, 160), Icon: "person", Key: "F12", TextSize: s.cfg.Look.Sizes.Smallest, Kind: ui.Tab, Height: 40, Pad: 10,
	}, leave))}
	s.f.who.Show()
	s.f.top.Refresh()
}

// Cards has take see first what the reader saw; what it does not want is false. With
// pass it gives the card that it took to the list after all.
func (s *Screen) Cards(take func(ev cards.Event, pass func()) bool) { s.taker = take }

// Known lets go of the card in the reader: it is of who works here. The page that was
// in front comes back.
func (s *Screen) Known() {
	s.m.later = nil
	if s.m.Banner.Kind == Reading {
		s.m.show(Banner{})
		s.render()
	}
	if s.front == 0 && s.before != 0 {
		s.turn(s.before)
	}
	s.before = 0
}

// Idle tells for how long nobody has done anything here: no key, no touch that
// moved the keyboard, no card.
func (s *Screen) Idle() time.Duration { return s.cfg.Now().Sub(s.used) }

// stir notes that somebody did something.
func (s *Screen) stir() { s.used = s.cfg.Now() }

// stirred notes it where the keyboard has gone to something else.
func (s *Screen) stirred() {
	if s.canvas != nil && s.canvas.Focused() != s.focused {
		s.focused = s.canvas.Focused()
		s.stir()
	}
}

// Detach takes the window's keyboard away from the screen, which goes on behind
// what the window shows instead, until Attach.
func (s *Screen) Detach() { s.canvas = nil }
