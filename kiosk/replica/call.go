package replica

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// Call is that somebody was called from this device (叫號).
type Call struct {
	Booking clinic.ID
	Room    string
	At      time.Time // of the last call
	Times   int
	Skipped bool // they did not come (過號)
}

// Calls lists whom this device called today, the last one called first.
func (r *Replica) Calls(ctx context.Context) ([]Call, error) {
	return list(ctx, r.db.Reader(), func(rows *sql.Rows, c *Call) error {
		var at int64
		err := rows.Scan((*blob)(&c.Booking), &c.Room, &at, &c.Times, &c.Skipped)
		c.At = syncproto.TimeOf(at)
		return err
	}, `SELECT booking, room, at, times, skipped FROM call WHERE day = $1 ORDER BY at DESC, rowid DESC`, syncproto.DayOf(r.Today()))
}

// Call notes that somebody is called to a room, once more where they were before,
// and forgets the calls of other days.
func (r *Replica) Call(ctx context.Context, booking clinic.ID, room string) error {
	today := syncproto.DayOf(r.Today())
	return r.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM call WHERE day <> $1`, today); err != nil {
			return fmt.Errorf("forget the calls of other days: %w", err)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO call (booking, day, room, at, times, skipped) VALUES ($1, $2, $3, $4, 1, false)
			ON CONFLICT (booking) DO UPDATE SET room = excluded.room, at = excluded.at, times = call.times + 1, skipped = false`,
			booking[:], today, room, r.Now().UnixMilli())
		if err != nil {
			return fmt.Errorf("note a call: %w", err)
		}
		return nil
	})
}

// Skip notes that somebody who was called did not come.
func (r *Replica) Skip(ctx context.Context, booking clinic.ID) error {
	return r.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE call SET skipped = true WHERE booking = $1`, booking[:])
		if err != nil {
			return fmt.Errorf("note who did not come: %w", err)
		}
		return nil
	})
}
