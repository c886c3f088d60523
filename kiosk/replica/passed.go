package replica

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// ErrPassed says that an event that was passed on is not taken: not by a device of
// the site that is in order, not as its device signed it, or not the next link of
// that device's chain.
var ErrPassed = errors.New("an event that was passed on is refused")

func refusePassed(p syncproto.Push, why string) error {
	return fmt.Errorf("%w: device %s, event %d: %s", ErrPassed, p.Device, p.Ops[0].Seq, why)
}

// TakePassed keeps events of other devices and says how many were new. One that is
// refused is left out, and with it what follows it in its device's chain; the error
// then wraps ErrPassed and the others are kept.
func (r *Replica) TakePassed(ctx context.Context, p syncproto.Passed) (kept int, err error) {
	if err := p.Check(); err != nil {
		return 0, err
	}
	n, err := r.Neighbours(ctx)
	if err != nil {
		return 0, err
	}
	others, err := r.others(ctx, n)
	if err != nil {
		return 0, err
	}
	var refused []error
	err = r.db.InTx(ctx, func(tx *sql.Tx) error {
		kept, refused = 0, nil
		for _, e := range p.Events {
			isNew, err := r.takePassed(ctx, tx, others, e)
			switch {
			case errors.Is(err, ErrPassed):
				refused = append(refused, err)
			case err != nil:
				return err
			case isNew:
				kept++
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	if kept > 0 {
		r.tell()
	}
	return kept, errors.Join(refused...)
}

func (r *Replica) takePassed(ctx context.Context, tx *sql.Tx, others map[clinic.ID]syncproto.Neighbour, p syncproto.Push) (isNew bool, err error) {
	d, known := others[p.Device]
	if !known {
		return false, refusePassed(p, "its device is not one of this site in order")
	}
	link, err := d.Takes(p)
	if err != nil {
		return false, fmt.Errorf("%w: %w", refusePassed(p, "as it came"), err)
	}
	op := p.Ops[0]
	last, head, err := peerHead(ctx, tx, d)
	if err != nil {
		return false, err
	}
	if op.Seq <= last {
		return false, r.heldPassed(ctx, tx, p, link)
	}
	if op.Seq != last+1 || len(head) != 0 && !bytes.Equal(head, p.Previous) {
		return false, refusePassed(p, fmt.Sprintf("it does not follow event %d", last))
	}
	if op.WalkIn != nil {
		if err := r.addPeerWalkIn(ctx, tx, op); err != nil {
			return false, err
		}
	}
	if op.Kind == clinic.StockMoved {
		if err := r.keepStock(ctx, tx, p.Device, p.Epoch, op, false); err != nil {
			return false, err
		}
	}
	person, err := r.sealPersonal(p.Device, p.Epoch, &op)
	if err != nil {
		return false, err
	}
	if _, err := tx.ExecContext(ctx,
		`INSERT INTO peer_event (device, epoch, seq, booking, op, walk_in, previous, hash, signature) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		p.Device[:], p.Epoch, op.Seq, op.Booking[:], r.sealOp(p.Device, p.Epoch, op), person, p.Previous, link[:], p.Signature); err != nil {
		return false, fmt.Errorf("keep an event of another device: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO peer_head (device, epoch, seq, hash) VALUES ($1, $2, $3, $4)
		ON CONFLICT (device, epoch) DO UPDATE SET seq = excluded.seq, hash = excluded.hash`, p.Device[:], p.Epoch, op.Seq, link[:]); err != nil {
		return false, fmt.Errorf("note how far a device got: %w", err)
	}
	return true, r.noteStandby(ctx, tx, op.Event(p.Device, p.Epoch))
}

// heldPassed judges an event that came before: it has to be the same.
func (r *Replica) heldPassed(ctx context.Context, tx *sql.Tx, p syncproto.Push, link syncproto.Hash) error {
	var held []byte
	err := tx.QueryRowContext(ctx, `SELECT hash FROM peer_event WHERE device = $1 AND epoch = $2 AND seq = $3`, p.Device[:], p.Epoch, p.Ops[0].Seq).Scan(&held)
	switch {
	case errors.Is(err, sql.ErrNoRows): // central has told it since
		return nil
	case err != nil:
		return fmt.Errorf("read an event of another device: %w", err)
	case !bytes.Equal(held, link[:]):
		return refusePassed(p, "another one with its number is here")
	}
	return nil
}

func (r *Replica) addPeerWalkIn(ctx context.Context, tx *sql.Tx, op syncproto.Op) error {
	w := op.WalkIn
	plain, err := cbor.Marshal(sealedPerson{IDNumber: w.IDNumber, Name: w.Name, Birth: w.Birth})
	if err != nil {
		return fmt.Errorf("write another device's walk-in: %w", err)
	}
	who := r.keys.Index("booking.who", w.IDNumber)
	if _, err := tx.ExecContext(ctx, `INSERT INTO peer_walkin (id, slot, day, dose, who, person, created)
		SELECT $1, id, day, $2, $3, $4, $5 FROM slot WHERE id = $6 ON CONFLICT (id) DO NOTHING`,
		op.Booking[:], w.Dose, who[:], r.keys.Seal("booking", "person", op.Booking[:], plain), op.At, w.Slot[:]); err != nil {
		return fmt.Errorf("write another device's walk-in: %w", err)
	}
	return nil
}

// PassOn gives what a device that told its heads lacks: the events of this device,
// signed now, and what others passed on, as they signed it.
func (r *Replica) PassOn(ctx context.Context, h syncproto.Heads) (syncproto.Passed, error) {
	var out syncproto.Passed
	id, err := r.Identity(ctx)
	if err != nil {
		return out, err
	}
	for _, head := range h.Heads {
		limit := syncproto.MaxPassed + 1 - len(out.Events)
		var events []syncproto.Push
		if head.Device == id.Grant.Device && head.Epoch == id.Grant.Epoch {
			events, err = r.ownAfter(ctx, id, head.Seq, limit)
		} else {
			events, err = r.passedAfter(ctx, head, limit)
		}
		if err != nil {
			return out, fmt.Errorf("pass on events: %w", err)
		}
		out.Events = append(out.Events, events...)
		if len(out.Events) > syncproto.MaxPassed {
			out.Events, out.More = out.Events[:syncproto.MaxPassed], true
			break
		}
	}
	return out, nil
}

// ownAfter signs own events one by one, beginning with the next after a number.
func (r *Replica) ownAfter(ctx context.Context, id Identity, after uint64, limit int) ([]syncproto.Push, error) {
	q := r.db.Reader()
	previous := make([]byte, len(syncproto.Hash{}))
	if after > 0 {
		hash, err := hashAt(ctx, q, id.Grant, after)
		if err != nil || len(hash) == 0 { // purged: central has told it long ago
			return nil, err
		}
		previous = hash
	}
	events, err := r.pushes(ctx, id.Grant.Device, id.Grant.Epoch,
		`SELECT seq, op, walk_in, x'', hash, x'' FROM event WHERE device = $1 AND epoch = $2 AND seq > $3 AND hash <> x'' ORDER BY seq LIMIT $4`, after, limit)
	key := ed25519.NewKeyFromSeed(id.Sign)
	for i := range events {
		if events[i].Ops[0].Seq != after+1+uint64(i) { // what stood between was purged
			return pushesOf(events[:i]), err
		}
		link := events[i].hash
		events[i].Previous, previous = previous, link
		if err := events[i].Sign(key); err != nil {
			return nil, err
		}
	}
	return pushesOf(events), err
}

func (r *Replica) passedAfter(ctx context.Context, h syncproto.Head, limit int) ([]syncproto.Push, error) {
	events, err := r.pushes(ctx, h.Device, h.Epoch,
		`SELECT seq, op, walk_in, previous, hash, signature FROM peer_event WHERE device = $1 AND epoch = $2 AND seq > $3 ORDER BY seq LIMIT $4`, h.Seq, limit)
	return pushesOf(events), err
}

type linked struct {
	syncproto.Push
	hash []byte
}

func pushesOf(events []linked) (out []syncproto.Push) {
	for _, e := range events {
		out = append(out, e.Push)
	}
	return out
}

func (r *Replica) pushes(ctx context.Context, device clinic.ID, epoch uint32, query string, after uint64, limit int) ([]linked, error) {
	return list(ctx, r.db.Reader(), func(rows *sql.Rows, e *linked) error {
		var (
			seq            uint64
			sealed, person []byte
		)
		if err := rows.Scan(&seq, &sealed, &person, &e.Previous, &e.hash, &e.Signature); err != nil {
			return err
		}
		op, err := r.openWhole(device, epoch, seq, sealed, person)
		e.Device, e.Epoch, e.Ops = device, epoch, []syncproto.Op{op}
		return err
	}, query, device[:], epoch, after, limit)
}
