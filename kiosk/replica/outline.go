package replica

import (
	"context"
	"database/sql"
	"fmt"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// visits is how far everybody of one day has come, as it was read; what this device does
// afterwards is put in, so that a check-in need not read the day again.
type visits struct {
	day     clinic.Date
	version uint64 // of the replica, see announce
	known   map[clinic.ID]progress
}

// progress is how far somebody has come by so many events.
type progress struct {
	visit  clinic.Visit
	events int
}

func progressOf(b clinic.Booking) progress { return progress{b.Visit(), len(b.Events)} }

// EachVisit calls f with how far everybody has come to whom something happened on a day,
// in no order. Nobody's person is opened for it. F must not use the replica.
func (r *Replica) EachVisit(ctx context.Context, day clinic.Date, f func(booking clinic.ID, v clinic.Visit)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.visits.known == nil || r.visits.day != day || r.visits.version != r.version {
		version := r.version
		r.mu.Unlock()
		happened, err := r.happened(ctx, day)
		r.mu.Lock()
		if err != nil {
			return err
		}
		r.visits = visits{day: day, version: version, known: happened}
	}
	for booking, p := range r.visits.known {
		f(booking, p.visit)
	}
	return nil
}

// happened reads how far everybody has come to whom something happened on a day.
func (r *Replica) happened(ctx context.Context, day clinic.Date) (map[clinic.ID]progress, error) {
	events, err := r.eventsOf(ctx, r.db.Reader(), `b.day = $1`, syncproto.DayOf(day))
	if err != nil {
		return nil, err
	}
	out := make(map[clinic.ID]progress, len(events))
	for booking, of := range events {
		out[booking] = progressOf(clinic.Booking{ID: booking, Events: of})
	}
	return out, nil
}

// tellOf is tell for a booking to which this device did something: what is known of its
// day stays known. Two that come here in another order than they were written leave the
// later one.
func (r *Replica) tellOf(b clinic.Booking) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := &r.visits
	if v.known != nil && v.version == r.version && v.day == b.Slot.Date {
		if now := progressOf(b); now.events > v.known[b.ID].events {
			v.known[b.ID] = now
		}
		v.version++
	}
	r.announce()
}

// IDs gives the ids of the bookings of a day.
func (r *Replica) IDs(ctx context.Context, day clinic.Date) ([]clinic.ID, error) {
	return list(ctx, r.db.Reader(), func(rows *sql.Rows, id *clinic.ID) error { return rows.Scan((*blob)(id)) },
		`SELECT id FROM known WHERE day = $1`, syncproto.DayOf(day))
}

// Slots gives the slots of a day by their time.
func (r *Replica) Slots(ctx context.Context, day clinic.Date) ([]clinic.Slot, error) {
	out, err := list(ctx, r.db.Reader(), func(rows *sql.Rows, s *clinic.Slot) error {
		s.Date = day
		return rows.Scan((*blob)(&s.ID), &s.Period, &s.Programme, &s.Vaccine, &s.Start, &s.End, &s.Capacity, &s.Taken)
	}, `SELECT id, period, programme, vaccine, start_min, end_min, capacity, taken FROM slot WHERE day = $1 ORDER BY start_min, id`, syncproto.DayOf(day))
	if err != nil {
		return nil, fmt.Errorf("read the slots: %w", err)
	}
	return out, nil
}
