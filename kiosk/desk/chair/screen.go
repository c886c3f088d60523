package chair

import (
	"context"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"ezhitong.tw/clinic"
	"ezhitong.tw/drivers/scanner"
	"ezhitong.tw/kiosk/desk"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
)

// Name names the page.
const Name = "chair"

// Counter is what the page needs of reception. Its answers are on the disk before
// they come.
type Counter interface {
	Today(ctx context.Context) ([]reception.Entry, error)
	Lots(ctx context.Context) ([]reception.Lot, error)
	Products(ctx context.Context) ([]reception.Product, error)
	Give(ctx context.Context, booking clinic.ID, d reception.Dose) (reception.Entry, error)
	Defer(ctx context.Context, booking clinic.ID, reason string) (reception.Entry, error)
	NoteReaction(ctx context.Context, booking clinic.ID, note string) (reception.Entry, error)
	LetGo(ctx context.Context, booking clinic.ID) (reception.Entry, error)
	TakeBack(ctx context.Context, booking clinic.ID, reason string) (reception.Entry, error)
}

// Config is how the page looks and what it works with.
type Config struct {
	desk.PageConfig
	Keys ui.Keys // its clock and timer; what it brings is the page's
}

// Screen draws a Model and does what it orders. All its methods belong to the
// drawing goroutine.
type Screen struct {
	cfg    Config
	m      Model
	v      *view
	work   *desk.Work[Counter]
	canvas fyne.Canvas
	keys   *ui.Keys
}

// New makes a page that waits for Begin.
func New(cfg Config) *Screen {
	s := &Screen{cfg: cfg, work: desk.NewWork[Counter](Name, cfg.PageConfig)}
	s.m.Tick(cfg.Now())
	s.keys = &s.cfg.Keys
	s.keys.Typed, s.keys.Scanned = s.digit, s.scanned
	s.v = newView(s)
	s.render()
	return s
}

// Page is the page for the desk's rail.
func (s *Screen) Page() desk.Page {
	return desk.Page{
		Name: Name, Icon: "syringe", Content: s.v.root,
		Attach: s.attach, Show: s.show, Key: s.key, Rune: s.rune, Tick: s.tick,
		Changed: s.load,
		Mark: func() string {
			if n := s.m.Over(); n > 0 {
				return s.cfg.Look.T("chair.mark", "count", strconv.Itoa(n))
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

// Open brings up a booking of today, before the page is turned to.
func (s *Screen) Open(id clinic.ID) {
	s.m.Open(id)
	s.load()
	s.render()
}

func (s *Screen) attach(c fyne.Canvas) {
	s.canvas = c
	c.AddShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyN, Modifier: fyne.KeyModifierControl}, func(fyne.Shortcut) { s.another() })
}

// another turns to a lot that is typed.
func (s *Screen) another() {
	if s.v.root.Visible() && s.m.Mode == Giving {
		s.change(func() { s.m.ChooseLot(len(s.m.Lots)) })
	}
}

// rune takes a character that no line in focus takes: a digit, or one of the code
// of a vial.
func (s *Screen) rune(r rune) bool {
	switch s.m.Mode {
	case Giving:
		s.keys.Rune(r)
	case Deferring, Voiding:
		s.digit(r)
	default:
		return false
	}
	return true
}

func (s *Screen) digit(r rune) {
	if r >= '1' && r <= '9' && s.m.Digit(int(r-'0')) {
		s.render()
	}
}

// scanned takes the code of a vial.
func (s *Screen) scanned(ev scanner.Event) {
	s.change(func() { s.m.Scanned(ev.Code.Reveal()) })
}

func (s *Screen) show() {
	s.m.Tick(s.cfg.Now())
	s.load()
	s.render()
	s.focus()
}

// focus gives the keyboard to the line that is to be filled in, if there is one.
func (s *Screen) focus() {
	if s.canvas == nil || !s.v.root.Visible() {
		return
	}
	if line := s.v.line(); line != nil {
		s.canvas.Focus(line)
		return
	}
	s.canvas.Unfocus()
}

func (s *Screen) tick() {
	if s.m.Tick(s.cfg.Now()) {
		s.render()
	}
}

// change does something to the model, draws it and minds the keyboard.
func (s *Screen) change(f func()) {
	mode, another := s.m.Mode, s.m.Another()
	f()
	s.render()
	if s.m.Mode != mode || s.m.Another() != another {
		s.focus()
	}
}

func (s *Screen) key(name fyne.KeyName) bool {
	if (name == fyne.KeyReturn || name == fyne.KeyEnter || name == fyne.KeyTab) && s.keys.End() {
		return true
	}
	used := true
	s.change(func() {
		switch name {
		case fyne.KeyReturn, fyne.KeyEnter:
			s.do(s.m.Enter(s.reasonWords))
		case fyne.KeyEscape:
			used = s.m.Back()
		case fyne.KeyUp:
			s.m.Move(-1)
		case fyne.KeyDown:
			s.m.Move(1)
		case fyne.KeyLeft, fyne.KeyRight:
			s.m.Side = 1 - s.m.Side
		case fyne.KeyF10:
			s.m.Turn(Deferring)
		case fyne.KeyF11:
			s.m.Turn(Reacting)
		case fyne.KeyDelete:
			s.m.Undo()
		default:
			used = false
		}
	})
	return used
}

func (s *Screen) enter() { s.key(fyne.KeyReturn) }

// reasonWords are kept with the event: in zh-TW, for whoever reads them later.
func (s *Screen) reasonWords(key string) string {
	l := s.cfg.Look
	l.Locale = clinic.DefaultLocale
	return l.T("chair.reason." + key)
}

// do carries out an order off the drawing goroutine and brings the answer back.
func (s *Screen) do(o Order) {
	if o.Task == Nothing {
		return
	}
	began := s.cfg.Now()
	s.work.Do(func(ctx context.Context, c Counter) func() {
		e, err := carryOut(ctx, c, o)
		return func() {
			s.work.Failed(o.Task.String(), err)
			if err == nil {
				s.cfg.Log.Info("recorded", "screen", Name, "what", o.Task.String(), "booking", o.Booking.String(), "ms", s.cfg.Now().Sub(began).Milliseconds())
			}
			s.change(func() { s.m.Recorded(o, e, err) })
			s.load()
		}
	})
}

func carryOut(ctx context.Context, c Counter, o Order) (reception.Entry, error) {
	switch o.Task {
	case Give:
		return c.Give(ctx, o.Booking, o.Dose)
	case Defer:
		return c.Defer(ctx, o.Booking, o.Reason)
	case React:
		return c.NoteReaction(ctx, o.Booking, o.Reason)
	case LetGo:
		return c.LetGo(ctx, o.Booking)
	default:
		return c.TakeBack(ctx, o.Booking, o.Reason)
	}
}

// String names a task for the log.
func (t Task) String() string {
	return [...]string{"nothing", "dose", "deferral", "reaction", "end of observation", "void"}[t]
}

func (s *Screen) load() {
	s.work.Read(func(ctx context.Context, c Counter) func() {
		rows, err := c.Today(ctx)
		var lots []reception.Lot
		var products []reception.Product
		if err == nil {
			lots, err = c.Lots(ctx)
		}
		if err == nil {
			products, err = c.Products(ctx)
		}
		return func() {
			s.work.Failed("read the list", err)
			s.change(func() { s.m.Entries(rows, lots, products, err) })
		}
	})
}

func (s *Screen) render() { s.v.render(&s.m) }
