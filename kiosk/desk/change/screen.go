package change

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"fyne.io/fyne/v2"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/desk"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
)

// Name names the page.
const Name = "change"

// Counter is what the page needs of reception. What is asked for is on the disk
// before it answers.
type Counter interface {
	Asked(ctx context.Context) ([]reception.Entry, error)
	Openings(ctx context.Context, booking clinic.ID) ([]clinic.Slot, error)
	AskMove(ctx context.Context, booking, slot clinic.ID) error
	AskCorrect(ctx context.Context, booking clinic.ID, correct clinic.Person) error
	AskCancel(ctx context.Context, booking clinic.ID, reason string) error
}

// Config is how the page looks and where it learns the time.
type Config struct {
	Look       ui.Look
	Now        func() time.Time
	Log        *slog.Logger
	Background func(func()) // runs slow work; nil starts a goroutine for each
}

// Screen draws a Model and does what it orders. All its methods belong to the
// drawing goroutine.
type Screen struct {
	cfg     Config
	m       Model
	v       *view
	ctx     context.Context
	counter Counter
	canvas  fyne.Canvas
	loading bool
	again   bool // something changed while it was being read
}

// New makes a page that waits for Begin.
func New(cfg Config) *Screen {
	if cfg.Background == nil {
		cfg.Background = func(f func()) { go f() }
	}
	s := &Screen{cfg: cfg, ctx: context.Background()}
	s.m.Tick(cfg.Now())
	s.v = newView(s)
	s.render()
	return s
}

// Page is the page for the desk's rail.
func (s *Screen) Page() desk.Page {
	return desk.Page{
		Name: Name, Icon: "calendar", Content: s.v.root,
		Attach: func(c fyne.Canvas) { s.canvas = c },
		Show:   s.show, Key: s.key, Rune: s.rune, Changed: s.load,
		Tick: func() {
			if s.m.Tick(s.cfg.Now()) {
				s.render()
			}
		},
		Mark: func() string {
			if n := s.m.Refused(); n > 0 {
				return s.cfg.Look.T("change.mark", "count", strconv.Itoa(n))
			}
			return ""
		},
	}
}

// Begin gives the page what it works with, once the replica is open.
func (s *Screen) Begin(ctx context.Context, c Counter) {
	s.ctx, s.counter = ctx, c
	s.load()
}

// Open brings up a booking, before the page is turned to.
func (s *Screen) Open(e reception.Entry) {
	s.m.Open(e)
	s.render()
}

func (s *Screen) show() {
	s.m.Tick(s.cfg.Now())
	s.load()
	s.render()
	s.focus()
}

// focus gives the keyboard to the line where something is to be written.
func (s *Screen) focus() {
	switch {
	case s.canvas == nil || !s.v.root.Visible():
	case s.m.Person != nil && s.m.What != Move:
		s.canvas.Focus(s.v.text)
	default:
		s.canvas.Unfocus()
	}
}

// change does something to the model, draws it and minds the keyboard.
func (s *Screen) change(f func()) {
	what, open := s.m.What, s.m.Person != nil
	f()
	s.render()
	if s.m.What != what || open != (s.m.Person != nil) {
		s.focus()
	}
}

func (s *Screen) rune(r rune) bool {
	if s.m.Person == nil || r < '1' || r >= '1'+rune(whats) {
		return false
	}
	s.change(func() { s.m.Choose(What(r - '1')) })
	return true
}

func (s *Screen) key(name fyne.KeyName) bool {
	used := true
	s.change(func() {
		switch name {
		case fyne.KeyReturn, fyne.KeyEnter:
			s.enter()
		case fyne.KeyEscape:
			used = s.m.Back()
		case fyne.KeyUp:
			s.m.Move(-1)
		case fyne.KeyDown:
			s.m.Move(1)
		case fyne.KeyF10:
			s.m.Choose((s.m.What + 1) % whats)
		default:
			used = false
		}
	})
	return used
}

// enter asks off the drawing goroutine and brings the answer back.
func (s *Screen) enter() {
	if s.counter == nil {
		return
	}
	o, ready := s.m.Enter()
	if !ready {
		return
	}
	c, ctx := s.counter, s.ctx
	s.cfg.Background(func() {
		err := ask(ctx, c, o)
		ui.Do(func() {
			if err == nil {
				s.cfg.Log.Info("asked", "screen", "change", "what", int(o.What), "booking", o.Booking.String())
			} else {
				s.cfg.Log.Warn("not done", "screen", "change", "what", "ask", "why", err)
			}
			s.change(func() { s.m.Recorded(err) })
			s.load()
		})
	})
}

func ask(ctx context.Context, c Counter, o Order) error {
	switch o.What {
	case Move:
		return c.AskMove(ctx, o.Booking, o.Slot)
	case Phone:
		return c.AskCorrect(ctx, o.Booking, o.Person)
	default:
		return c.AskCancel(ctx, o.Booking, o.Reason)
	}
}

func (s *Screen) load() {
	if s.counter == nil {
		return
	}
	if s.loading {
		s.again = true
		return
	}
	s.loading = true
	c, ctx, open := s.counter, s.ctx, s.m.Person
	s.cfg.Background(func() {
		asked, err := c.Asked(ctx)
		var openings []clinic.Slot
		if err == nil && open != nil {
			openings, err = c.Openings(ctx, open.Booking.ID)
		}
		ui.Do(func() {
			s.loading = false
			if err != nil {
				s.cfg.Log.Warn("not done", "screen", "change", "what", "read what was asked", "why", err)
			}
			if s.m.Person == open {
				s.m.Entries(asked, openings, err)
			} else {
				s.again = true
			}
			s.render()
			if s.again {
				s.again = false
				s.load()
			}
		})
	})
}

func (s *Screen) render() { s.v.render(&s.m) }
