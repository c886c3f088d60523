package desk

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"ezhitong.tw/clinic"
	"ezhitong.tw/drivers/scanner"
	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
)

// Counter is what the screen needs of reception. Its answers are on the disk
// before they come.
type Counter interface {
	Today(ctx context.Context) ([]reception.Entry, error)
	Search(ctx context.Context, query string) ([]reception.Entry, error)
	Recognise(ctx context.Context, p clinic.Person) (reception.Finding, error)
	Scan(ctx context.Context, text string) (reception.Finding, error)
	CheckIn(ctx context.Context, booking clinic.ID) (reception.Receipt, error)
	Undo(ctx context.Context, booking clinic.ID) error
}

// Config is how the screen looks, and where it sends people.
type Config struct {
	PageConfig
	Keys   ui.Keys               // its clock and timer; what it brings is the screen's
	Chair  func(clinic.ID)       // brings a booking up where doses are recorded; nil where none are
	Change func(reception.Entry) // brings a booking up where central is asked to change it; nil where it is not
	WalkIn func(clinic.Person)   // brings somebody up where people without a booking are registered; nil where none are
}

// Feed is what the screen lives on once the replica is open.
type Feed struct {
	ui.Feed
	Counter Counter
	// Site gives the clinic's name, empty while the replica does not know it.
	Site    func(ctx context.Context) (string, error)
	SyncNow func() // tries the line at once; nil where nobody can
	Help    Help   // who wants a person at a kiosk; nil where that is not known
	Bell    ringer // rings for them; nil: silent
}

// Screen draws a Model and does what it orders. All its methods except Run
// belong to the drawing goroutine.
type Screen struct {
	cfg     Config
	m       Model
	f       *frame
	v       *view
	pages   []Page // the list first
	front   int
	before  int // the page in front when a card went in
	counter Counter
	site    func(ctx context.Context) (string, error)
	syncNow func()
	help    Help
	calls   []reception.HelpCall
	ring    ringer
	ctx     context.Context
	canvas  fyne.Canvas
	keys    *ui.Keys

	taker   func(cards.Event, func()) bool
	leave   func()         // who is signed in goes
	used    time.Time      // when somebody last did something here
	focused fyne.Focusable // what had the keyboard then
	since   time.Time      // when what is shown now began: a card came, a key was pressed
	shown   int            // the banner that was logged last
	reading bool
	// listed tells that the first list was logged.
	listed bool
}

// New makes a screen that waits for its feed. It can be shown at once.
func New(cfg Config) *Screen {
	s := &Screen{cfg: cfg, ctx: context.Background(), since: cfg.Now(), shown: -1}
	s.m.Today, s.m.HasChair, s.m.HasWalkIn = clinic.DateOf(cfg.Now()), cfg.Chair != nil, cfg.WalkIn != nil
	s.m.HasChange, s.m.Now = cfg.Change != nil, cfg.Now().Truncate(time.Minute)
	s.keys = &s.cfg.Keys
	s.keys.Scanned = func(ev scanner.Event) {
		if ev.Kind != scanner.Scanned || !s.ticket(ev.Code.Reveal()) {
			s.scanned(ev, s.cfg.Now())
		}
	}
	s.f, s.v = newFrame(s), newView(s)
	s.keys.Typed = func(r rune) {
		if s.front == 0 {
			s.v.field.typed(r)
		}
	}
	s.Add(Page{Name: List, Icon: "people", Content: s.v.root, Show: s.focus})
	s.render()
	return s
}

// Content is what the window shows.
func (s *Screen) Content() fyne.CanvasObject { return s.f.root }

// Attach gives the screen the keyboard of its window.
func (s *Screen) Attach(c fyne.Canvas) {
	s.canvas = c
	c.SetOnTypedRune(s.rune)
	c.SetOnTypedKey(s.typed)
	c.AddShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyZ, Modifier: fyne.KeyModifierControl}, func(fyne.Shortcut) { s.takeBack() })
	c.AddShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyF, Modifier: fyne.KeyModifierControl}, func(fyne.Shortcut) { s.focus() })
	s.attachHelp(c)
	for _, p := range s.pages {
		if p.Attach != nil {
			p.Attach(c)
		}
	}
	s.focus()
}

