package replica

import (
	"context"
	"database/sql"
	"fmt"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// keptDays is for how many days events are kept that central has: own ones, and those
// that other devices passed on. A backup that is older loses what only they held.
const keptDays = 30

const passedColumns = `device, epoch, seq, booking, op, walk_in, previous, hash, signature`

// keep puts aside what a device passed on, up to a number.
func (r *Replica) keep(ctx context.Context, tx *sql.Tx, d syncproto.Head) error {
	now, err := r.latest(ctx, tx)
	if err != nil {
		return err
	}
	return exec(ctx, tx, `INSERT INTO peer_kept (`+passedColumns+`, day) SELECT `+passedColumns+`, $1 FROM peer_event
		WHERE device = $2 AND epoch = $3 AND seq <= $4 ON CONFLICT (device, epoch, seq) DO NOTHING`,
		syncproto.DayOf(clinic.DateOf(now)), d.Device[:], d.Epoch, int64(d.Seq))
}

// BringBack has what other devices passed on wait for central again where that was
// restored from a backup and, by what it says of the site's devices, has lost it: their
// makers may be gone. What central could not take, for want of the event before, stays
// aside until it can.
func (r *Replica) BringBack(ctx context.Context, n syncproto.Neighbours) error {
	var any bool
	if err := r.db.Reader().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM peer_kept WHERE NOT offered)`).Scan(&any); err != nil || !any {
		return err
	}
	return r.write(ctx, func(tx *sql.Tx) error {
		for _, d := range n.Devices {
			if err := r.bringBack(ctx, tx, d); err != nil {
				return fmt.Errorf("bring back what device %s passed on: %w", d.Device, err)
			}
		}
		return nil
	})
}

func (r *Replica) bringBack(ctx context.Context, tx *sql.Tx, d syncproto.Neighbour) error {
	type kept struct {
		seq            uint64
		sealed, person []byte
	}
	all, err := list(ctx, tx, func(rows *sql.Rows, k *kept) error { return rows.Scan(&k.seq, &k.sealed, &k.person) },
		`SELECT seq, op, walk_in FROM peer_kept WHERE NOT offered AND device = $1 AND epoch = $2 AND seq > $3 ORDER BY seq`, d.Device[:], d.Epoch, int64(d.Acked))
	if err != nil {
		return err
	}
	last := d.Acked
	for _, k := range all {
		if k.seq != last+1 {
			break
		}
		last = k.seq
		if k.person == nil {
			continue
		}
		op, err := r.openWhole(d.Device, d.Epoch, k.seq, k.sealed, k.person)
		if err == nil && op.WalkIn != nil {
			err = r.addPeerWalkIn(ctx, tx, op)
		}
		if err != nil {
			return err
		}
	}
	if err := exec(ctx, tx, `INSERT INTO peer_event (`+passedColumns+`) SELECT `+passedColumns+` FROM peer_kept
		WHERE device = $1 AND epoch = $2 AND seq > $3 AND seq <= $4 ON CONFLICT (device, epoch, seq) DO NOTHING`, d.Device[:], d.Epoch, int64(d.Acked), int64(last)); err != nil {
		return err
	}
	return exec(ctx, tx, `UPDATE peer_kept SET offered = true WHERE NOT offered AND device = $1 AND epoch = $2 AND seq <= $3`, d.Device[:], d.Epoch, int64(last))
}
