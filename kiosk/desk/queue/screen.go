package queue

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"fyne.io/fyne/v2"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/desk"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
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

// Config is how the page looks and where it learns the time.
type Config struct {
	Look       ui.Look
	Now        func() time.Time
	Log        *slog.Logger
	Background func(func())    // runs slow work; nil starts a goroutine for each
	Chair      func(clinic.ID) // brings who was called up at the chair
	Board      *Board          // shows the numbers to the waiting room; nil for none
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
	again   bool // the list changed while it was being read
}

// New makes a page that waits for Begin.
func New(cfg Config) *Screen {
	if cfg.Background == nil {
		cfg.Background = func(f func()) { go f() }
	}
	s := &Screen{cfg: cfg, ctx: context.Background()}
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
		Attach: func(c fyne.Canvas) { s.canvas = c },
		Show:   s.show, Key: s.key, Rune: s.rune, Tick: s.tick,
		Changed: func() { s.do(Order{Task: Load}) },
	}
}

// Begin gives the page what it works with, once the replica is open.
func (s *Screen) Begin(ctx context.Context, c Counter) {
	s.ctx, s.counter = ctx, c
	s.do(Order{Task: Load})
}

func (s *Screen) show() {
	s.m.Tick(s.cfg.Now())
	s.do(Order{Task: Load})
	s.render()
}

func (s *Screen) tick() {
	if s.m.Tick(s.cfg.Now()) {
		s.do(Order{Task: Load}) // the pace has changed
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
	if o.Task == Nothing || s.counter == nil {
		return
	}
	if o.Task == Load {
		s.load()
		return
	}
	c, ctx := s.counter, s.ctx
	s.cfg.Background(func() {
		err := carryOut(ctx, c, o)
		ui.Do(func() {
			if err != nil {
				s.cfg.Log.Warn("not done", "screen", "queue", "what", o.Task.String(), "why", err)
			}
			s.do(s.m.Done(err))
			s.render()
		})
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
func (t Task) String() string { return [...]string{"nothing", "load", "next", "call", "skip"}[t] }

func (s *Screen) load() {
	if s.loading {
		s.again = true
		return
	}
	s.loading = true
	c, ctx := s.counter, s.ctx
	s.cfg.Background(func() {
		q, err := c.Queue(ctx)
		ui.Do(func() {
			s.loading = false
			if err != nil {
				s.cfg.Log.Warn("not done", "screen", "queue", "what", "read the queue", "why", err)
			}
			s.m.Entries(q, err)
			s.render()
			if s.again {
				s.again = false
				s.load()
			}
		})
	})
}

func (s *Screen) render() {
	s.v.render(&s.m)
	if s.cfg.Board != nil {
		s.cfg.Board.Tell(s.m.Queue)
	}
}