// Run brings the feed to the screen until ctx ends. It does not return before.
func (s *Screen) Run(ctx context.Context, feed Feed) {
	ui.Do(func() { s.begin(ctx, feed) })
	feed.Run(ctx, s.cfg.Now, ui.Taker{
		Card:     s.card,
		CardsEnd: func() { s.m.NoReader(); s.render() },
		Code:     s.scanned,
		Link:     func(link reception.Link) { s.m.Link = link; s.render() },
		Changed:  s.changed,
		Tick:     s.tick,
	})
}

func (s *Screen) begin(ctx context.Context, feed Feed) {
	s.stir()
	s.ctx, s.counter, s.site, s.syncNow = ctx, feed.Counter, feed.Site, feed.SyncNow
	s.help, s.ring = feed.Help, feed.Bell
	s.m.Notice = ""
	s.do(Order{Task: Load})
	s.render()
}

// Notice says why nobody can be received yet: a key of the catalogue and its
// arguments in pairs. It stays until Run begins.
func (s *Screen) Notice(key string, args ...string) {
	s.m.Notice, s.m.NoticeArgs = key, args
	s.render()
}

func (s *Screen) changed() {
	s.do(Order{Task: Load})
	s.each(func(p Page) func() { return p.Changed })
}

// card takes what the reader saw, unless it is of who works here.
func (s *Screen) card(ev cards.Event, at time.Time) {
	s.stir()
	pass := func() {
		s.patient(cards.Event{Kind: cards.Reading}, at)
		s.patient(ev, at)
	}
	if s.taker == nil || !s.taker(ev, pass) {
		s.patient(ev, at)
	}
}

// patient takes what the reader saw of somebody who comes. A card brings the list to
// the front, unless the page there wants it.
func (s *Screen) patient(ev cards.Event, at time.Time) {
	if want := s.pages[s.front].Card; want != nil && want(ev, at) {
		return
	}
	if ev.Kind == cards.Reading {
		s.before = s.front
		if s.front != 0 {
			s.turn(0)
		}
	}
	s.since = at
	s.do(s.m.Card(ev))
	s.render()
}

// tick is one second: the clock, the undo bar, a new day.
func (s *Screen) tick() {
	if today := clinic.DateOf(s.cfg.Now()); today != s.m.Today {
		s.m.Today = today
		s.do(Order{Task: Load})
	}
	if s.m.Tick(s.cfg.Now()) {
		s.render()
	}
	s.f.clock(s.cfg.Now())
	s.listen()
	s.stirred()
	s.each(func(p Page) func() { return p.Tick })
	s.mark()
}

// do carries out an order off the drawing goroutine and brings the answer back.
func (s *Screen) do(o Order) {
	if o.Task == Nothing || s.counter == nil {
		return
	}
	if o.Task == Chair {
		s.cfg.Chair(o.Booking)
		return
	}
	if o.Task == WalkIn {
		s.cfg.WalkIn(o.Person)
		return
	}
	e := errand{Screen: s, ctx: s.ctx, counter: s.counter, site: s.site, began: s.cfg.Now()}
	s.cfg.Background.Run(func() func() {
		answer := e.carryOut(o)
		return func() {
			s.do(answer())
			if o.Task == CheckIn || o.Task == Undo {
				s.do(Order{Task: Load})
			}
			s.render()
		}
	})
}

// errand is one order on its way; it runs beside the drawing goroutine and gives
// back what has to be done there.
type errand struct {
	*Screen
	ctx     context.Context
	counter Counter
	site    func(ctx context.Context) (string, error)
	began   time.Time
}

func (e errand) carryOut(o Order) (answer func() Order) {
	switch o.Task {
	case Load:
		return e.load()
	case Search:
		rows, err := e.counter.Search(e.ctx, o.Query)
		return just(func() { e.m.FoundRows(o.Query, rows, e.failed("search", err)) })
	case Recognise:
		f, err := e.counter.Recognise(e.ctx, o.Person)
		return just(func() { e.m.Recognised(o.Seq, f, e.failed("recognise", err)) })
	case Scan:
		f, err := e.counter.Scan(e.ctx, o.Code.Reveal())
		return just(func() { e.m.Recognised(o.Seq, f, e.failed("scan", err)) })
	case CheckIn:
		r, err := e.counter.CheckIn(e.ctx, o.Booking)
		return func() Order {
			if err == nil {
				e.cfg.Log.Info("checked in", "screen", "desk", "booking", o.Booking.String(), "ticket", r.Ticket,
					"repeat", r.Repeat, "ms", e.cfg.Now().Sub(e.began).Milliseconds())
			}
			return e.m.CheckedIn(r, e.failed("check in", err))
		}
	default:
		err := e.counter.Undo(e.ctx, o.Booking)
		return just(func() {
			if err == nil {
				e.cfg.Log.Info("undone", "screen", "desk", "booking", o.Booking.String(), "ms", e.cfg.Now().Sub(e.began).Milliseconds())
			}
			e.m.TakenBack(o.Booking, e.failed("undo", err))
		})
	}
}

