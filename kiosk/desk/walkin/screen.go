package walkin

import (
	"context"

	"fyne.io/fyne/v2"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/desk"
	"ezhitong.tw/kiosk/reception"
)

// Name names the page.
const Name = "walkin"

// Counter is what the page needs of reception. A receipt is on the disk before it
// comes.
type Counter interface {
	Sessions(ctx context.Context) ([]reception.Session, error)
	WalkIn(ctx context.Context, w reception.WalkIn) (reception.Receipt, error)
}

// Screen draws a Model and does what it orders. All its methods belong to the
// drawing goroutine.
type Screen struct {
	cfg    desk.PageConfig
	m      Model
	v      *view
	work   *desk.Work[Counter]
	canvas fyne.Canvas
}

// New makes a page that waits for Begin.
func New(cfg desk.PageConfig) *Screen {
	s := &Screen{cfg: cfg, work: desk.NewWork[Counter](Name, cfg)}
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
	s.work.Begin(ctx, c)
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
	if !s.work.Begun() {
		return
	}
	w, ready := s.m.Enter()
	if !ready {
		return
	}
	began := s.cfg.Now()
	s.work.Do(func(ctx context.Context, c Counter) func() {
		r, err := c.WalkIn(ctx, w)
		return func() {
			s.work.Failed("register", err)
			if err == nil {
				s.cfg.Log.Info("registered", "screen", Name, "booking", r.Entry.Booking.ID.String(), "ticket", r.Ticket, "beyond", w.Beyond,
					"ms", s.cfg.Now().Sub(began).Milliseconds())
			}
			s.change(func() { s.m.Registered(r, err) })
			s.load()
		}
	})
}

func (s *Screen) load() {
	s.work.Read(func(ctx context.Context, c Counter) func() {
		sessions, err := c.Sessions(ctx)
		return func() {
			s.work.Failed("read the sessions", err)
			s.m.Entries(sessions, err)
			s.render()
		}
	})
}

func (s *Screen) render() { s.v.render(&s.m) }
