package selfservice

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"fyne.io/fyne/v2"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/clinic"
	"ezhitong.tw/drivers/bell"
	"ezhitong.tw/drivers/scanner"
	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
)

// Counter is what the screen needs of reception: no list of people is part of it.
// Its answers are on the disk before they come.
type Counter interface {
	News(ctx context.Context) (reception.News, error)
	Recognise(ctx context.Context, p clinic.Person) (reception.Finding, error)
	Scan(ctx context.Context, text string) (reception.Finding, error)
	CheckIn(ctx context.Context, booking clinic.ID) (reception.Receipt, error)
	Offers(ctx context.Context, p clinic.Person) ([]reception.Offer, error)
	WalkIn(ctx context.Context, w reception.WalkIn) (reception.Receipt, error)
}

// Lock guards the staff menu with a PIN that is kept on the device.
type Lock interface {
	Chosen(ctx context.Context) (bool, error)
	Choose(ctx context.Context, pin string) error
	Open(ctx context.Context, pin string) error // a clinic.Refusal of roster where it is not right
	// Challenge gives the digits that central answers, and until when they stand.
	Challenge(ctx context.Context) (digits string, until time.Time, err error)
	// Reset sets the PIN anew with central's code, which counts once; it refuses as roster does.
	Reset(ctx context.Context, code, pin string) error
	// Extend opens a device whose grant has ended for a day of checking in, once; it refuses as replica.Unlock does.
	Extend(ctx context.Context) error
}

// Printer prints the slips: with the queue number, and with a booked day.
type Printer interface {
	Print(ctx context.Context, r reception.Receipt) error
	PrintAppointment(ctx context.Context, a reception.Appointment) error
}

// Appointments has central book another day (reception.Appointments).
type Appointments interface {
	Openings(ctx context.Context, p clinic.Person) ([]reception.Opening, error)
	Book(ctx context.Context, w reception.Wish) (reception.Appointment, error)
}

// languages are those that the kiosk speaks.
var languages = sync.OnceValue(func() []string { return i18n.Speaking("kiosk.") })

// Config is where the screen learns the time and how it works.
type Config struct {
	Now        func() time.Time // the time that people see
	Log        *slog.Logger
	Background func(func()) // runs slow work; nil starts a goroutine for each
	Keys       ui.Keys      // its clock and timer; what it brings is the screen's
	NoPointer  bool         // touch screen: the arrow of the mouse is hidden
}

// Feed is what the screen lives on once the replica is open.
type Feed struct {
	ui.Feed
	Counter Counter
	Printer Printer                                      // nil where there is none
	Later   Appointments                                 // nil: other days are not booked here
	Lock    Lock                                         // nil: there is no staff menu
	Bell    func(ctx context.Context, r bell.Ring) error // nil: silent
	Help    func()                                       // has the desks show that somebody wants a person; nil where none can
	Comes   func() bool                                  // tells whether a desk has answered since; nil where that is not known
	Voice   Voice                                        // nil: nothing is spoken
	Volumes Volumes                                      // with Voice
	End     func(again bool)                             // ends the program, or starts it again
	// Site gives the clinic's name, empty while the replica does not know it.
	Site func(ctx context.Context) (string, error)
}

// Screen draws a Model and does what it orders. All its methods except Run
// belong to the drawing goroutine.
type Screen struct {
	cfg    Config
	m      Model
	v      *view
	feed   Feed
	ctx    context.Context
	canvas fyne.Canvas

	since  time.Time // when what is shown now began: a card came, a button was pressed
	shown  string    // what was logged last
	spoken string    // what was spoken last
	today  clinic.Date
	began  time.Time
}

// New makes a screen that waits for its feed. It can be shown at once.
func New(cfg Config) *Screen {
	if cfg.Background == nil {
		cfg.Background = func(f func()) { go f() }
	}
	s := &Screen{cfg: cfg, ctx: context.Background(), since: cfg.Now()}
	s.m.Locale = i18n.Default
	s.cfg.Keys.Typed = func(rune) {} // nobody types here
	s.cfg.Keys.Scanned = func(ev scanner.Event) { s.scanned(ev, s.cfg.Now()) }
	s.v = newView(s)
	s.render()
	return s
}

// Content is what the window shows.
func (s *Screen) Content() fyne.CanvasObject { return s.v.root }

