// Package chair is the front desk's page for who vaccinates: who waits for the
// chair, the dose with its lot, a deferral, and the quarter of an hour after it.
// Model is its state without any drawing; Screen draws it and carries out what it
// orders.
package chair

import (
	"errors"
	"slices"
	"strings"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
)

// Mode says what the page is about.
type Mode int

// The modes of the page.
const (
	Lists     Mode = iota // who waits, and who is under observation
	Giving                // the dose of Person
	Deferring             // why it is put off
	After                 // what was done with Person, and what may follow
	Reacting              // the note of an adverse event
	Voiding               // why what was done is taken back
)

// Task is what the model wants done, off the drawing goroutine.
type Task int

// The tasks.
const (
	Nothing Task = iota
	Give         // Booking, Dose
	Defer        // Booking, Reason
	React        // Booking, Reason
	LetGo        // Booking
	Void         // Booking, Reason
)

// Order is one task with what it needs.
type Order struct {
	Task    Task
	Booking clinic.ID
	Dose    reception.Dose
	Reason  string
}

// Model is the state of the page. The zero Model is a page at rest.
type Model struct {
	Mode    Mode
	Now     time.Time // by the minute
	Person  reception.Entry
	Busy    bool
	Problem error // why the last order was not done
	Failed  error // why the list could not be read
	Loaded  bool

	Side   int    // of Lists: 0 who waits, 1 who is observed
	Cursor [2]int // in each of them

	Lot     int    // of Giving: one of Lots, or their number for another one
	Number  string // the other one, as typed
	Expires string
	Product string // its vaccine
	Limb    int

	Reason int    // of Deferring and Voiding: one of Reasons
	Note   string // as typed

	Done     Task // what was recorded last, for DoneFor; Nothing once it has been read
	DoneFor  reception.Entry
	entries  []reception.Entry
	Lots     []reception.Lot
	Products []reception.Product
	open     clinic.ID // to open once it is loaded
	anyway   bool      // the next dose is recorded though its product is another one
	left     int       // seconds that Done stays
}

// doneTicks is how long it is said what was recorded, in seconds.
const doneTicks = 12

// Reasons are the keys under "chair.reason." from which one chooses; the last one
// asks for words.
func (m *Model) Reasons() []string {
	if m.Mode == Voiding {
		return []string{"mistake", "other_person", "other_lot", "other"}
	}
	return []string{"fever", "illness", "allergy", "interval", "pregnancy", "declined", "out_of_stock", "other"}
}

// Waiting lists who has arrived and not been seen to, in the order of arrival.
func (m *Model) Waiting() []reception.Entry {
	var out []reception.Entry
	for _, e := range m.entries {
		if e.Visit.Attendance == clinic.Arrived {
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b reception.Entry) int { return a.Visit.ArrivedAt.Compare(b.Visit.ArrivedAt) })
	return out
}

// Observed lists who is under observation, whose time comes first before the
// others.
func (m *Model) Observed() []reception.Entry {
	var out []reception.Entry
	for _, e := range m.entries {
		if _, observed := reception.Observed(e.Visit, m.Now); observed {
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b reception.Entry) int { return a.Visit.GivenAt.Compare(b.Visit.GivenAt) })
	return out
}

// Over counts whose time of observation is over.
func (m *Model) Over() int {
	n := 0
	for _, e := range m.Observed() {
		if until, _ := reception.Observed(e.Visit, m.Now); !m.Now.Before(until) {
			n++
		}
	}
	return n
}

func (m *Model) rows(side int) []reception.Entry {
	if side == 1 {
		return m.Observed()
	}
	return m.Waiting()
}

// Entries takes what was read: today's list, the lots and the products.
func (m *Model) Entries(rows []reception.Entry, lots []reception.Lot, products []reception.Product, err error) {
	if err != nil {
		m.Failed = err
		return
	}
	m.keep(lots)
	m.entries, m.Lots, m.Products, m.Failed, m.Loaded = rows, lots, products, nil, true
	m.clamp()
	if !m.open.IsZero() {
		m.Open(m.open)
		return
	}
	if m.Mode != Lists && !m.Busy {
		m.follow()
	}
}

// follow keeps the person up to date, so that nobody acts on yesterday's knowledge.
func (m *Model) follow() {
	for _, e := range m.entries {
		if e.Booking.ID != m.Person.Booking.ID {
			continue
		}
		changed := e.Visit.Attendance != m.Person.Visit.Attendance
		m.Person = e
		if changed {
			m.open = e.Booking.ID
			m.Open(e.Booking.ID)
		}
		return
	}
}

func (m *Model) clamp() {
	for side := range m.Cursor {
		m.Cursor[side] = max(0, min(m.Cursor[side], len(m.rows(side))-1))
	}
}

