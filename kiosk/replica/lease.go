package replica

import (
	"context"
	"database/sql"
	"fmt"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// Wish asks central for so many places of a slot, which this device may then give by
// itself to people who come without a booking. The agent sends it.
func (r *Replica) Wish(ctx context.Context, slot clinic.ID, places int) error {
	id := r.newID()
	return r.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO wish (id, slot, places) VALUES ($1, $2, $3)`, id[:], slot[:], places)
		return err
	})
}

// GiveBack gives out no more of a slot's leases and has the agent return them.
func (r *Replica) GiveBack(ctx context.Context, slot clinic.ID) error {
	return r.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE lease SET given_back = true WHERE slot = $1`, slot[:])
		return err
	})
}

// Left is how many places of a slot this device may still give to walk-ins by
// itself.
func (r *Replica) Left(ctx context.Context, slot clinic.ID) (int, error) {
	return left(ctx, r.db.Reader(), slot)
}

func left(ctx context.Context, q querier, slot clinic.ID) (n int, err error) {
	acked, err := getNumber(ctx, q, metaLeaseAcked)
	if err != nil {
		return 0, err
	}
	err = q.QueryRowContext(ctx, `SELECT
		(SELECT COALESCE(SUM(granted - consumed), 0) FROM lease WHERE slot = $1 AND NOT given_back) -
		(SELECT COUNT(*) FROM walkin w JOIN event e ON e.booking = w.id WHERE w.slot = $1 AND e.walk_in IS NOT NULL AND e.seq > $2)`,
		slot[:], acked).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count the places for walk-ins: %w", err)
	}
	return max(0, n), nil
}

// Errands are what the device wants of central beside rows.
type Errands struct {
	Wishes  []syncproto.LeaseWish
	Returns []clinic.ID // leases, none of whose events wait any more
}

// Errands lists what is wanted. A lease is returned only when central has every
// event, so nothing that was given out of it comes later.
func (r *Replica) Errands(ctx context.Context) (e Errands, err error) {
	acked, err := getNumber(ctx, r.db.Reader(), metaAcked)
	if err != nil {
		return e, err
	}
	e.Wishes, err = list(ctx, r.db.Reader(), func(rows *sql.Rows, w *syncproto.LeaseWish) error {
		return rows.Scan((*blob)(&w.ID), (*blob)(&w.Slot), &w.Places)
	}, `SELECT id, slot, places FROM wish ORDER BY rowid LIMIT $1`, syncproto.MaxLeases)
	if err != nil {
		return e, err
	}
	e.Returns, err = list(ctx, r.db.Reader(), func(rows *sql.Rows, id *clinic.ID) error { return rows.Scan((*blob)(id)) },
		`SELECT id FROM lease WHERE given_back AND NOT EXISTS (SELECT 1 FROM event WHERE hash <> x'' AND seq > $2) LIMIT $1`, syncproto.MaxLeases, acked)
	return e, err
}

// Answered forgets wishes that central has answered, with a lease or without.
func (r *Replica) Answered(ctx context.Context, wishes []syncproto.LeaseWish) error {
	if len(wishes) == 0 {
		return nil
	}
	return r.write(ctx, func(tx *sql.Tx) error {
		for _, w := range wishes {
			if _, err := tx.ExecContext(ctx, `DELETE FROM wish WHERE id = $1`, w.ID[:]); err != nil {
				return fmt.Errorf("forget a wish: %w", err)
			}
		}
		return nil
	})
}

// applyLeases takes over what central says the device has.
func applyLeases(ctx context.Context, tx *sql.Tx, leases []syncproto.LeaseRow) error {
	back, err := list(ctx, tx, func(rows *sql.Rows, id *clinic.ID) error { return rows.Scan((*blob)(id)) }, `SELECT id FROM lease WHERE given_back`)
	if err != nil {
		return err
	}
	returning := make(map[clinic.ID]bool)
	for _, id := range back {
		returning[id] = true
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM lease`); err != nil {
		return fmt.Errorf("take over the leases: %w", err)
	}
	for _, l := range leases {
		if _, err := tx.ExecContext(ctx, `INSERT INTO lease (id, slot, granted, consumed, given_back) VALUES ($1, $2, $3, $4, $5)`,
			l.ID[:], l.Slot[:], l.Granted, l.Consumed, returning[l.ID]); err != nil {
			return fmt.Errorf("take over a lease: %w", err)
		}
	}
	return nil
}
