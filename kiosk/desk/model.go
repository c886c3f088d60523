// Package desk is the front desk's screen: the day's list, who stands at the
// counter, and the one thing to do next. Model is its state without any
// drawing; Screen draws it and carries out what it asks for.
package desk

import (
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/drivers/scanner"
	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/reception"
)

// Kind says what the person banner shows.
type Kind int

// The kinds of banner.
const (
	Idle       Kind = iota // nobody
	Reading                // a card is being read, or its person looked up
	Found                  // Finding says what may happen
	Unreadable             // Problem says why
	Arrived                // Receipt says what was done
	Refused                // Err says why it was not done
)

// Banner is who stands at the counter.
type Banner struct {
	Kind     Kind
	Finding  reception.Finding
	Doubt    bool // the card cannot say the name for certain
	Problem  string
	Receipt  reception.Receipt
	Err      error
	FromCard bool // it goes when the card goes
	FromCode bool // a ticket was scanned
	Busy     bool // the check-in is on its way to the disk
}

// Booking gives the booking that the banner speaks of; zero for none.
func (b Banner) Booking() clinic.ID {
	switch {
	case b.Kind == Arrived:
		return b.Receipt.Entry.Booking.ID
	case (b.Kind == Found || b.Kind == Refused) && b.Finding.Entry != nil:
		return b.Finding.Entry.Booking.ID
	}
	return clinic.ID{}
}

// Code names what the banner shows, for the log.
func (b Banner) Code() string {
	switch b.Kind {
	case Found:
		return b.Finding.Code
	case Reading:
		return "reading"
	case Unreadable:
		return "unreadable"
	case Arrived:
		return "arrived"
	case Refused:
		return "refused"
	default:
		return "idle"
	}
}

// Task is what the model wants done, off the drawing goroutine.
type Task int

// The tasks.
const (
	Nothing   Task = iota
	Load           // read today's list
	Search         // find Query
	Recognise      // look Person up
	Scan           // look Code up
	CheckIn        // Booking
	Undo           // Booking
	Chair          // bring Booking up at the chair
	WalkIn         // register Person, who has no booking for today
)

// Order is one task with what it needs. Seq comes back with a Recognise or a Scan.
type Order struct {
	Task    Task
	Seq     int
	Query   string
	Person  clinic.Person
	Code    scanner.Code
	Booking clinic.ID
}

// Reader is what is known of the card reader.
type Reader int

// The states of the reader.
const (
	ReaderUnknown Reader = iota
	ReaderEmpty
	ReaderCard
	ReaderLost
	ReaderNone // this place has none
)

// Model is the state of the screen. The zero Model with a Today is a screen at
// rest that has not loaded its list yet.
type Model struct {
	Today      clinic.Date
	Now        time.Time // by the minute
	Banner     Banner
	Bar        *Bar
	Link       reception.Link
	Reader     Reader
	NoScanner  bool // the scanner on its serial line does not answer
	Filter     Filter
	Cursor     clinic.ID // the row that the arrow keys are on
	Loaded     bool
	Failed     error    // why the list could not be read
	Notice     string   // key of why nobody can be received yet; empty when one can
	NoticeArgs []string // its arguments, in pairs
	HasChair   bool     // doses are recorded here
	HasWalkIn  bool     // people without a booking are registered here
	HasChange  bool     // central is asked here to change a booking

	entries []reception.Entry
	query   string
	found   []reception.Entry
	toList  bool // Enter is meant for the list, not for the banner
	seq     int
	later   *cards.Event // what the reader saw while a check-in was on its way
	scanned *scanner.Event
	leave   int // seconds until a finished banner goes; 0 stays
}

// Card takes what the reader saw.
func (m *Model) Card(ev cards.Event) Order {
	switch ev.Kind {
	case cards.ReaderReady, cards.Removed:
		m.Reader = ReaderEmpty
	case cards.ReaderLost:
		m.Reader = ReaderLost
	default:
		m.Reader = ReaderCard
	}
	if m.Banner.Busy {
		m.later = &ev
		return Order{}
	}
	switch ev.Kind {
	case cards.Reading:
		m.show(Banner{Kind: Reading, FromCard: true})
	case cards.Recognised:
		m.show(Banner{Kind: Reading, FromCard: true, Doubt: ev.Doubt})
		return Order{Task: Recognise, Seq: m.seq, Person: ev.Person}
	case cards.Unreadable:
		m.show(Banner{Kind: Unreadable, FromCard: true, Problem: ev.Problem})
	case cards.Removed, cards.ReaderLost:
		// Unreadable because it was pulled out: that is read after the card went.
		if m.Banner.FromCard && !(m.Banner.Kind == Unreadable && m.Banner.Problem == cards.ProblemRemoved) {
			m.show(Banner{})
		}
	}
	return Order{}
}

// Scanned takes what a scanner read, on a serial line or at the keyboard.
func (m *Model) Scanned(ev scanner.Event) Order {
	switch ev.Kind {
	case scanner.Ready, scanner.Lost:
		m.NoScanner = ev.Kind == scanner.Lost
		return Order{}
	}
	m.NoScanner = false
	switch {
	case m.Banner.Busy:
		m.scanned = &ev
	case ev.Kind == scanner.Misread:
		m.show(Banner{Kind: Found, Finding: reception.Finding{Code: reception.NotTicket}})
	default:
		m.show(Banner{Kind: Reading, FromCode: true})
		return Order{Task: Scan, Seq: m.seq, Code: ev.Code}
	}
	return Order{}
}

