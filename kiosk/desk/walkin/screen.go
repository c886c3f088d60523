package walkin

import (
	"context"
	"log/slog"
	"time"

	"fyne.io/fyne/v2"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/desk"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
)

// Name names the page.
const Name = "walkin"

// Counter is what the page needs of reception. A receipt is on the disk before it
// comes.
type Counter interface {
	Sessions(ctx context.Context) ([]reception.Session, error)
	WalkIn(ctx context.Context, w reception.WalkIn) (reception.Receipt, error)
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
	again   bool // the sessions changed while they were being read
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
		Name: Name, Icon: "person", Content: s.v.root,
		Attach: func(c fyne.Canvas) { s.canvas = c },
		Show:   s.show, Key: s.key, Tick: s.tick, Changed: s.load,
	}
}

// Begin gives the page what it works with, once the replica is open.
func (s *Screen) Begin(ctx context.Context, c Counter) {
	s.ctx, s.counter = ctx, c
	s.load()
}

// Take fills in somebody whose card was read, before the page is turned to.
func (s *Screen) Take(p clinic.Person) {
	s.m.Tick(s.cfg.Now())
	s.m.Take(p)
	s.render()
}

func (s *Screen) show() {
	s.m.Tick(s.cfg.Now())
	s.load()
	s.render()
	s.focus()
}

// focus gives the keyboard to the first line, unless a number is shown.
func (s *Screen) focus() {
	switch {
	case s.canvas == nil || !s.v.root.Visible():
	case s.m.Receipt == nil:
		s.canvas.Focus(s.v.number)
	default:
		s.canvas.Unfocus()
	}
}

func (s *Screen) tick() {
	if s.m.Tick(s.cfg.Now()) {
		s.load() // a session may be over
		s.render()
	}
}

// change does something to the model, draws it and minds the keyboard.
func (s *Screen) change(f func()) {
	shown := s.m.Receipt != nil
	f()
	s.render()
	if shown != (s.m.Receipt != nil) {
		s.focus()
	}
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
			s.m.Choose(s.m.Session - 1)
		case fyne.KeyDown:
			s.m.Choose(s.m.Session + 1)
		case fyne.KeyF10:
			s.m.ChooseDose(s.m.Dose + 1)
		default:
			used = false
		}
	})
	return used
}

// enter registers the person off the drawing goroutine and brings the answer back.
func (s *Screen) enter() {
	if s.counter == nil {
		return
	}
	w, ready := s.m.Enter()
	if !ready {
		return
	}
	began, c, ctx := s.cfg.Now(), s.counter, s.ctx
	s.cfg.Background(func() {
		r, err := c.WalkIn(ctx, w)
		ui.Do(func() {
			if err == nil {
				s.cfg.Log.Info("registered", "screen", "walkin", "booking", r.Entry.Booking.ID.String(), "ticket", r.Ticket, "beyond", w.Beyond,
					"ms", s.cfg.Now().Sub(began).Milliseconds())
			} else {
				s.cfg.Log.Warn("not done", "screen", "walkin", "what", "register", "why", err)
			}
			s.change(func() { s.m.Registered(r, err) })
			s.load()
		})
	})
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
	c, ctx := s.counter, s.ctx
	s.cfg.Background(func() {
		sessions, err := c.Sessions(ctx)
		ui.Do(func() {
			s.loading = false
			if err != nil {
				s.cfg.Log.Warn("not done", "screen", "walkin", "what", "read the sessions", "why", err)
			}
			s.m.Entries(sessions, err)
			s.render()
			if s.again {
				s.again = false
				s.load()
			}
		})
	})
}

func (s *Screen) render() { s.v.render(&s.m) }
