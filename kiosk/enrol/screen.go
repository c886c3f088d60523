package enrol

import (
	"context"

	"fyne.io/fyne/v2"

	"ezhitong.tw/drivers/scanner"
	"ezhitong.tw/kiosk/ui"
	"ezhitong.tw/syncproto"
)

// Config is how the screen looks and what it stands in front of.
type Config struct {
	Look   ui.Look
	Window fyne.Window
	Leave  func() // shows what the device is for; called on the drawing goroutine
	Keypad bool   // there may be no keyboard: the code is touched
}

// Screen draws a Model. Ask, Compare and Done are called from any goroutine but
// the drawing one.
type Screen struct {
	cfg    Config
	m      Model
	v      *view
	shown  bool
	typed  chan string // an invitation that a person entered
	giveUp func()
}

// New makes a screen that takes its window when it is needed.
func New(cfg Config) *Screen {
	s := &Screen{cfg: cfg, typed: make(chan string, 1), giveUp: func() {}}
	s.v = newView(s)
	return s
}

// Ask asks for the code until there is one that can be tried; why is the key of
// what was in the way of the last one. It reports false when ctx ends.
func (s *Screen) Ask(ctx context.Context, why, address string, codes <-chan scanner.Event) (invitation string, ok bool) {
	ui.Do(func() {
		s.m.Ask(why, address)
		s.show()
	})
	for {
		select {
		case <-ctx.Done():
			return "", false
		case invitation = <-s.typed:
			return invitation, true
		case ev, open := <-codes:
			switch {
			case !open:
				codes = nil
			case ev.Kind == scanner.Scanned:
				ui.Do(func() { s.submit(ev.Code.Reveal()) })
			}
		}
	}
}

// Compare shows the five words until somebody at central has decided; giveUp
// ends the waiting.
func (s *Screen) Compare(words syncproto.Words, giveUp func()) {
	ui.Do(func() {
		s.giveUp = giveUp
		s.m.Compare(words)
		s.show()
	})
}

// Done gives the window back.
func (s *Screen) Done() {
	ui.Do(func() {
		if s.shown {
			s.shown = false
			s.cfg.Leave()
		}
	})
}

func (s *Screen) show() {
	s.v.render()
	if !s.shown {
		s.shown = true
		s.cfg.Window.SetContent(s.v.root)
	}
	s.v.focus()
}

func (s *Screen) submit(code string) {
	invitation, ok := s.m.Submit(code, s.v.address.Text)
	if ok {
		s.typed <- invitation // one place is free: a second one is not asked for before
	}
	s.v.render()
	s.v.focus()
}

// stop ends the waiting for central's decision; Ask is called again.
func (s *Screen) stop() {
	if s.m.Step == Comparing {
		s.giveUp()
	}
}
