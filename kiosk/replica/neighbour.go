package replica

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// Neighbours gives the devices of the site as central last told them, with the
// site's key; none where it has not, or not any more, and on a device that is locked.
func (r *Replica) Neighbours(ctx context.Context) (syncproto.Neighbours, error) {
	if locked, err := r.Locked(ctx); err != nil || locked {
		return syncproto.Neighbours{}, err
	}
	return r.neighbours(ctx, r.db.Reader())
}

func (r *Replica) neighbours(ctx context.Context, q querier) (n syncproto.Neighbours, err error) {
	sealed, err := getMeta(ctx, q, metaNeighbours)
	if err != nil || sealed == nil {
		return n, err
	}
	plain, err := r.keys.Open("meta", "value", []byte(metaNeighbours), sealed)
	if err != nil {
		return n, fmt.Errorf("open the site's devices: %w", err)
	}
	if err := cbor.Unmarshal(plain, &n); err != nil {
		return n, fmt.Errorf("read the site's devices: %w", err)
	}
	return n, nil
}

// TakeNeighbours keeps the devices of the site as central told them before a pull
// that has come to its end since: what central had of their events is in the base
// now, and goes from what they passed on, to be kept aside. So does everything of a
// device that is not in order any more; of a site that has turned the help off nothing
// more is kept.
func (r *Replica) TakeNeighbours(ctx context.Context, n syncproto.Neighbours) error {
	plain, err := cbor.Marshal(n)
	if err != nil {
		return fmt.Errorf("keep the site's devices: %w", err)
	}
	held, err := r.neighbours(ctx, r.db.Reader())
	if err != nil {
		return err
	}
	before, err := cbor.Marshal(held)
	if err != nil {
		return err
	}
	same := bytes.Equal(before, plain)
	if same {
		if holds, err := r.HoldsPassed(ctx); err != nil || !holds {
			return err
		}
	}
	others, err := r.others(ctx, n)
	if err != nil {
		return err
	}
	if same { // as before, and yet something may have been brought back since
		if rest, err := unsettled(ctx, r.db.Reader(), `peer_event`, others); err != nil || len(rest) == 0 {
			return err
		}
	}
	return r.write(ctx, func(tx *sql.Tx) error {
		if err := setMeta(ctx, tx, metaNeighbours, r.keys.Seal("meta", "value", []byte(metaNeighbours), plain)); err != nil {
			return err
		}
		if err := r.settle(ctx, tx, n, others); err != nil {
			return fmt.Errorf("settle what devices passed on: %w", err)
		}
		return nil
	})
}

// others gives the devices whose events are taken: those in order, but for this one.
func (r *Replica) others(ctx context.Context, n syncproto.Neighbours) (map[clinic.ID]syncproto.Neighbour, error) {
	id, err := r.Identity(ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[clinic.ID]syncproto.Neighbour, len(n.Devices))
	for _, d := range n.Devices {
		if d.Device != id.Grant.Device && !d.Revoked && len(n.Key) > 0 {
			out[d.Device] = d
		}
	}
	return out, nil
}

// unsettled gives up to which number what a device passed on is to go, of those of
// which something lies in a table.
func unsettled(ctx context.Context, q querier, table string, others map[clinic.ID]syncproto.Neighbour) (rest []syncproto.Head, err error) {
	held, err := list(ctx, q, func(rows *sql.Rows, h *syncproto.Head) error { return rows.Scan((*blob)(&h.Device), &h.Epoch, &h.Seq) },
		`SELECT device, epoch, MIN(seq) FROM `+table+` GROUP BY device, epoch`)
	if err != nil {
		return nil, fmt.Errorf("look for what was passed on: %w", err)
	}
	for _, h := range held {
		first := h.Seq
		h.Seq = 1<<63 - 1
		if d, ok := others[h.Device]; ok && d.Epoch == h.Epoch {
			h.Seq = d.Acked
		}
		if first <= h.Seq {
			rest = append(rest, h)
		}
	}
	return rest, nil
}

func (r *Replica) settle(ctx context.Context, tx *sql.Tx, n syncproto.Neighbours, others map[clinic.ID]syncproto.Neighbour) error {
	rest, err := unsettled(ctx, tx, `peer_event`, others)
	if err != nil {
		return err
	}
	for _, h := range rest {
		if len(n.Key) > 0 {
			if err := r.keep(ctx, tx, h); err != nil {
				return err
			}
		}
		// Central has more to judge by what is parked, such as another desk's void of it.
		if err := exec(ctx, tx, `UPDATE event SET outcome = 0, code = '' WHERE hash <> x'' AND outcome = $1
			AND booking IN (SELECT booking FROM peer_event WHERE device = $2 AND epoch = $3 AND seq <= $4)`, syncproto.Parked, h.Device[:], h.Epoch, int64(h.Seq)); err != nil {
			return err
		}
		if err := exec(ctx, tx, `DELETE FROM peer_event WHERE device = $1 AND epoch = $2 AND seq <= $3`, h.Device[:], h.Epoch, int64(h.Seq)); err != nil {
			return err
		}
	}
	for _, d := range others {
		hash := []byte{}
		if d.Acked == 0 {
			hash = make([]byte, len(syncproto.Hash{})) // its chain begins
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO peer_head (device, epoch, seq, hash) VALUES ($1, $2, $3, $4)
			ON CONFLICT (device, epoch) DO UPDATE SET seq = excluded.seq, hash = excluded.hash WHERE excluded.seq > peer_head.seq`,
			d.Device[:], d.Epoch, d.Acked, hash); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM peer_walkin WHERE id NOT IN (SELECT booking FROM peer_event WHERE walk_in IS NOT NULL)`)
	return err
}

// HoldsPassed reports whether something that other devices passed on is here still.
func (r *Replica) HoldsPassed(ctx context.Context) (holds bool, err error) {
	if err := r.db.Reader().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM peer_event)`).Scan(&holds); err != nil {
		return false, fmt.Errorf("look for what was passed on: %w", err)
	}
	return holds, nil
}

// Heads tells how far this device got with the events of the others.
func (r *Replica) Heads(ctx context.Context) (syncproto.Heads, error) {
	n, err := r.Neighbours(ctx)
	if err != nil {
		return syncproto.Heads{}, err
	}
	others, err := r.others(ctx, n)
	if err != nil {
		return syncproto.Heads{}, err
	}
	var out syncproto.Heads
	for _, d := range n.Devices {
		if _, ok := others[d.Device]; !ok {
			continue
		}
		seq, _, err := peerHead(ctx, r.db.Reader(), d)
		if err != nil {
			return out, err
		}
		out.Heads = append(out.Heads, syncproto.Head{Device: d.Device, Epoch: d.Epoch, Seq: seq})
	}
	return out, nil
}

func peerHead(ctx context.Context, q querier, d syncproto.Neighbour) (seq uint64, hash []byte, err error) {
	err = q.QueryRowContext(ctx, `SELECT seq, hash FROM peer_head WHERE device = $1 AND epoch = $2`, d.Device[:], d.Epoch).Scan(&seq, &hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, nil, fmt.Errorf("read how far a device got: %w", err)
	}
	return seq, hash, nil
}
