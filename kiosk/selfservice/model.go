// Package selfservice is the kiosk's screen: one question at a time, from the
// card to the queue number. Model is its state without any drawing; Screen
// draws it and carries out what it asks for.
package selfservice

import (
	"time"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/reception"
)

// Page is what the whole screen shows.
type Page int

// The pages.
const (
	Home         Page = iota // nobody
	Insert                   // somebody touched the screen: insert the card
	Reading                  // the card is being read, or its person looked up
	Greeting                 // booked today: check in?
	Choose                   // several bookings today: which?
	Ticket                   // the queue number
	TakeCard                 // the visit is over, the card is still in
	Problem                  // the card was not read
	Ask                      // not booked today, or something else for the desk
	Help                     // somebody asked for the desk
	WalkIn                   // not booked, but there is a place: which vaccine?
	Consent                  // what somebody agrees to who walks in
	Gate                     // the PIN of the staff menu
	Menu                     // the staff menu
	LaterLook                // central is asked what is open on other days
	LaterVaccine             // which vaccine?
	LaterDose                // which dose?
	LaterDay                 // which day?
	LaterTime                // which session?
	LaterPhone               // a mobile number
	LaterAgree               // what somebody agrees to who books
	Appointed                // another day is booked
	LaterFailed              // nothing was booked
)

// How long things stay, in seconds.
const (
	quietTicks  = 30 // without a touch: 「還在嗎？」
	askTicks    = 10 // then home
	ticketTicks = 10
	ringTicks   = 3  // between two reminders that the card is still in
	leftTicks   = 30 // then the card was left behind
)

// Print says what became of the slip with the number.
type Print int

// The states of the slip.
const (
	NoPrinter Print = iota
	Printing
	Printed
	NotPrinted
)

// Model is the state of the screen.
type Model struct {
	Page       Page
	Finding    reception.Finding // for Greeting, Choose and Ask
	Receipt    reception.Receipt // for Ticket; after the card went, only its number
	Problem    string            // for Problem
	Err        error             // for Ask: why the check-in was not done
	Slip       Print
	SlipWhy    string // for NotPrinted: key of what is wrong
	Asking     bool   // 「還在嗎？」 lies over the page
	Rung       bool   // for Help: the bell was heard
	Coming     bool   // for Help: a desk has said that somebody comes
	called     bool   // for Help: the desks have been told of it
	Left       bool   // for TakeCard: the card was left behind
	Busy       bool   // the check-in is on its way to the disk
	CardIn     bool
	Contrast   bool
	Locale     string
	Lost       bool     // the reader does not answer
	Scanner    Scanner  // what is known of one
	Ready      bool     // the replica is open
	Notice     string   // key of why nobody can check in yet
	NoticeArgs []string // its arguments, in pairs
	Link       reception.Link
	Printer    bool

	News   reception.News
	Offers []reception.Offer // for WalkIn
	Offer  reception.Offer   // for Consent
	Staff  Staff

	Booking     bool // other days can be booked here
	Later       Later
	Appointment reception.Appointment // for Appointed; it names nobody

	Speaks bool // the machine has a voice
	Volume int  // of it, in percent

	seq     int
	quiet   int // seconds without a touch
	left    int // seconds until Asking or Ticket ends
	later   *cards.Event
	knocked []time.Time // touches of the mark
}

// shut tells whether nobody can check in here now, by whatever way.
func (m *Model) shut() bool {
	return !m.Ready || m.Link.State == reception.LinkRevoked || m.Link.State == reception.LinkLocked
}

// Closed tells whether nobody can check in here now with a card.
func (m *Model) Closed() bool { return m.shut() || m.Lost }

