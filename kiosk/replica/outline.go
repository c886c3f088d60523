package replica

import (
	"context"
	"database/sql"
	"fmt"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// Happened gives the bookings of a day to which something has happened, with their
// events and without their persons, which stay sealed.
func (r *Replica) Happened(ctx context.Context, day clinic.Date) ([]clinic.Booking, error) {
	q, at := r.db.Reader(), syncproto.DayOf(day)
	happened, err := r.eventsOf(ctx, q, `b.day = $1`, at)
	if err != nil || len(happened) == 0 {
		return nil, err
	}
	return list(ctx, q, func(rows *sql.Rows, b *clinic.Booking) error {
		if err := rows.Scan((*blob)(&b.ID), (*blob)(&b.Slot.ID)); err != nil {
			return err
		}
		b.Slot.Date = day
		b.Events = happened[b.ID]
		return nil
	}, `SELECT b.id, b.slot FROM known b WHERE b.day = $1
		AND (b.id IN (SELECT booking FROM event) OR b.id IN (SELECT booking FROM peer_event))`, at)
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