// Open brings up a booking of today: its dose where that is to come, else what was
// done. One that is not loaded yet comes up when it is.
func (m *Model) Open(id clinic.ID) {
	m.open = id
	for _, e := range m.entries {
		if e.Booking.ID != id {
			continue
		}
		m.open, m.Problem, m.anyway, m.Note, m.Reason = clinic.ID{}, nil, false, "", 0
		m.Person, m.Mode = e, After
		if e.Visit.Attendance == clinic.Arrived {
			m.begin()
		}
		return
	}
}

// Pick opens the entry that the cursor is on.
func (m *Model) Pick() {
	if rows := m.rows(m.Side); m.Cursor[m.Side] < len(rows) {
		m.Open(rows[m.Cursor[m.Side]].Booking.ID)
	}
}

// Move goes up and down what there is to choose from.
func (m *Model) Move(by int) {
	switch m.Mode {
	case Lists:
		m.Cursor[m.Side] += by
		m.clamp()
	case Giving:
		m.ChooseLot(m.Lot + by)
	case Deferring, Voiding:
		m.Reason = max(0, min(m.Reason+by, len(m.Reasons())-1))
	}
}

// Digit chooses where the dose goes, or a reason; it reports whether it was used.
func (m *Model) Digit(n int) bool {
	switch {
	case m.Mode == Giving && n >= 1 && n <= len(clinic.Limbs):
		m.Limb = n - 1
	case (m.Mode == Deferring || m.Mode == Voiding) && n >= 1 && n <= len(m.Reasons()):
		m.Reason = n - 1
	default:
		return false
	}
	return true
}

// Turn goes on to what may follow, where it may.
func (m *Model) Turn(to Mode) {
	given := m.Person.Visit.Attendance == clinic.Vaccinated
	may := map[Mode]bool{
		Deferring: m.Mode == Giving, Reacting: m.Mode == After && given,
		Voiding: m.Mode == After && m.Person.Visit.Attendance >= clinic.Arrived,
	}[to]
	if may && !m.Busy {
		m.Mode, m.Problem, m.Note, m.Reason = to, nil, "", 0
	}
}

// Undo turns to taking back what is open, or what was recorded last.
func (m *Model) Undo() {
	if m.Mode == Lists && (m.Done == Give || m.Done == Defer) && !m.Busy {
		m.Open(m.DoneFor.Booking.ID)
	}
	m.Turn(Voiding)
}

// Back goes one step back; it reports false where the page is at rest.
func (m *Model) Back() bool {
	switch {
	case m.Busy:
	case m.Mode == Lists:
		return false
	case m.Mode == Deferring:
		m.Mode, m.Problem = Giving, nil
	case m.Mode == Reacting, m.Mode == Voiding:
		m.Mode, m.Problem = After, nil
	default:
		m.Mode, m.Problem, m.Person = Lists, nil, reception.Entry{}
	}
	return true
}

// Enter does the one thing that stands ready. say gives the words of a reason.
func (m *Model) Enter(say func(reason string) string) Order {
	if m.Busy {
		return Order{}
	}
	o := Order{Booking: m.Person.Booking.ID}
	switch m.Mode {
	case Lists:
		m.Pick()
		return Order{}
	case Giving:
		o.Task, o.Dose = Give, m.Dose()
	case Deferring:
		o.Task, o.Reason = Defer, m.reason(say)
	case Reacting:
		o.Task, o.Reason = React, strings.TrimSpace(m.Note)
	case Voiding:
		o.Task, o.Reason = Void, m.reason(say)
	default:
		if _, observed := reception.Observed(m.Person.Visit, m.Now); !observed {
			m.Back()
			return Order{}
		}
		o.Task = LetGo
	}
	m.Busy, m.Problem = true, nil
	return o
}

func (m *Model) reason(say func(string) string) string {
	all, note := m.Reasons(), strings.TrimSpace(m.Note)
	if key := all[m.Reason]; key != "other" {
		if note == "" {
			return say(key)
		}
		return say(key) + "：" + note
	}
	return note
}

// Recorded takes the answer to an order. Only now is it said that something was
// recorded: it is on the disk.
func (m *Model) Recorded(o Order, e reception.Entry, err error) {
	m.Busy = false
	if err != nil {
		m.Problem = err
		m.anyway = errors.Is(err, clinic.Refuse(reception.WrongProduct))
		return
	}
	m.Mode, m.Person, m.Problem, m.anyway = Lists, reception.Entry{}, nil, false
	m.Done, m.DoneFor, m.left = o.Task, e, doneTicks
}

// Tick is one second. It reports whether anything changed.
func (m *Model) Tick(now time.Time) bool {
	changed := false
	if m.left > 0 {
		if m.left--; m.left == 0 {
			m.Done, changed = Nothing, true
		}
	}
	if minute := now.Truncate(time.Minute); !minute.Equal(m.Now) {
		m.Now, changed = minute, true
		m.clamp()
	}
	return changed
}
