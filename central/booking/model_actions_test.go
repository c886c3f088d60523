package booking_test

import (
	"fmt"

	"pgregory.net/rapid"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// actions are everything that can be asked of the engine, each held against the
// model. The empty one runs after every other.
func (m *model) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"": m.settle, "tick": m.tick, "book": m.book, "group": m.group, "hold": m.hold, "release": m.release, "cancel": m.cancel, "move": m.move,
		"arrive": m.arrive, "stand by": m.standBy, "leave": m.leave, "capacity": m.setCapacity, "lease": m.lease, "return": m.returnLease, "walk in": m.walkIn,
		"join": m.join, "split": m.split, "look up": m.lookUp,
		"restart": func(*rapid.T) {
			m.city.Again()
			clear(m.held)
		},
	}
}

func (m *model) owner(rt *rapid.T) string {
	return fmt.Sprintf("%d/%d", m.people, rapid.IntRange(0, 2).Draw(rt, "owner"))
}

func (m *model) book(rt *rapid.T) {
	s, n := m.slot(rt), m.person(rt)
	r := m.ask(s, n)
	owner, h := "", (*booking.Hold)(nil)
	if rapid.Bool().Draw(rt, "with a hold") {
		owner = m.owner(rt)
		h = m.held[owner]
		if r.Hold = bookingtest.NewID(); h != nil {
			r.Hold = h.ID
		}
	}
	live := h != nil && h.Slot == s.ID && h.Until.After(m.city.Now())
	code := ""
	switch {
	case m.has(n):
		code = clinic.RefusedAlreadyBooked
	case owner != "" && !live:
		code = clinic.RefusedHoldExpired
	case owner == "" && m.left(s.ID) == 0, owner != "" && m.room(s.ID) <= 0:
		code = clinic.RefusedFull
	}
	b, err := m.city.Book(m.t.Context(), r)
	if m.wants(rt, "book", code, err) {
		m.booked[b.ID] = &modelBooking{slot: s.ID, person: n}
		if live {
			if h.Places--; h.Places == 0 {
				delete(m.held, owner)
			}
		}
	}
}

// room is what somebody with a hold may use.
func (m *model) room(slot clinic.ID) int {
	return m.capacity[slot] + m.overflow[slot] - m.taken(slot) - m.leased(slot)
}

func (m *model) group(rt *rapid.T) {
	s, n := m.slot(rt), m.person(rt)
	code := ""
	size := rapid.IntRange(1, 4).Draw(rt, "size")
	requests := make([]booking.Request, size)
	for i := range requests {
		requests[i] = m.ask(s, n+i)
		if code != "" {
			continue
		}
		if m.has(n+i) || i > 0 && m.who(n+i) == m.who(n+i-1) {
			code = clinic.RefusedAlreadyBooked
		} else if m.left(s.ID) < i+1 {
			code = clinic.RefusedFull
		}
	}
	_, err := m.city.BookGroup(m.t.Context(), requests)
	if m.wants(rt, "group", code, err) {
		for i, r := range requests {
			m.booked[r.ID] = &modelBooking{slot: s.ID, person: n + i}
		}
	}
}

func (m *model) hold(rt *rapid.T) {
	s, owner := m.slot(rt), m.owner(rt)
	places := rapid.IntRange(1, 2).Draw(rt, "places")
	m.heldAt(s.ID) // forgets what is over
	mine := m.held[owner]
	more := places
	if mine != nil && mine.Slot == s.ID {
		more -= mine.Places
	}
	code := ""
	if more > m.left(s.ID) {
		code = clinic.RefusedFull
	}
	h, err := m.city.Hold(m.t.Context(), booking.HoldRequest{ID: bookingtest.NewID(), Slot: s.ID, Places: places, Owner: owner, Address: fmt.Sprint(m.people)})
	if m.wants(rt, "hold", code, err) {
		if mine != nil && mine.Slot == s.ID && (h.ID != mine.ID || !h.Until.Equal(mine.Until)) {
			rt.Fatal("holding again is another hold")
		}
		m.held[owner] = &h
	}
}

func (m *model) release(rt *rapid.T) {
	owner := m.owner(rt)
	id := bookingtest.NewID()
	if h := m.held[owner]; h != nil {
		id = h.ID
	}
	m.wants(rt, "release", "", m.city.Release(m.t.Context(), id))
	delete(m.held, owner)
}

func (m *model) cancel(rt *rapid.T) {
	id, b := m.one(rt)
	if b == nil || b.person < 0 {
		return
	}
	p, code := m.shows(rt, b.person)
	switch {
	case code != "":
	case b.gone:
		code = clinic.RefusedAlreadyGone
	case b.arrived:
		code = clinic.RefusedArrived
	}
	_, err := m.city.Cancel(m.t.Context(), booking.Cancellation{ID: id, Number: p.ID, Birth: p.Birth})
	if m.wants(rt, "cancel", code, err) {
		b.gone = true
		m.freed(b.slot)
	}
}