func (e errand) load() func() Order {
	rows, err := e.counter.Today(e.ctx)
	name, unknown := e.site(e.ctx)
	return func() Order {
		if e.failed("read the site", unknown) == nil {
			e.f.named(name)
		}
		next := e.m.Entries(rows, e.failed("read the list", err))
		if !e.listed && err == nil {
			e.Screen.listed = true
			e.cfg.Log.Info("list shown", "screen", "desk", "rows", len(rows), "ms", e.cfg.Now().Sub(e.began).Milliseconds())
		}
		return next
	}
}

// just makes an answer that orders nothing more.
func just(f func()) func() Order { return func() Order { f(); return Order{} } }

// failed notes why something was not done and passes the error on.
func (s *Screen) failed(what string, err error) error {
	if err != nil {
		s.cfg.Log.Warn("not done", "screen", "desk", "what", what, "why", err)
	}
	return err
}

func (s *Screen) enter() {
	s.stir()
	s.since = s.cfg.Now()
	s.do(s.m.Enter())
	s.render()
}

func (s *Screen) takeBack() bool {
	o := s.m.TakeBack()
	s.do(o)
	s.render()
	return o.Task != Nothing
}

func (s *Screen) open(id clinic.ID) {
	s.stir()
	s.since = s.cfg.Now()
	s.m.Open(id)
	s.render()
	s.focus()
}

func (s *Screen) find(query string) {
	s.stir()
	s.do(s.m.Find(query))
	s.render()
}

func (s *Screen) filter(f Filter) {
	s.stir()
	s.m.Filter = f
	s.render()
	s.focus()
}

// key does what a key stands for; it reports whether it stood for anything.
func (s *Screen) key(name fyne.KeyName) bool {
	s.stir()
	switch name {
	case fyne.KeyReturn, fyne.KeyEnter:
		if !s.ticket("") {
			s.enter()
		}
	case fyne.KeyEscape:
		s.m.Escape()
		s.render()
	case fyne.KeyDown:
		s.move(1)
	case fyne.KeyUp:
		s.move(-1)
	case fyne.KeyPageDown:
		s.move(8)
	case fyne.KeyPageUp:
		s.move(-8)
	case fyne.KeyF10:
		if e, ok := s.m.Changeable(); ok {
			s.cfg.Change(e)
		}
	default:
		return s.functionKey(name)
	}
	return true
}

func (s *Screen) move(by int) {
	if at := s.m.Move(by); at >= 0 {
		s.v.list.ScrollTo(at)
	}
	s.render()
}

func (s *Screen) next() {
	if s.canvas != nil {
		s.canvas.FocusNext()
	}
}

func (s *Screen) focus() {
	if s.canvas != nil && s.front == 0 && s.canvas.Focused() != fyne.Focusable(s.v.field) {
		s.canvas.Focus(s.v.field)
	}
}

// render brings the drawing up to the model and notes what is shown now.
func (s *Screen) render() {
	s.f.tell(&s.m)
	s.v.render(&s.m)
	if s.shown == s.m.seq {
		return
	}
	b := s.m.Banner
	again := b.Kind == Reading && s.reading // the card first, then its person: one banner
	s.shown, s.reading = s.m.seq, b.Kind == Reading
	if again {
		return
	}
	args := []any{"screen", "desk", "finding", b.Code(), "ms", s.cfg.Now().Sub(s.since).Milliseconds()}
	if id := b.Booking(); !id.IsZero() {
		args = append(args, "booking", id.String())
	}
	if b.Kind == Unreadable {
		args = append(args, "problem", b.Problem)
	}
	s.cfg.Log.Info("shown", args...)
}
