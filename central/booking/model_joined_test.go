package booking_test

import (
	"slices"

	"pgregory.net/rapid"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
)

// old and now are the two people who may be one.
func (m *model) old() int { return m.people + 4 }
func (m *model) now() int { return m.people + 5 }

func (m *model) who(person int) int {
	if m.joined && person == m.old() {
		return m.now()
	}
	return person
}

// identity is what a person shows.
func (m *model) identity(person int) clinic.Person {
	p := bookingtest.Person(person)
	if person == m.old() || person == m.now() {
		old, now := bookingtest.Resident(m.people)
		if p.ID, p.Birth = old, bookingtest.Person(m.people).Birth; person == m.now() {
			p.ID = now
		}
	}
	return p
}

func (m *model) ask(s clinic.Slot, person int) booking.Request {
	r := bookingtest.Ask(s, person)
	r.Person = m.identity(person)
	return r
}

// shows draws which number somebody shows who has booked with one, and the refusal
// when it is not known to be theirs.
func (m *model) shows(rt *rapid.T, person int) (p clinic.Person, code string) {
	if person != m.old() && person != m.now() || !rapid.Bool().Draw(rt, "with the other number") {
		return m.identity(person), ""
	}
	if !m.joined {
		code = clinic.RefusedNotFound
	}
	return m.identity(m.old() + m.now() - person), code
}

func (m *model) numbers() booking.Numbers {
	return booking.Numbers{Old: m.identity(m.old()).ID, New: m.identity(m.now()).ID}
}

func (m *model) join(rt *rapid.T) {
	code := ""
	if !m.joined && m.has(m.old()) && m.has(m.now()) {
		code = booking.RefusedBothBooked
	}
	n, err := m.city.JoinNumbers(m.t.Context(), boss, m.numbers())
	if !m.wants(rt, "join", code, err) {
		return
	}
	m.joined = true
	if want := len(m.bookingsOf(m.now())); n != want {
		rt.Fatalf("the resident has %d bookings, not %d", n, want)
	}
	waits := 0
	for id, r := range m.waits {
		if m.who(personOf(r, m)) != m.now() {
			continue
		}
		s, err := m.city.StandbyEntry(m.t.Context(), id)
		if err != nil {
			rt.Fatal(err)
		}
		if s.Waiting {
			waits++
		} else {
			delete(m.waits, id) // the later of two
		}
	}
	if waits > 1 {
		rt.Fatal("one person waits twice")
	}
}

func (m *model) split(rt *rapid.T) {
	code := ""
	if !m.joined {
		code = booking.RefusedNotJoined
	}
	if m.wants(rt, "split", code, m.city.SplitNumbers(m.t.Context(), boss, m.numbers())) {
		m.joined = false
	}
}

func (m *model) bookingsOf(person int) (out []clinic.ID) {
	for id, b := range m.booked {
		if m.who(b.person) == m.who(person) {
			out = append(out, id)
		}
	}
	slices.SortFunc(out, func(a, b clinic.ID) int { return slices.Compare(a[:], b[:]) })
	return out
}

func (m *model) lookUp(rt *rapid.T) {
	n := m.person(rt)
	want, code := m.bookingsOf(n), ""
	if len(want) == 0 {
		code = clinic.RefusedNotFound
	}
	list, err := m.city.LookUp(m.t.Context(), m.identity(n).ID, m.identity(n).Birth)
	m.wants(rt, "look up", code, err)
	var got []clinic.ID
	for _, b := range list {
		got = append(got, b.ID)
	}
	slices.SortFunc(got, func(a, b clinic.ID) int { return slices.Compare(a[:], b[:]) })
	if !slices.Equal(got, want) {
		rt.Fatalf("%d bookings were found, not %d", len(got), len(want))
	}
}