// NoReader says that this place has no reader, or that it is not watched any
// longer.
func (m *Model) NoReader() { m.Reader = ReaderNone }

// Recognised takes the answer to a Recognise or a Scan order; a late one is
// dropped.
func (m *Model) Recognised(seq int, f reception.Finding, err error) {
	if seq != m.seq || m.Banner.Kind != Reading {
		return
	}
	b := m.Banner
	b.Kind, b.Finding, b.Err = Found, f, err
	if err != nil {
		b.Kind = Refused
	}
	m.show(b)
}

// Open puts a row into the banner.
func (m *Model) Open(id clinic.ID) {
	if m.Banner.Busy {
		return
	}
	for _, e := range m.Rows() {
		if e.Booking.ID == id {
			m.Cursor = id
			m.show(Banner{Kind: Found, Finding: m.judge(e)})
			return
		}
	}
}

func (m *Model) judge(e reception.Entry) reception.Finding {
	return reception.Judge(e.Booking.Person, []reception.Entry{e}, m.Today)
}

// Choose takes a digit while several bookings stand in the banner; it reports
// whether the digit was meant for them.
func (m *Model) Choose(digit int) bool {
	b := m.Banner
	if b.Kind != Found || b.Finding.Code != reception.Several || digit < 1 || digit > len(b.Finding.Choice) {
		return false
	}
	person := b.Finding.Person
	b.Finding = m.judge(b.Finding.Choice[digit-1])
	b.Finding.Person = person
	m.show(b)
	return true
}

// Enter does the one thing that stands ready.
func (m *Model) Enter() Order {
	if m.Banner.Busy {
		return Order{}
	}
	if m.toList || m.Banner.Kind == Idle {
		if id, ok := m.target(); ok {
			m.Open(id)
		}
		return Order{}
	}
	if id, ok := m.CanCheckIn(); ok {
		m.Banner.Busy = true
		m.toList = false
		return Order{Task: CheckIn, Booking: id}
	}
	if id, ok := m.toChair(); ok {
		return Order{Task: Chair, Booking: id}
	}
	if p, ok := m.toWalkIn(); ok {
		return Order{Task: WalkIn, Person: p}
	}
	if m.Banner.Kind != Reading && m.Banner.Finding.Code != reception.Several {
		m.show(Banner{})
	}
	return Order{}
}

// CanCheckIn tells whether the banner's action is a check-in, and of what.
func (m *Model) CanCheckIn() (clinic.ID, bool) {
	b := m.Banner
	ready := b.Finding.Code == reception.Ready && b.Finding.Entry != nil
	if !ready || (b.Kind != Found && b.Kind != Refused) {
		return clinic.ID{}, false
	}
	return b.Booking(), true
}

// target is the row that Enter means: the one the arrows are on, or the first
// that a search found.
func (m *Model) target() (clinic.ID, bool) {
	rows := m.Rows()
	for _, e := range rows {
		if e.Booking.ID == m.Cursor {
			return m.Cursor, true
		}
	}
	if m.query != "" && len(rows) > 0 {
		return rows[0].Booking.ID, true
	}
	return clinic.ID{}, false
}

// CheckedIn takes the answer to a CheckIn order. Only now is it said that the
// person has arrived: the receipt is on the disk.
func (m *Model) CheckedIn(r reception.Receipt, err error) Order {
	b := m.Banner
	b.Busy = false
	if err != nil {
		b.Kind, b.Err = Refused, err
	} else {
		b.Kind, b.Receipt = Arrived, r
		if !r.Repeat {
			m.Bar = &Bar{
				Booking: r.Entry.Booking.ID, Name: r.Entry.Booking.Person.Name,
				Ticket: r.Ticket, left: barTicks,
			}
		}
	}
	m.show(b)
	if !b.FromCard && err == nil {
		m.leave = barTicks
	}
	later, scanned := m.later, m.scanned
	m.later, m.scanned = nil, nil
	if scanned != nil {
		return m.Scanned(*scanned)
	}
	if later == nil {
		return Order{}
	}
	if later.Kind == cards.Removed || later.Kind == cards.ReaderLost {
		m.Banner.FromCard = false // the card has gone; what was done is shown all the same
		m.leave = barTicks
		return Order{}
	}
	return m.Card(*later)
}

// Escape clears one thing at a time: the banner, then the search, then the
// filter.
func (m *Model) Escape() {
	switch {
	case m.Banner.Busy:
	case m.Banner.Kind != Idle && !m.toList:
		m.show(Banner{})
	case m.query != "":
		m.query, m.found, m.Cursor, m.toList = "", nil, clinic.ID{}, false
	case m.Banner.Kind != Idle:
		m.show(Banner{})
	default:
		m.Filter, m.Cursor = All, clinic.ID{}
	}
}

// Tick is one second. It reports whether anything changed.
func (m *Model) Tick(now time.Time) bool {
	minute := now.Truncate(time.Minute)
	changed := !minute.Equal(m.Now) // somebody's observation may be over
	m.Now = minute
	if m.Bar != nil {
		if m.Bar.left--; m.Bar.left <= 0 {
			m.Bar, changed = nil, true
		}
	}
	if m.leave > 0 {
		if m.leave--; m.leave == 0 {
			m.show(Banner{})
			changed = true
		}
	}
	return changed
}

func (m *Model) show(b Banner) {
	m.Banner, m.leave, m.toList = b, 0, false
	m.seq++
}