// Attach gives the screen what a scanner types in its window.
func (s *Screen) Attach(c fyne.Canvas) {
	s.canvas = c
	c.SetOnTypedRune(s.cfg.Keys.Rune)
	c.SetOnTypedKey(func(ev *fyne.KeyEvent) {
		if ev.Name == fyne.KeyReturn || ev.Name == fyne.KeyEnter || ev.Name == fyne.KeyTab {
			s.cfg.Keys.End()
		}
	})
}

// Run brings the feed to the screen until ctx ends. It does not return before.
func (s *Screen) Run(ctx context.Context, feed Feed) {
	ui.Do(func() { s.begin(ctx, feed) })
	feed.Run(ctx, s.cfg.Now, ui.Taker{
		Card:     s.card,
		CardsEnd: func() { s.do(s.m.Card(cards.Event{Kind: cards.ReaderLost})); s.render() },
		Code:     s.scanned,
		Link:     func(link reception.Link) { s.m.Link = link; s.render() },
		Changed:  func() { s.do(Order{Task: Load}) },
		Tick:     s.tick,
	})
}

func (s *Screen) begin(ctx context.Context, feed Feed) {
	s.ctx, s.feed, s.began = ctx, feed, s.cfg.Now()
	s.m.Ready, s.m.Printer, s.m.Booking, s.m.Notice = true, feed.Printer != nil, feed.Later != nil, ""
	s.today = clinic.DateOf(s.cfg.Now())
	s.do(Order{Task: Load})
	if s.m.Speaks = feed.Voice != nil; s.m.Speaks {
		s.do(Order{Task: ReadVolume})
	}
	s.render()
}

// Notice says why nobody can check in yet: a key of the catalogue and its
// arguments in pairs. It stays until Run begins.
func (s *Screen) Notice(key string, args ...string) {
	s.m.Notice, s.m.NoticeArgs = key, args
	s.render()
}

func (s *Screen) card(ev cards.Event, at time.Time) {
	s.since = at
	s.do(s.m.Card(ev))
	s.render()
}

// scanned takes what a scanner read; a misread is noted without what was read.
func (s *Screen) scanned(ev scanner.Event, at time.Time) {
	s.since = at
	if ev.Err != nil {
		s.cfg.Log.Warn("not done", "screen", "kiosk", "what", "scan", "why", ev.Err)
	}
	s.do(s.m.Scanned(ev))
	s.render()
}

func (s *Screen) tick() {
	if today := clinic.DateOf(s.cfg.Now()); today != s.today {
		s.today = today
		s.do(Order{Task: Load})
	}
	order, changed := s.m.Tick()
	if s.feed.Comes != nil && s.m.Answered(s.feed.Comes()) {
		s.render()
	}
	if changed {
		s.since = s.cfg.Now()
		s.render()
	}
	s.do(order)
	if s.m.Page == Home && s.v.turn() != s.v.turned {
		s.v.render()
	}
	s.v.tell(s.cfg.Now())
}

// press does what a button stands for.
func (s *Screen) press(f func() Order) {
	s.since = s.cfg.Now()
	s.do(f())
	s.render()
	if s.canvas != nil {
		s.canvas.Unfocus() // a button that was touched must not get what a scanner types
	}
}

// just makes an order of nothing from something that only changes the page.
func just(f func()) func() Order { return func() Order { f(); return Order{} } }

// failed notes why something was not done and passes the error on.
func (s *Screen) failed(what string, err error) error {
	if err != nil {
		s.cfg.Log.Warn("not done", "screen", "kiosk", "what", what, "why", err)
	}
	return err
}

// render brings the drawing up to the model and notes what is shown now.
func (s *Screen) render() {
	s.v.render()
	s.speak()
	if s.m.Code() == s.shown {
		return
	}
	s.shown = s.m.Code()
	args := []any{"screen", "kiosk", "finding", s.shown, "ms", s.cfg.Now().Sub(s.since).Milliseconds()}
	switch {
	case s.m.Page == Ticket && !s.m.Receipt.Entry.Booking.ID.IsZero():
		args = append(args, "booking", s.m.Receipt.Entry.Booking.ID.String())
	case s.m.Finding.Entry != nil:
		args = append(args, "booking", s.m.Finding.Entry.Booking.ID.String())
	case s.m.Page == Problem:
		args = append(args, "problem", s.m.Problem)
	}
	s.cfg.Log.Info("shown", args...)
}