// Code names what is shown, for the log.
func (m *Model) Code() string {
	switch {
	case m.Asking:
		return "still_there"
	case m.Page == Home && m.scanOnly():
		return "scan_only"
	case m.Page == Home && m.Closed():
		return "closed"
	case m.Page == Ask && m.Err != nil:
		return "refused"
	case m.Page == Greeting || m.Page == Choose || m.Page == Ask:
		return m.Finding.Code
	}
	return map[Page]string{
		Home: "home", Insert: "insert", Reading: "reading", Ticket: "arrived", TakeCard: "take_card", Problem: "unreadable", Help: "help",
		WalkIn: "walk_in", Consent: "consent", Gate: "staff_pin", Menu: "staff_menu",
		LaterLook: "later_look", LaterVaccine: "later_vaccine", LaterDose: "later_dose", LaterDay: "later_day", LaterTime: "later_time",
		LaterPhone: "later_phone", LaterAgree: "later_agree", Appointed: "appointed", LaterFailed: "later_failed",
	}[m.Page]
}

// Card takes what the reader saw. When the card has gone, everything of its
// person goes at once; only the number stays for a moment, it names nobody. Whoever
// came with a ticket is not disturbed by a reader that comes or goes.
func (m *Model) Card(ev cards.Event) Order {
	was := m.CardIn
	m.CardIn = ev.Kind == cards.Reading || ev.Kind == cards.Recognised || ev.Kind == cards.Unreadable && ev.Problem != cards.ProblemRemoved
	m.Lost = ev.Kind == cards.ReaderLost
	if m.Busy {
		if was || m.CardIn {
			m.later = &ev
		}
		if was && !m.CardIn {
			m.forget()
		}
		return Order{}
	}
	if m.later = nil; m.shut() {
		return Order{}
	}
	switch ev.Kind {
	case cards.Reading:
		m.show(Reading)
	case cards.Recognised:
		m.show(Reading)
		return Order{Task: Recognise, Seq: m.seq, Person: ev.Person}
	case cards.Unreadable:
		m.show(Problem)
		m.Problem = ev.Problem
	case cards.Removed:
		m.cardGone()
	case cards.ReaderReady:
		if m.Page == TakeCard { // whoever came with a ticket meanwhile stays where they are
			m.cardGone()
		}
	case cards.ReaderLost:
		switch {
		case was:
			m.cardGone()
		case m.Page == Insert || m.Page == Problem: // there is nothing to put a card into
			m.show(Home)
		}
	}
	return Order{}
}

func (m *Model) cardGone() {
	m.forget()
	switch m.Page {
	case Ticket, Appointed:
		m.left = ticketTicks
	case Problem:
		if m.Problem != cards.ProblemRemoved {
			m.show(Insert)
		}
	case Insert, Help, Home:
	default:
		m.home()
	}
}

// forget drops everything that belongs to a person.
func (m *Model) forget() {
	m.Finding, m.Err = reception.Finding{}, nil
	m.Offers, m.Offer = nil, reception.Offer{}
	m.Staff, m.Later = Staff{}, Later{}
	m.Receipt.Entry = reception.Entry{}
}

// Recognised takes the answer to a Recognise or a Scan order, with the places for
// somebody who is not booked; a late one is dropped.
func (m *Model) Recognised(seq int, f reception.Finding, offers []reception.Offer, err error) {
	if seq != m.seq || m.Page != Reading {
		return
	}
	switch {
	case err != nil:
		m.show(Ask)
		m.Err = err
		return
	case f.Code == reception.Ready:
		m.show(Greeting)
	case f.Code == reception.Several:
		m.show(Choose)
	case f.Code == reception.AlreadyArrived && f.Entry != nil:
		m.show(Ticket)
		m.Receipt = reception.Receipt{Entry: *f.Entry, Ticket: f.Entry.Visit.Ticket, Repeat: true}
		m.Slip, m.left = NoPrinter, 3*ticketTicks
	case f.Code == reception.NotBooked && len(offers) > 0 && m.CardIn:
		m.show(WalkIn)
		m.Offers = offers
	default:
		m.show(Ask)
	}
	m.Finding = f
}

