package replica

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// Outline gives the bookings of a day as Day does, without their persons: nothing
// sealed is opened.
func (r *Replica) Outline(ctx context.Context, day clinic.Date) ([]clinic.Booking, error) {
	q, at := r.db.Reader(), syncproto.DayOf(day)
	happened, err := eventsOf(ctx, q, `b.day = $1`, at)
	if err != nil {
		return nil, err
	}
	return list(ctx, q, func(rows *sql.Rows, b *clinic.Booking) error {
		var cancelled int64
		if err := rows.Scan((*blob)(&b.ID), &b.Dose, &cancelled, (*blob)(&b.Slot.ID), &b.Slot.Period, &b.Slot.Programme, &b.Slot.Vaccine, &b.Slot.Start, &b.Slot.End); err != nil {
			return err
		}
		b.Slot.Date = day
		if cancelled != 0 {
			b.Cancelled = time.UnixMilli(cancelled)
		}
		b.Events = happened[b.ID]
		return nil
	}, `SELECT b.id, b.dose, b.cancelled, s.id, s.period, s.programme, s.vaccine, s.start_min, s.end_min
		FROM known b JOIN slot s ON s.id = b.slot WHERE b.day = $1 ORDER BY s.start_min, b.created, b.id`, at)
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
