package replica

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"ezhitong.tw/syncproto"
)

// ErrOwn says that a page tells of events of this device in short that are not
// here, or whose bookings are not. Nothing of the page was taken over, and from
// now on central is asked for whole rows until a pull has come to its end.
var ErrOwn = errors.New("the page names events that this replica does not hold as its own")

// The own events of a run.
const ofRun = `FROM event WHERE device = $1 AND epoch = $2 AND seq BETWEEN $3 AND $4 AND hash <> x''`

// applyOwn takes own events into the base that came in the place of their bookings'
// rows. Whatever came whole before stays as it is, so that it may be told twice.
func (r *Replica) applyOwn(ctx context.Context, tx *sql.Tx, runs []syncproto.OwnRun) error {
	if len(runs) == 0 {
		return nil
	}
	id, err := r.Identity(ctx)
	if err != nil {
		return err
	}
	for _, run := range runs {
		last := run.First + uint64(run.More)
		if err := r.applyRun(ctx, tx, run, id.Grant.Device[:], id.Grant.Epoch, run.First, last); err != nil {
			return fmt.Errorf("take own events %d to %d into the base: %w", run.First, last, err)
		}
	}
	return nil
}

// applyRun takes a run; key names its events in the statements.
func (r *Replica) applyRun(ctx context.Context, tx *sql.Tx, run syncproto.OwnRun, key ...any) error {
	var events, bookings int
	if err := tx.QueryRowContext(ctx, `SELECT count(*), count(DISTINCT booking) FILTER (WHERE NOT told) `+ofRun, key...).Scan(&events, &bookings); err != nil {
		return err
	}
	if events != run.More+1 {
		return ErrOwn
	}
	days, err := days(ctx, tx, `WITH own AS (SELECT booking, count(*) AS events, max(seq) AS last `+ofRun+` AND NOT told GROUP BY booking)
		UPDATE booking SET version = version + own.events, seq = max(seq, own.last + $5) FROM own WHERE booking.id = own.booking RETURNING day`, append(key, run.Seq-int64(run.First))...)
	if err != nil {
		return err
	}
	if len(days) != bookings {
		return ErrOwn
	}
	r.mu.Lock()
	for _, day := range days {
		delete(r.sums, day)
	}
	r.mu.Unlock()
	return exec(ctx, tx, `UPDATE event SET told = true WHERE device = $1 AND epoch = $2 AND seq BETWEEN $3 AND $4 AND NOT told`, key...)
}
