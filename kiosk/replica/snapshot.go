package replica

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"ezhitong.tw/syncproto"
)

// beginSnapshot has the base told anew from the first row on. What it holds stays and
// is shown, so that nobody at the counter is without a list however often the line
// breaks, but counts in no digest until central tells it again.
func (r *Replica) beginSnapshot(ctx context.Context, tx *sql.Tx) error {
	for _, statement := range []string{
		`UPDATE programme SET stale = true`, `UPDATE slot SET stale = true`, `UPDATE booking SET stale = true`, `UPDATE event SET told = false`,
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("begin a snapshot: %w", err)
		}
	}
	r.Recount()
	return errors.Join(endAhead(ctx, tx), setNumber(ctx, tx, metaCursor, 0), setNumber(ctx, tx, metaWhole, 0))
}

// endSnapshot forgets what the snapshot did not tell, and changes nothing where none
// is under way. A booking that it did not tell stays in the making while an own
// event about it waits or is parked.
func endSnapshot(ctx context.Context, tx *sql.Tx) error {
	acked, err := getNumber(ctx, tx, metaAcked)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO walkin (id, slot, day, dose, who, person, created, lost)
		SELECT id, slot, day, dose, who, person, created, true FROM booking
		WHERE stale AND cancelled = 0 AND id IN (SELECT booking FROM event WHERE hash <> x'' AND (outcome = $1 OR seq > $2))
		ON CONFLICT (id) DO NOTHING`, syncproto.Parked, acked); err != nil {
		return fmt.Errorf("keep whom a snapshot did not tell: %w", err)
	}
	for _, statement := range []string{
		`DELETE FROM programme WHERE stale`, `DELETE FROM booking WHERE stale`,
		`DELETE FROM slot WHERE stale AND id NOT IN (SELECT slot FROM walkin)`,
		`DELETE FROM event WHERE hash = x'' AND NOT told`,
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("end a snapshot: %w", err)
		}
	}
	return endAhead(ctx, tx)
}