func (m *model) move(rt *rapid.T) {
	id, b := m.one(rt)
	s := m.slot(rt)
	if b == nil || b.person < 0 {
		return
	}
	p, code := m.shows(rt, b.person)
	switch {
	case code != "":
	case b.gone:
		code = clinic.RefusedAlreadyGone
	case b.arrived:
		code = clinic.RefusedArrived
	case b.slot != s.ID && m.left(s.ID) == 0:
		code = clinic.RefusedFull
	}
	_, err := m.city.Move(m.t.Context(), booking.MoveRequest{ID: id, Number: p.ID, Birth: p.Birth, Slot: s.ID})
	if m.wants(rt, "move", code, err) && b.slot != s.ID {
		m.freed(b.slot)
		b.slot = s.ID
	}
}

// arrive checks somebody in at the site of their booking; who had cancelled gets a
// place back, beyond the capacity if need be.
func (m *model) arrive(rt *rapid.T) {
	id, b := m.one(rt)
	if b == nil || b.gone { // see TestWhoComesInSpiteOfCancellingTakesNoHeldPlace
		return
	}
	slot, _ := m.city.Slot(b.slot)
	d := newDevice(slot.Site)
	d.say(syncproto.Op{Kind: clinic.CheckedIn, Booking: id, Ticket: "A001"})
	if v := d.push(m.t, m.city)[0]; v.Outcome == syncproto.Parked {
		rt.Fatalf("the arrival is parked: %s", v.Code)
	}
	b.arrived = true
}

func (m *model) standBy(rt *rapid.T) {
	s, n := m.slot(rt), m.person(rt)
	code := ""
	for _, r := range m.waits {
		if m.who(personOf(r, m)) == m.who(n) {
			code = clinic.RefusedAlreadyWaiting
		}
	}
	switch {
	case code != "":
	case m.has(n):
		code = clinic.RefusedAlreadyBooked
	case m.left(s.ID) > 0:
		code = clinic.RefusedPlacesLeft
	}
	r := m.ask(s, n)
	_, err := m.city.StandBy(m.t.Context(), r)
	if m.wants(rt, "stand by", code, err) {
		m.waits[r.ID] = r
	}
}

func (m *model) leave(rt *rapid.T) {
	for id, r := range m.waits { // any
		err := m.city.LeaveStandby(m.t.Context(), booking.Cancellation{ID: id, Number: r.Person.ID, Birth: r.Person.Birth})
		m.wants(rt, "leave", "", err)
		delete(m.waits, id)
		return
	}
}

func (m *model) setCapacity(rt *rapid.T) {
	s := m.slot(rt)
	n := rapid.IntRange(0, 4).Draw(rt, "places")
	code := ""
	if n != m.capacity[s.ID] && n < m.taken(s.ID)+m.leased(s.ID) || n == m.capacity[s.ID] && n < m.taken(s.ID)+m.leased(s.ID) {
		code = booking.RefusedRows
	}
	_, err := m.city.ImportCapacity(m.t.Context(), boss, []booking.CapacityRow{
		{Line: 1, Site: s.Site, Period: s.Period, Vaccine: s.Vaccine, Date: s.Date, Start: s.Start, End: s.End, Capacity: n},
	})
	if m.wants(rt, "capacity", code, err) && n != m.capacity[s.ID] {
		m.capacity[s.ID] = n
		m.overflow[s.ID] = max(0, min(m.overflow[s.ID], m.taken(s.ID)-n))
	}
}

func (m *model) lease(rt *rapid.T) {
	slot := m.slots[2]
	if m.openLease(slot) != nil {
		return
	}
	places := rapid.IntRange(1, 2).Draw(rt, "places")
	there := max(0, m.capacity[slot]-m.taken(slot)-m.heldAt(slot)-m.leased(slot))
	code := ""
	if there == 0 {
		code = clinic.RefusedFull
	}
	l, err := m.city.Lease(m.t.Context(), booking.LeaseRequest{ID: bookingtest.NewID(), Site: bookingtest.SiteB, Device: m.device.id, Slot: slot, Places: places})
	if m.wants(rt, "lease", code, err) {
		if l.Granted != min(places, there) {
			rt.Fatalf("%d granted of %d", l.Granted, there)
		}
		m.leases[l.ID] = &l
	}
}

func (m *model) returnLease(rt *rapid.T) {
	l := m.openLease(m.slots[2])
	if l == nil {
		return
	}
	_, err := m.city.ReturnLease(m.t.Context(), m.device.id, l.ID)
	m.wants(rt, "return", "", err)
	l.Live = false
}
