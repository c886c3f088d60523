package booking_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// The model is what the engine promises, in plain maps: who has which place, who
// holds, who waits, what devices were given.
type model struct {
	city     *bookingtest.City
	t        *testing.T
	slots    []clinic.ID
	capacity map[clinic.ID]int
	overflow map[clinic.ID]int
	given    map[clinic.ID]int
	booked   map[clinic.ID]*modelBooking
	held     map[string]*booking.Hold // by owner
	waits    map[clinic.ID]booking.Request
	leases   map[clinic.ID]*booking.Lease
	device   *device
	people   int // the number of the first person; the sixth is the fifth with a new number, once they are joined
	joined   bool
	walkers  int
}

type modelBooking struct {
	slot    clinic.ID
	person  int
	gone    bool
	arrived bool
}

const (
	modelShare = 34 // of SiteB
	modelOver  = 1
)

func (m *model) taken(slot clinic.ID) (n int) {
	for _, b := range m.booked {
		if b.slot == slot && !b.gone {
			n++
		}
	}
	return n
}

func (m *model) heldAt(slot clinic.ID) (n int) {
	for owner, h := range m.held {
		if !h.Until.After(m.city.Now()) {
			delete(m.held, owner)
		} else if h.Slot == slot {
			n += h.Places
		}
	}
	return n
}

func (m *model) leased(slot clinic.ID) (n int) {
	for _, l := range m.leases {
		if l.Slot == slot && l.Live {
			n += l.Granted - l.Consumed
		}
	}
	return n
}

func (m *model) forWalkIns(slot clinic.ID) int {
	share := 0
	if s, _ := m.city.Slot(slot); s.Site == bookingtest.SiteB {
		share = m.capacity[slot] * modelShare / 100
	}
	return max(0, share-m.given[slot], m.leased(slot))
}

func (m *model) left(slot clinic.ID) int {
	return max(0, m.capacity[slot]-m.taken(slot)-m.heldAt(slot)-m.forWalkIns(slot))
}

func (m *model) has(person int) bool {
	for _, b := range m.booked {
		if m.who(b.person) == m.who(person) && !b.gone {
			return true
		}
	}
	return false
}

// wants fails unless the engine answered with this refusal; the empty one is a yes.
func (m *model) wants(rt *rapid.T, what, code string, err error) bool {
	rt.Helper()
	var r *clinic.Refusal
	switch {
	case err == nil && code == "":
		return true
	case errors.As(err, &r) && r.Code == code:
		return false
	}
	rt.Fatalf("%s: %v, want %q", what, err, code)
	return false
}

func newModel(t *testing.T, rt *rapid.T, c *bookingtest.City, round int) *model {
	c.Set(bookingtest.Monday)
	m := &model{
		city: c, t: t, capacity: map[clinic.ID]int{}, overflow: map[clinic.ID]int{}, given: map[clinic.ID]int{}, booked: map[clinic.ID]*modelBooking{},
		held: map[string]*booking.Hold{}, waits: map[clinic.ID]booking.Request{}, leases: map[clinic.ID]*booking.Lease{}, device: newDevice(bookingtest.SiteB), people: round * 100,
	}
	start := clinic.TimeOfDay(round % 1400)
	for i, site := range []string{bookingtest.SiteA, bookingtest.SiteA, bookingtest.SiteB} {
		places := rapid.IntRange(0, 3).Draw(rt, "places")
		row := booking.CapacityRow{
			Line: i, Site: site, Period: bookingtest.Open, Vaccine: bookingtest.FluVac, Date: bookingtest.Day.AddDays(i + 3), Start: start, End: start + 30, Capacity: places,
		}
		if _, err := c.ImportCapacity(t.Context(), boss, []booking.CapacityRow{row}); err != nil {
			rt.Fatal(err)
		}
		for _, s := range c.Slots(site, bookingtest.FluVac) {
			if s.Date == row.Date && s.Start == start {
				m.slots, m.capacity[s.ID] = append(m.slots, s.ID), places
			}
		}
	}
	return m
}

func (m *model) slot(rt *rapid.T) clinic.Slot {
	s, _ := m.city.Slot(rapid.SampledFrom(m.slots).Draw(rt, "slot"))
	return s
}

func (m *model) person(rt *rapid.T) int { return m.people + rapid.IntRange(0, 5).Draw(rt, "person") }

func (m *model) one(rt *rapid.T) (clinic.ID, *modelBooking) {
	if len(m.booked) == 0 {
		return clinic.ID{}, nil
	}
	ids := make([]clinic.ID, 0, len(m.booked))
	for id := range m.booked {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b clinic.ID) int { return slices.Compare(a[:], b[:]) })
	id := rapid.SampledFrom(ids).Draw(rt, "booking")
	return id, m.booked[id]
}

