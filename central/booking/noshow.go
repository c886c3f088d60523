package booking

import (
	"context"
	"fmt"
	"time"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// Who did not come is decided when everybody who could know has spoken: every device
// of the site that is not revoked has said after the session's end that it has
// nothing which central has not. One that is dark keeps the session undecided until it
// comes back, or until a person closes the day; so does a site that had no device.

const (
	// settling is how long after a session has ended a device that has nothing more to
	// say is believed: a queue at the counter outlasts its session.
	settling = 30 * time.Minute
	// undecidedDays is how far back sessions are decided by themselves: as long as
	// a device keeps what it did.
	undecidedDays = 30
	// mostMarked is about how many people are marked in one transaction.
	mostMarked = 200
)

// OpenSession is a session that is over and of which nobody has decided who did not
// come.
type OpenSession struct {
	Site       clinic.Site
	Date       clinic.Date
	Start, End clinic.TimeOfDay
	Absent     int          // bookings that stand and to which nothing has happened
	Dark       []DarkDevice // that have to be heard first; none: the site had no device
	slots      []clinic.ID
}

// DarkDevice is a device that may know of people who came and has not said so.
type DarkDevice struct {
	ID      clinic.ID
	Letter  string
	Label   string
	Contact time.Time // zero before the first
}

// OpenSessions lists the sessions of a scope that wait for a device or for a person,
// the earliest first, without those at which nobody is missing.
func (e *Engine) OpenSessions(ctx context.Context, scope Scope) (out []OpenSession, err error) {
	err = e.store.Read(ctx, func(q store.Querier) error {
		sessions, absent, err := e.undecided(ctx, q, scope)
		for _, s := range sessions {
			for _, slot := range s.slots {
				s.Absent += len(absent[slot])
			}
			if s.Absent > 0 && !s.heard() {
				out = append(out, s.OpenSession)
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list open sessions: %w", err)
	}
	return out, nil
}

// DecideNoShows marks those who did not come to the sessions of which every device of
// the site has told all, and gives how many were marked. It may run at any time and
// in several processes: the writer looks at each booking again.
func (e *Engine) DecideNoShows(ctx context.Context) (marked int, err error) {
	var due []session
	var absent map[clinic.ID][]clinic.ID
	err = e.store.Read(ctx, func(q store.Querier) error {
		sessions, missing, err := e.undecided(ctx, q, Scope{All: true})
		for _, s := range sessions {
			if s.heard() {
				due = append(due, s)
			}
		}
		absent = missing
		return err
	})
	for len(due) > 0 && err == nil {
		var part []session
		for n := 0; len(due) > 0 && n < mostMarked; due = due[1:] {
			part = append(part, due[0])
			for _, slot := range due[0].slots {
				n += len(absent[slot])
			}
		}
		var n int
		err = e.do(ctx, func(b *batch) (err error) {
			n, err = b.decide(ctx, part, absent)
			return err
		})
		marked += n
	}
	if err != nil {
		return marked, fmt.Errorf("decide who did not come: %w", err)
	}
	return marked, nil
}

// session is an OpenSession with how many devices there were to hear.
type session struct {
	OpenSession
	witnesses int
}

// heard reports whether everybody who could know has spoken.
func (s session) heard() bool { return s.witnesses > 0 && len(s.Dark) == 0 }

// undecided reads the undecided sessions of a scope that are over, and the bookings
// that are missing at each of their slots.
func (e *Engine) undecided(ctx context.Context, q store.Querier, scope Scope) (out []session, absent map[clinic.ID][]clinic.ID, err error) {
	now, c := e.clock(), e.Catalogue()
	today := clinic.DateOf(now)
	slots, err := store.UndecidedSlots(ctx, q, store.Days{First: today.AddDays(-undecidedDays), Last: today})
	if err != nil || len(slots) == 0 {
		return nil, nil, err
	}
	witnesses, err := witnessesBySite(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	days := make(map[clinic.Date]bool)
	for _, u := range slots {
		site, ok := c.Site(u.Site)
		if !ok || !scope.Covers(site) || now.Before(u.Date.At(u.End).Add(settling)) {
			continue
		}
		days[u.Date] = true
		if n := len(out); n > 0 && out[n-1].Site.Code == u.Site && out[n-1].Date == u.Date && out[n-1].Start == u.Start && out[n-1].End == u.End {
			out[n-1].slots = append(out[n-1].slots, u.Slot)
			continue
		}
		out = append(out, newSession(site, u, witnesses[u.Site]))
	}
	absent = make(map[clinic.ID][]clinic.ID)
	for day := range days {
		list, err := store.AbsentOn(ctx, q, day)
		if err != nil {
			return nil, nil, err
		}
		for _, a := range list {
			absent[a.Slot] = append(absent[a.Slot], a.Booking)
		}
	}
	return out, absent, nil
}

func witnessesBySite(ctx context.Context, q store.Querier) (map[string][]store.Witness, error) {
	all, err := store.Witnesses(ctx, q)
	out := make(map[string][]store.Witness)
	for _, w := range all {
		out[w.Site] = append(out[w.Site], w)
	}
	return out, err
}

func newSession(site clinic.Site, u store.Undecided, witnesses []store.Witness) session {
	s := session{OpenSession: OpenSession{Site: site, Date: u.Date, Start: u.Start, End: u.End, slots: []clinic.ID{u.Slot}}}
	end := u.Date.At(u.End)
	for _, w := range witnesses {
		if w.Enrolled >= end.UnixMilli() { // it came later and knows nothing of it
			continue
		}
		s.witnesses++
		if w.Settled < end.Add(settling).UnixMilli() {
			s.Dark = append(s.Dark, DarkDevice{w.Device, w.Letter, w.Label, syncproto.TimeOf(w.Contact)})
		}
	}
	return s
}

// decide marks who is missing at some sessions.
func (b *batch) decide(ctx context.Context, sessions []session, absent map[clinic.ID][]clinic.ID) (marked int, err error) {
	for _, s := range sessions {
		over := make(map[*place]bool)
		var missing []*held
		for _, slot := range s.slots {
			p, ok := b.places[slot]
			if !ok {
				continue
			}
			over[p] = true
			for _, id := range absent[slot] {
				h := b.bookings[id]
				if h == nil || h.place != p || !h.absent() {
					continue
				}
				spared, err := b.spared(ctx, h)
				if err != nil {
					return 0, err
				}
				if !spared {
					missing = append(missing, h)
				}
			}
		}
		if err := b.decided(over); err != nil {
			return 0, err
		}
		if len(missing) == 0 {
			continue
		}
		if err := b.markAbsent(ctx, central, s.Site.Code, missing); err != nil {
			return 0, err
		}
		b.noteText(central, "no_show", s.Site.Code, fmt.Sprintf("%s %s: %d not arrived", s.Date, s.Start, len(missing)))
		marked += len(missing)
	}
	return marked, nil
}

// central is who decides what no person did.
const central = "central"

// spared reports whether a machine does not mark somebody: who may have been here, since
// people still have to judge an event by which they came; and who accepted a dose that
// was left, perhaps after the session, to help it not be wasted.
func (b *batch) spared(ctx context.Context, h *held) (bool, error) {
	rows, err := store.EventsOf(ctx, b.reads(), h.id)
	for _, r := range rows {
		switch r.Op.Kind {
		case clinic.CheckedIn, clinic.WalkInRegistered, clinic.VaccineGiven, clinic.DoseDeferred:
			if r.Outcome == syncproto.Parked {
				return true, err
			}
		case clinic.StandbyAsked:
			if r.Outcome.Counts() {
				return true, err
			}
		}
	}
	return false, err
}
