package change

import (
	"context"
	"strconv"

	"fyne.io/fyne/v2"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/desk"
	"ezhitong.tw/kiosk/reception"
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
	s.work.Begin(ctx, c)
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
	if !s.work.Begun() {
		return
	}
	o, ready := s.m.Enter()
	if !ready {
		return
	}
	s.work.Do(func(ctx context.Context, c Counter) func() {
		err := ask(ctx, c, o)
		return func() {
			s.work.Failed("ask", err)
			if err == nil {
				s.cfg.Log.Info("asked", "screen", Name, "what", int(o.What), "booking", o.Booking.String())
			}
			s.change(func() { s.m.Recorded(err) })
			s.load()
		}
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
	open := s.m.Person
	s.work.Read(func(ctx context.Context, c Counter) func() {
		asked, err := c.Asked(ctx)
		var openings []clinic.Slot
		if err == nil && open != nil {
			openings, err = c.Openings(ctx, open.Booking.ID)
		}
		return func() {
			s.work.Failed("read what was asked", err)
			if s.m.Person != open { // these are the times of another booking
				s.load()
				return
			}
			s.m.Entries(asked, openings, err)
			s.render()
		}
	})
}

func (s *Screen) render() { s.v.render(&s.m) }
