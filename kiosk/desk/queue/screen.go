package queue

import (
	"context"
	"errors"

	"fyne.io/fyne/v2"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/desk"
	"ezhitong.tw/kiosk/reception"
)

// Name names the page.
const Name = "queue"

// Counter is what the page needs of reception. What it notes is on the disk before
// it answers.
type Counter interface {
	Queue(ctx context.Context) (reception.Queue, error)
	CallNext(ctx context.Context, room string) (reception.Entry, error)
	Call(ctx context.Context, booking clinic.ID, room string) error
	Skip(ctx context.Context, booking clinic.ID) error
}

// Config is how the page looks and what it works with.
type Config struct {
	desk.PageConfig
	Chair func(clinic.ID) // brings who was called up at the chair
	Board *Board          // shows the numbers to the waiting room; nil for none
}

// Screen draws a Model and does what it orders. All its methods belong to the
// drawing goroutine.
type Screen struct {
	cfg  Config
	m    Model
	v    *view
	work *desk.Work[Counter]
}

// New makes a page that waits for Begin.
func New(cfg Config) *Screen {
	s := &Screen{cfg: cfg, work: desk.NewWork[Counter](Name, cfg.PageConfig)}
	s.m.Room = "1"
	s.m.Tick(cfg.Now())
	s.v = newView(s)
	s.render()
	return s
}

// Page is the page for the desk's rail.
func (s *Screen) Page() desk.Page {
	return desk.Page{
		Name: Name, Icon: "ticket", Content: s.v.root,
		Show: s.show, Key: s.key, Rune: s.rune, Tick: s.tick, Changed: s.load,
	}
}

// Begin gives the page what it works with, once the replica is open.
func (s *Screen) Begin(ctx context.Context, c Counter) {
	s.work.Begin(ctx, c)
	s.load()
}

func (s *Screen) show() {
	s.m.Tick(s.cfg.Now())
	s.load()
	s.render()
}

func (s *Screen) tick() {
	if s.m.Tick(s.cfg.Now()) {
		s.load() // the pace has changed
		s.render()
	}
}

func (s *Screen) change(f func()) {
	f()
	s.render()
}

func (s *Screen) rune(r rune) bool {
	used := r >= '1' && r <= '9' && s.m.Digit(int(r-'0'))
	if used {
		s.render()
	}
	return used
}

func (s *Screen) key(name fyne.KeyName) bool {
	used := true
	s.change(func() {
		switch name {
		case fyne.KeyReturn, fyne.KeyEnter:
			s.do(s.m.Enter())
		case fyne.KeyEscape:
			used = s.m.Back()
		case fyne.KeyUp:
			s.m.Move(-1)
		case fyne.KeyDown:
			s.m.Move(1)
		case fyne.KeyF10:
			s.do(s.m.Again())
		case fyne.KeyF11:
			s.do(s.m.Skip())
		case fyne.KeyRight:
			s.chair()
		default:
			used = false
		}
	})
	return used
}

// chair goes on at the chair with who was called last.
func (s *Screen) chair() {
	if c := s.m.Current(); c != nil {
		s.cfg.Chair(c.Entry.Booking.ID)
	}
}

// do carries out an order off the drawing goroutine and brings the answer back.
func (s *Screen) do(o Order) {
	if o.Task == Nothing {
		return
	}
	s.work.Do(func(ctx context.Context, c Counter) func() {
		err := carryOut(ctx, c, o)
		return func() {
			s.work.Failed(o.Task.String(), err)
			s.m.Done(err)
			s.load()
			s.render()
		}
	})
}

func carryOut(ctx context.Context, c Counter, o Order) error {
	switch o.Task {
	case Next:
		_, err := c.CallNext(ctx, o.Room)
		if errors.Is(err, reception.ErrNobody) { // another desk was quicker, and the list is read again
			return nil
		}
		return err
	case Call:
		return c.Call(ctx, o.Booking, o.Room)
	default:
		return c.Skip(ctx, o.Booking)
	}
}

// String names a task for the log.
func (t Task) String() string { return [...]string{"nothing", "next", "call", "skip"}[t] }

func (s *Screen) load() {
	s.work.Read(func(ctx context.Context, c Counter) func() {
		q, err := c.Queue(ctx)
		return func() {
			s.work.Failed("read the queue", err)
			s.m.Entries(q, err)
			s.render()
		}
	})
}

func (s *Screen) render() {
	s.v.render(&s.m)
	if s.cfg.Board != nil {
		s.cfg.Board.Tell(s.m.Queue)
	}
}
