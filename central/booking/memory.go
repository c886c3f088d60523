package booking

import (
	"context"
	"fmt"
	"time"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
)

// memory is everything a decision needs. Only the writer touches it; when a
// transaction fails it is thrown away and read again.
type memory struct {
	sites    map[string]*site
	places   map[clinic.ID]*place
	bookings map[clinic.ID]*held
	people   map[[32]byte]*held    // the newest booking of a person
	joined   map[[32]byte][32]byte // from a resident's old number to the new one
	streams  map[streamKey]*store.Stream
	orphans  map[clinic.ID]bool
	holds    *holds                     // the engine's
	lists    map[clinic.ID]*list        // who waits for a place in a slot
	queued   map[clinic.ID]bool         // their entries
	leases   map[clinic.ID]*store.Lease // of devices
	leaseEnd time.Time                  // when the next session with a lease ends; zero: none
	settled  bool                       // no longer as it was read
	auditN   int64
	audit    []byte // hash of the last entry
	ledger   store.Ledger
}

// site counts a site's feed.
type site struct {
	code    string
	board   *board
	seq     int64 // durable
	given   int64 // given out, also by the batch at work
	touched bool  // by the batch at work
	counted bool  // numbers of places changed in the batch at work
	shown   bool  // the board changes with the batch at work
}

// next gives out the feed's next number.
func (s *site) next(b *batch) int64 {
	if !s.touched {
		s.touched = true
		b.fed = append(b.fed, s)
		s.show(b)
	}
	s.given++
	return s.given
}

// show has the board written anew after the commit.
func (s *site) show(b *batch) {
	if !s.shown {
		s.shown = true
		b.shown = append(b.shown, s)
	}
}

// place is a slot with what is taken of it.
type place struct {
	slot     clinic.Slot // Capacity, Taken and Held are the present ones
	overflow int
	site     *site
	at       int // on the board
	period   clinic.Period

	share  int // places that the site keeps for walk-ins
	leased int // of them or others, that devices hold
	given  int // walk-ins out of leases

	// What the batch at work has taken; not yet in the database.
	taken, over int
	touched     bool
}

// take changes what is taken of a place.
func (p *place) take(b *batch, places, overflow int) {
	p.touch(b)
	p.slot.Taken += places
	p.overflow += overflow
	p.taken += places
	p.over += overflow
}

// touch says that the batch changes the place's numbers.
func (p *place) touch(b *batch) {
	if !p.touched {
		p.touched = true
		b.moved = append(b.moved, p)
	}
}

// count is what the board shows of the place.
func (p *place) count() count {
	return count{int32(p.slot.Taken), int32(p.slot.Held), int32(p.slot.WalkIn), int32(p.leased)}
}

// room is the number of places for somebody who has a hold: also those that are
// held. What stands beyond the capacity takes nothing from them.
func (p *place) room() int { return p.slot.Capacity + p.overflow - p.slot.Taken - p.leased }

// giveBack frees a place; what stood beyond the capacity goes first.
func (p *place) giveBack(b *batch) {
	over := 0
	if p.overflow > 0 {
		over = -1
	}
	p.take(b, -1, over)
	b.freed = append(b.freed, p)
}

// held is a booking as decisions see it.
type held struct {
	id                 clinic.ID
	place              *place
	person, request    [32]byte
	dose               string
	created, cancelled int64
	version            int64
	attendance         clinic.Attendance
	holds              bool
	before             *held // the same person's booking before this one
}

// active reports whether the booking is one that a person can have only one of
// in a programme: it stands, its day is not over and it is not settled.
func (h *held) active(today clinic.Date) bool {
	if h.cancelled != 0 || h.place.slot.Date.Before(today) {
		return false
	}
	return h.attendance == clinic.NotArrived || h.attendance == clinic.Arrived
}

func (m *memory) add(h *held) {
	h.before = m.people[h.person]
	m.people[h.person] = h
	m.bookings[h.id] = h
}

type streamKey struct {
	device clinic.ID
	epoch  uint32
}