// Confirm checks in for the booking in the greeting, or for the one of several
// with the given number.
func (m *Model) Confirm(n int) Order {
	m.touch()
	f := m.Finding
	switch {
	case m.Busy:
		return Order{}
	case m.Page == Greeting && f.Entry != nil:
		m.Busy = true
		return Order{Task: CheckIn, Booking: f.Entry.Booking.ID}
	case m.Page == Choose && n >= 0 && n < len(f.Choice):
		m.Busy = true
		return Order{Task: CheckIn, Booking: f.Choice[n].Booking.ID}
	}
	return Order{}
}

// CheckedIn takes the answer to a CheckIn order. Only now is a number shown:
// the receipt is on the disk.
func (m *Model) CheckedIn(r reception.Receipt, err error) Order {
	m.Busy = false
	var order Order
	if err != nil {
		m.show(Ask)
		m.Err = err
	} else {
		m.show(Ticket)
		m.Receipt, m.left, m.Slip = r, ticketTicks, NoPrinter
		if m.Printer {
			m.Slip = Printing
			order = Order{Task: PrintSlip, Receipt: r}
		}
	}
	return m.caughtUp(order, err)
}

// gone tells whether an answer is waited for by somebody whose card has gone meanwhile:
// nothing of theirs is left to show.
func (m *Model) gone() bool {
	return m.Busy && !m.CardIn && m.later != nil && m.Page != Gate && m.Page != Menu
}

// caughtUp goes on after an answer that was waited for, with what the reader saw
// meanwhile; err is what the person must hear who took the card out.
func (m *Model) caughtUp(order Order, err error) Order {
	later := m.later
	m.later = nil
	if later == nil {
		return order
	}
	if !m.CardIn {
		m.forget()
		if m.Page == Ask || m.Page == LaterFailed {
			m.Err = err
		}
		return order
	}
	return m.Card(*later)
}

// Start is the first touch: insert the card.
func (m *Model) Start() {
	if m.Page == Home && !m.Closed() {
		m.show(Insert)
	}
}

// AskDesk shows the way to the desk and rings.
func (m *Model) AskDesk() Order {
	if m.Busy {
		return Order{}
	}
	m.NoCard()
	return Order{Task: RingCall}
}

// NoCard shows the way to the desk.
func (m *Model) NoCard() {
	if !m.Busy {
		m.forget()
		m.show(Help)
	}
}

// Answered hears whether a desk has said that somebody comes; it reports whether that is
// news for who waits.
func (m *Model) Answered(comes bool) bool {
	if m.Page != Help || !m.called || m.Busy || m.Coming == comes {
		return false
	}
	m.Coming = comes
	return true
}

// RingDesk rings once more.
func (m *Model) RingDesk() Order { m.touch(); return Order{Task: RingCall} }

// Leave ends the visit: the card first, then home.
func (m *Model) Leave() {
	if m.Busy || m.justBooked() {
		return
	}
	m.forget()
	if m.CardIn {
		m.show(TakeCard)
		return
	}
	m.home()
}

// StillHere answers 「還在嗎？」.
func (m *Model) StillHere() { m.touch() }

// ToggleContrast switches 高對比.
func (m *Model) ToggleContrast() { m.touch(); m.Contrast = !m.Contrast }

// Speak chooses a language for this person.
func (m *Model) Speak(locale string) { m.touch(); m.Locale = locale }

func (m *Model) touch() { m.quiet, m.Asking = 0, false }

func (m *Model) show(p Page) {
	m.Page, m.Problem, m.Err = p, "", nil
	m.Rung, m.Coming, m.called, m.Left = false, false, false, false
	m.touch()
	m.left = 0
	m.seq++
}

// home is the start for the next person, in Chinese and in light colours.
func (m *Model) home() {
	m.forget()
	m.Receipt, m.Appointment = reception.Receipt{}, reception.Appointment{}
	m.Contrast, m.Locale = false, i18n.Default
	m.show(Home)
}
