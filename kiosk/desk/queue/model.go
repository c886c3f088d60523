// Package queue is the front desk's page that calls people by their numbers, and
// the board that shows the numbers, and no names, to the waiting room. Model is
// their state without any drawing; Screen draws it and carries out what it orders.
package queue

import (
	"slices"
	"strconv"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
)

// Task is what the model wants done, off the drawing goroutine.
type Task int

// The tasks.
const (
	Nothing Task = iota
	Next         // call who has waited longest to Room
	Call         // Booking to Room, perhaps once more
	Skip         // Booking
)

// Order is one task with what it needs.
type Order struct {
	Task    Task
	Booking clinic.ID
	Room    string
}

// Rooms is how many rooms there are to call to.
const Rooms = 9

// Model is the state of the page.
type Model struct {
	Now     time.Time // by the minute
	Queue   reception.Queue
	Loaded  bool
	Busy    bool
	Problem error
	Room    string
	Chosen  clinic.ID // somebody to be called out of turn; zero for the next one
}

// Current is who was called to the room last; nil for nobody.
func (m *Model) Current() *reception.Place {
	i := m.current()
	if i < 0 {
		return nil
	}
	return &m.Queue.Called[i]
}

func (m *Model) current() int {
	return slices.IndexFunc(m.Queue.Called, func(p reception.Place) bool { return p.Room == m.Room })
}

// Aside lists who else was called, here or to another room, and has not come to the
// chair, and then who was skipped.
func (m *Model) Aside() []reception.Place {
	out := slices.Clone(m.Queue.Called)
	if i := m.current(); i >= 0 {
		out = slices.Delete(out, i, i+1)
	}
	return append(out, m.Queue.Skipped...)
}

// Entries takes the queue that was read.
func (m *Model) Entries(q reception.Queue, err error) {
	if err != nil {
		m.Problem = err
		return
	}
	m.Queue = q
	if !m.Loaded && q.Room != "" {
		m.Room = q.Room // before the program was closed
	}
	m.Loaded = true
	if m.at() < 0 {
		m.Chosen = clinic.ID{}
	}
}

// all are the people that the arrows go through: who waits, then who stands aside.
func (m *Model) all() []reception.Place {
	return append(append([]reception.Place(nil), m.Queue.Waiting...), m.Aside()...)
}

func (m *Model) at() int {
	for i, p := range m.all() {
		if p.Entry.Booking.ID == m.Chosen {
			return i
		}
	}
	return -1
}

// Move chooses somebody to be called out of turn.
func (m *Model) Move(by int) {
	all := m.all()
	if len(all) == 0 {
		return
	}
	m.Chosen = all[max(0, min(m.at()+by, len(all)-1))].Entry.Booking.ID
}

// Choose takes somebody that was touched.
func (m *Model) Choose(id clinic.ID) { m.Chosen = id }

// Digit chooses the room; it reports whether it was used.
func (m *Model) Digit(n int) bool {
	if n < 1 || n > Rooms {
		return false
	}
	m.Room = strconv.Itoa(n)
	return true
}

// Back leaves whoever was chosen; it reports false where nobody was.
func (m *Model) Back() bool {
	chosen := !m.Chosen.IsZero()
	m.Chosen, m.Problem = clinic.ID{}, nil
	return chosen
}

// Enter calls the chosen one, or the next.
func (m *Model) Enter() Order {
	if !m.Chosen.IsZero() {
		return m.order(Order{Task: Call, Booking: m.Chosen, Room: m.Room})
	}
	if len(m.Queue.Waiting) == 0 {
		return Order{}
	}
	return m.order(Order{Task: Next, Room: m.Room})
}

// Again calls the current one once more, to the room they were called to.
func (m *Model) Again() Order {
	c := m.Current()
	if c == nil {
		return Order{}
	}
	return m.order(Order{Task: Call, Booking: c.Entry.Booking.ID, Room: c.Room})
}

// Skip puts the current one aside.
func (m *Model) Skip() Order {
	c := m.Current()
	if c == nil {
		return Order{}
	}
	return m.order(Order{Task: Skip, Booking: c.Entry.Booking.ID})
}

func (m *Model) order(o Order) Order {
	if m.Busy {
		return Order{}
	}
	m.Busy, m.Problem = true, nil
	return o
}

// Done takes the answer to an order.
func (m *Model) Done(err error) {
	m.Busy, m.Problem = false, err
	if err == nil {
		m.Chosen = clinic.ID{}
	}
}

// Tick is one second. It reports whether anything changed.
func (m *Model) Tick(now time.Time) bool {
	minute := now.Truncate(time.Minute)
	changed := !minute.Equal(m.Now)
	m.Now = minute
	return changed
}