// load reads the memory from one snapshot of the database and publishes it.
func (e *Engine) load(ctx context.Context) error {
	m := &memory{
		sites: make(map[string]*site), places: make(map[clinic.ID]*place),
		bookings: make(map[clinic.ID]*held), people: make(map[[32]byte]*held), streams: make(map[streamKey]*store.Stream),
		holds: e.holds, lists: make(map[clinic.ID]*list), queued: make(map[clinic.ID]bool), leases: make(map[clinic.ID]*store.Lease),
	}
	var c *Catalogue
	err := e.store.Read(ctx, func(q store.Querier) (err error) {
		if c, err = m.loadCatalogue(ctx, q); err != nil {
			return err
		}
		if m.joined, err = readJoined(ctx, q); err != nil {
			return err
		}
		doses := make(map[string]string)
		err = store.EachHeld(ctx, q, func(h *store.Held) error {
			p, ok := m.places[h.Slot]
			if !ok {
				return fmt.Errorf("booking %s has no slot", h.ID)
			}
			dose, ok := doses[h.Dose]
			if !ok {
				dose = h.Dose
				doses[dose] = dose
			}
			m.add(&held{
				id: h.ID, place: p, person: h.Person, request: h.Request, dose: dose,
				created: h.Created, cancelled: h.Cancelled, version: h.Version, attendance: h.Attendance, holds: h.Holds,
			})
			return nil
		})
		if err != nil {
			return err
		}
		if m.orphans, err = store.Orphans(ctx, q); err != nil {
			return err
		}
		if err = m.loadLeases(ctx, e, q); err != nil {
			return err
		}
		for _, p := range m.places { // nobody sees the boards yet
			p.site.board.now.Load().counts[p.at] = p.count()
		}
		if err = m.loadStandby(ctx, e, q); err != nil {
			return err
		}
		m.ledger, err = store.LedgerOf(ctx, q)
		m.auditN, m.audit = m.ledger.Entries, m.ledger.Hash
		return err
	})
	if err != nil {
		return fmt.Errorf("read the bookings: %w", err)
	}
	e.compare(m)
	e.mem = m
	e.catalogue.Store(c)
	e.version.Add(1)
	e.seen.Store(m.ledger.Batch)
	return nil
}

// compare holds what the slots count against the bookings that stand. They change
// in one transaction, so a difference means that somebody else wrote into the
// database; the operator must know, and the slots' own numbers stay in force.
func (e *Engine) compare(m *memory) {
	standing := make(map[*place]int, len(m.places))
	for _, h := range m.bookings {
		if h.cancelled == 0 {
			standing[h.place]++
		}
	}
	for id, p := range m.places {
		if n := standing[p]; n != p.slot.Taken {
			e.log.Error("a slot does not count what is booked", "slot", id, "taken", p.slot.Taken, "booked", n)
		}
	}
}

// loadCatalogue reads sites, slots and rules into the memory, keeping the
// places that bookings point to, and makes the snapshot to publish.
func (m *memory) loadCatalogue(ctx context.Context, q store.Querier) (*Catalogue, error) {
	districts, err := store.Districts(ctx, q)
	if err != nil {
		return nil, err
	}
	programmes, err := store.Programmes(ctx, q)
	if err != nil {
		return nil, err
	}
	periods, err := store.Periods(ctx, q)
	if err != nil {
		return nil, err
	}
	rows, err := store.Sites(ctx, q)
	if err != nil {
		return nil, err
	}
	slots, err := store.Slots(ctx, q)
	if err != nil {
		return nil, err
	}
	sites := make([]clinic.Site, len(rows))
	for i, r := range rows {
		sites[i] = r.Site
	}
	c := newCatalogue(districts, programmes, periods, sites)
	recalls, err := store.Recalls(ctx, q)
	if err != nil {
		return nil, err
	}
	for _, l := range recalls {
		c.recalled[l.Lot] = true
	}
	for _, r := range rows {
		s, ok := m.sites[r.Code]
		if !ok {
			s = &site{code: r.Code}
			m.sites[r.Code] = s
		}
		s.seq, s.given = r.Seq, r.Seq
		s.board = &board{site: r.Code}
		c.boards[r.Code] = s.board
	}
	for _, r := range slots {
		s, ok := m.sites[r.Site]
		if !ok {
			return nil, fmt.Errorf("slot %s has no site", r.ID)
		}
		p, ok := m.places[r.ID]
		if !ok {
			p = &place{}
			m.places[r.ID] = p
		}
		p.slot, p.overflow, p.site, p.at = r.Slot, r.Overflow, s, len(s.board.slots)
		if p.period, ok = c.Period(r.Period); !ok {
			return nil, fmt.Errorf("slot %s has no period", r.ID)
		}
		at, _ := c.Site(r.Site)
		p.slot.Held, p.share = m.holds.bySlot[r.ID], at.WalkInPlaces(r.Capacity)
		p.slot.WalkIn = p.forWalkIns()
		shown := r.Slot
		shown.Taken = 0
		s.board.slots = append(s.board.slots, shown)
		c.slots[r.ID] = seat{s.board, p.at}
	}
	for _, s := range m.sites {
		s.board.now.Store(&numbers{counts: make([]count, len(s.board.slots)), seq: s.seq})
	}
	for _, p := range m.places {
		p.site.board.now.Load().counts[p.at] = p.count()
	}
	return c, nil
}