// settle takes over who was promoted, and checks everything that can be seen.
func (m *model) settle(rt *rapid.T) {
	for id, r := range m.waits {
		s, err := m.city.StandbyEntry(m.t.Context(), id)
		if err != nil {
			rt.Fatal(err)
		}
		switch {
		case s.Promoted:
			m.booked[id] = &modelBooking{slot: r.Slot, person: personOf(r, m)}
			delete(m.waits, id)
		case !s.Waiting: // passed: a booking elsewhere stood in the way
			if !m.has(personOf(r, m)) {
				rt.Fatalf("entry %s was passed for no reason", id)
			}
			delete(m.waits, id)
		}
	}
	for _, id := range m.slots {
		s, _ := m.city.Slot(id)
		if s.Taken != m.taken(id) || s.Capacity != m.capacity[id] || s.WalkIn != m.forWalkIns(id) || s.Held != m.heldAt(id) {
			rt.Fatalf("slot has %d taken, %d held, %d for walk-ins of %d; want %d, %d, %d of %d", s.Taken, s.Held, s.WalkIn, s.Capacity,
				m.taken(id), m.heldAt(id), m.forWalkIns(id), m.capacity[id])
		}
		if s.Taken > s.Capacity+m.overflow[id] {
			rt.Fatalf("%d of %d places are taken, %d beyond", s.Taken, s.Capacity, m.overflow[id])
		}
		for _, r := range m.waits {
			if r.Slot == id && s.Left() > 0 {
				rt.Fatal("somebody waits for a free place")
			}
		}
	}
}

func personOf(r booking.Request, m *model) int {
	for n := m.people; ; n++ {
		if m.identity(n).ID.Equal(r.Person.ID) {
			return n
		}
	}
}

func TestEverySequenceOfOperationsIsAsInTheModel(t *testing.T) {
	c := bookingtest.Start(t, 1)
	walkIns(t, c, bookingtest.SiteB, modelShare, modelOver)
	round := 0
	fewChecks(t)
	rapid.Check(t, func(rt *rapid.T) {
		round++
		m := newModel(t, rt, c, round)
		rt.Repeat(m.actions())
		c.Set(bookingtest.Day.AddDays(7).At(0))
		for _, id := range m.slots {
			d, err := c.Draw(t.Context(), id)
			if err == nil {
				err = clinic.VerifyDraw(d)
			}
			if err != nil {
				rt.Fatal(err)
			}
		}
	})
	reconcile(t, c)
}

// freed gives places beyond the capacity back first, as the engine does.
func (m *model) freed(slot clinic.ID) { m.overflow[slot] = max(0, m.overflow[slot]-1) }

func (m *model) tick(rt *rapid.T) {
	m.city.Set(m.city.Now().Add(time.Duration(rapid.IntRange(0, 6).Draw(rt, "minutes")) * time.Minute))
	if err := m.city.Audit(m.t.Context(), booking.Note{Actor: "test", Action: "tick"}); err != nil { // the writer looks at the clock
		rt.Fatal(err)
	}
}

func (m *model) walkIn(rt *rapid.T) {
	s, _ := m.city.Slot(m.slots[2])
	m.walkers++
	op := m.device.walkIn(s, m.people+20+m.walkers)
	v := m.device.push(m.t, m.city)[0]
	want, code := syncproto.Accepted, ""
	lease := m.openLease(s.ID)
	switch {
	case lease != nil && m.taken(s.ID) < m.capacity[s.ID]+m.overflow[s.ID], lease == nil && m.capacity[s.ID]-m.taken(s.ID)-m.heldAt(s.ID)-m.leased(s.ID) > 0:
	case lease != nil || m.overflow[s.ID] < modelOver:
		want, code = syncproto.Flagged, booking.CodeOverflow
		m.overflow[s.ID]++
	default:
		want, code = syncproto.Parked, booking.CodeOverCap
	}
	if v.Outcome != want || v.Code != code {
		rt.Fatalf("walk-in: %d %s, want %d %s", v.Outcome, v.Code, want, code)
	}
	if lease != nil {
		lease.Consumed++
		m.given[s.ID]++
	}
	if want != syncproto.Parked {
		m.booked[op.Booking] = &modelBooking{slot: s.ID, person: -m.walkers, arrived: true}
	}
}

func (m *model) openLease(slot clinic.ID) *booking.Lease {
	for _, l := range m.leases {
		if l.Slot == slot && l.Live && l.Consumed < l.Granted {
			return l // there is one at a time
		}
	}
	return nil
}
