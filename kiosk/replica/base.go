package replica

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/fxamacker/cbor/v2"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// Position is how far the base has got.
type Position struct {
	History clinic.ID // zero on a new replica
	Cursor  int64
	Whole   int64 // the cursor when a pull last came to its end; 0: none has yet
}

// Position reads how far the base has got.
func (r *Replica) Position(ctx context.Context) (Position, error) {
	return position(ctx, r.db.Reader())
}

func position(ctx context.Context, q querier) (Position, error) {
	var p Position
	var history []byte
	err := q.QueryRowContext(ctx, `SELECT (SELECT value FROM meta WHERE key = $1),
		(SELECT COALESCE(MAX(CAST(value AS INTEGER)), 0) FROM meta WHERE key = $2), (SELECT COALESCE(MAX(CAST(value AS INTEGER)), 0) FROM meta WHERE key = $3)`,
		metaHistory, metaCursor, metaWhole).
		Scan(&history, &p.Cursor, &p.Whole)
	if err != nil {
		return p, fmt.Errorf("read how far the base is: %w", err)
	}
	copy(p.History[:], history)
	return p, nil
}

// Welcome takes over what central said at the start of a session. When central's
// history changed (it was restored from a backup), or it no longer tells all that has
// changed since the cursor, the base is told afresh, and what it holds is shown until
// that is done; and every event central no longer has is waiting again. Nothing that
// was done here is forgotten.
func (r *Replica) Welcome(ctx context.Context, w syncproto.Welcome) error {
	id, err := r.Identity(ctx)
	if err != nil {
		return err
	}
	r.Contact(w.Time)
	return r.write(ctx, func(tx *sql.Tx) error {
		history, err := getMeta(ctx, tx, metaHistory)
		if err != nil {
			return err
		}
		cursor, err := getNumber(ctx, tx, metaCursor)
		if err != nil {
			return err
		}
		floor, err := getNumber(ctx, tx, metaFloor)
		if err != nil {
			return err
		}
		other := string(history) != string(w.History[:])
		old := cursor < w.MinSeq && floor < w.MinSeq // a base that began above the floor lacks nothing below it
		if other || old {
			if err := r.beginSnapshot(ctx, tx); err != nil {
				return err
			}
			if other {
				if err := exec(ctx, tx, `UPDATE peer_kept SET offered = false`); err != nil {
					return fmt.Errorf("have what was kept offered anew: %w", err)
				}
				if err := exec(ctx, tx, forgetVerdicts, syncproto.DayOf(r.Today().AddDays(-1))); err != nil {
					return fmt.Errorf("have what happened judged anew: %w", err)
				}
			}
			if err := errors.Join(setMeta(ctx, tx, metaHistory, w.History[:]), setNumber(ctx, tx, metaFloor, w.MinSeq)); err != nil {
				return err
			}
		}
		acked, err := agreed(ctx, tx, id.Grant, w, other)
		if err != nil {
			return err
		}
		if err := setNumber(ctx, tx, metaAcked, acked); err != nil {
			return err
		}
		return setNumber(ctx, tx, metaContact, w.Time)
	})
}

// What a central said of events that was restored since may not be what it says now:
// another device may have brought them to it. Those of days that people still look at
// are asked about again.
const forgetVerdicts = `UPDATE event SET outcome = 0, code = '' WHERE hash <> x'' AND booking IN (SELECT id FROM known WHERE day >= $1)`

// agreed is the last of our events that central has. Where its last one is not
// ours, another disk speaks in this device's name: then it is one before that, so
// that the next push has central see both. A central with another history may have
// all of them from there.
func agreed(ctx context.Context, tx *sql.Tx, g syncproto.Grant, w syncproto.Welcome, other bool) (int64, error) {
	if w.AckedSeq == 0 {
		return 0, nil
	}
	max, _, err := chainHead(ctx, tx, g)
	if err != nil {
		return 0, err
	}
	hash, err := hashAt(ctx, tx, g, w.AckedSeq)
	if err != nil {
		return 0, err
	}
	if w.AckedSeq <= max && (hash == nil || bytes.Equal(hash, w.ChainHead)) { // an old one may have been purged
		return int64(w.AckedSeq), nil
	}
	known, err := getNumber(ctx, tx, metaAcked)
	if err == nil && other {
		known, err = unbroken(ctx, tx, g)
	}
	return min(known, int64(w.AckedSeq)-1), err
}

// Apply writes a page into the base, all or nothing, and moves the cursor. It
// refuses with ErrOwn.
func (r *Replica) Apply(ctx context.Context, page syncproto.Page) error {
	r.Contact(page.Time)
	err := r.apply(ctx, page)
	if errors.Is(err, ErrOwn) {
		err = errors.Join(err, r.write(ctx, func(tx *sql.Tx) error { return setNumber(ctx, tx, metaWhole, 0) }))
	}
	return err
}

func (r *Replica) apply(ctx context.Context, page syncproto.Page) error {
	return r.write(ctx, func(tx *sql.Tx) error {
		if err := r.applyRows(ctx, tx, page.Rows, page.Own...); err != nil {
			return err
		}
		if page.Leases != nil {
			if err := applyLeases(ctx, tx, *page.Leases); err != nil {
				return err
			}
		}
		if err := errors.Join(setNumber(ctx, tx, metaCursor, page.Next), raiseNumber(ctx, tx, metaAcked, int64(page.AckedSeq))); err != nil {
			return err
		}
		if !page.More {
			if err := pulled(ctx, tx, page); err != nil {
				return err
			}
		}
		if page.Checkpoint != nil {
			if err := keepCheckpoint(ctx, tx, *page.Checkpoint); err != nil {
				return err
			}
		}
		return setNumber(ctx, tx, metaContact, page.Time)
	})
}

// pulled notes that a pull came to its end with a page.
func pulled(ctx context.Context, tx *sql.Tx, page syncproto.Page) error {
	whole, err := getNumber(ctx, tx, metaWhole)
	if err != nil {
		return err
	}
	if whole == 0 {
		if err := endSnapshot(ctx, tx); err != nil {
			return err
		}
	}
	return errors.Join(setNumber(ctx, tx, metaLeaseAcked, int64(page.AckedSeq)), setNumber(ctx, tx, metaWhole, page.Next))
}

func raiseNumber(ctx context.Context, tx *sql.Tx, key string, n int64) error {
	old, err := getNumber(ctx, tx, key)
	if err != nil || n <= old {
		return err
	}
	return setNumber(ctx, tx, key, n)
}

// exec runs a statement; connections keep it by its text, so that it is planned once.
func exec(ctx context.Context, tx *sql.Tx, statement string, args ...any) error {
	_, err := tx.ExecContext(ctx, statement, args...)
	return err
}

// days runs a statement that gives a day for each row.
func days(ctx context.Context, tx *sql.Tx, statement string, args ...any) ([]syncproto.Day, error) {
	return list(ctx, tx, func(rows *sql.Rows, day *syncproto.Day) error { return rows.Scan(day) }, statement, args...)
}

func (r *Replica) applyRows(ctx context.Context, tx *sql.Tx, rows []syncproto.Row, own ...syncproto.OwnRun) error {
	for _, row := range rows {
		if err := errors.Join(r.stale(ctx, tx, row), r.applyRow(ctx, tx, row)); err != nil {
			return fmt.Errorf("apply row %d: %w", row.Seq, err)
		}
	}
	if err := r.applyOwn(ctx, tx, own); err != nil {
		return err
	}
	return settleWalkIns(ctx, tx)
}

func (r *Replica) applyRow(ctx context.Context, tx *sql.Tx, row syncproto.Row) error {
	switch {
	case row.Site != nil:
		body, err := cbor.Marshal(row.Site)
		if err != nil {
			return err
		}
		return errors.Join(setMeta(ctx, tx, metaSite, body), setNumber(ctx, tx, metaSiteSeq, row.Seq))
	case row.Programme != nil:
		if !json.Valid(row.Programme.Doc) {
			return fmt.Errorf("programme %s is not JSON", row.Programme.Code)
		}
		return exec(ctx, tx,
			`INSERT INTO programme (code, doc, seq) VALUES ($1, $2, $3) ON CONFLICT (code) DO UPDATE SET doc = excluded.doc, seq = excluded.seq, stale = false`,
			row.Programme.Code, row.Programme.Doc, row.Seq)
	case row.Slot != nil:
		return applySlot(ctx, tx, row.Seq, row.Slot)
	case row.Booking != nil:
		return r.applyBooking(ctx, tx, row.Seq, row.Booking)
	case row.Gone != nil:
		return applyGone(ctx, tx, row.Gone)
	}
	return nil // a kind of row that a later version of central may send
}

func applySlot(ctx context.Context, tx *sql.Tx, seq int64, s *syncproto.SlotRow) error {
	return exec(ctx, tx,
		`INSERT INTO slot (id, period, programme, vaccine, day, start_min, end_min, capacity, taken, seq)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (id) DO UPDATE SET period = excluded.period, programme = excluded.programme, vaccine = excluded.vaccine,
			day = excluded.day, start_min = excluded.start_min, end_min = excluded.end_min,
			capacity = excluded.capacity, taken = excluded.taken, seq = excluded.seq, stale = false`,
		s.ID[:], s.Period, s.Programme, s.Vaccine, s.Date, s.Start, s.End, s.Capacity, s.Taken, seq)
}

// sealedPerson is the sealed form of a person in the booking table.
type sealedPerson struct {
	IDNumber string        `cbor:"1,keyasint"`
	Name     string        `cbor:"2,keyasint"`
	Birth    syncproto.Day `cbor:"3,keyasint"`
	Mobile   string        `cbor:"4,keyasint"`
	Landline string        `cbor:"5,keyasint"`
	Guardian string        `cbor:"6,keyasint"`
}

func (r *Replica) applyBooking(ctx context.Context, tx *sql.Tx, seq int64, b *syncproto.BookingRow) error {
	plain, err := cbor.Marshal(sealedPerson{b.IDNumber, b.Name, b.Birth, b.Mobile, b.Landline, b.Guardian})
	if err != nil {
		return err
	}
	who := r.keys.Index("booking.who", b.IDNumber)
	err = exec(ctx, tx,
		`INSERT INTO booking (id, slot, day, dose, who, person, created, cancelled, version, seq)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (id) DO UPDATE SET slot = excluded.slot, day = excluded.day, dose = excluded.dose, who = excluded.who,
			person = excluded.person, created = excluded.created, cancelled = excluded.cancelled, version = excluded.version, seq = excluded.seq, stale = false`,
		b.ID[:], b.Slot[:], b.Date, b.Dose, who[:], r.keys.Seal("booking", "person", b.ID[:], plain),
		b.Created, b.Cancelled, b.Version, seq)
	if err != nil {
		return err
	}
	for _, e := range b.Events {
		err := exec(ctx, tx,
			`INSERT INTO event (device, epoch, seq, booking, op, hash, told) VALUES ($1, $2, $3, $4, $5, x'', true)
			ON CONFLICT (device, epoch, seq) DO UPDATE SET booking = excluded.booking, told = true,
				op = CASE WHEN event.hash = x'' THEN excluded.op ELSE event.op END`,
			e.Device[:], e.Epoch, e.Op.Seq, b.ID[:], r.sealOp(e.Device, e.Epoch, e.Op))
		if err != nil {
			return fmt.Errorf("keep event %d of another device: %w", e.Op.Seq, err)
		}
	}
	return nil
}

// applyGone forgets a booking that has left the site. What was done here stays
// in the outbox: central decides what comes of it.
func applyGone(ctx context.Context, tx *sql.Tx, g *syncproto.GoneRow) error {
	for _, s := range []string{`DELETE FROM event WHERE booking = $1 AND hash = x''`, `UPDATE event SET told = false WHERE booking = $1`} {
		if err := exec(ctx, tx, s, g.ID[:]); err != nil {
			return fmt.Errorf("forget the events of a booking that left: %w", err)
		}
	}
	return exec(ctx, tx, `DELETE FROM booking WHERE id = $1`, g.ID[:])
}

// Purge forgets what is older than the scope: bookings and slots before
// yesterday, and events that central acknowledged more than 30 days ago, which
// it would ask for again only after a restore. The last acknowledged event stays,
// for the next one is chained to it. Before the first contact of this run nobody
// knows what day it is, and nothing is forgotten.
func (r *Replica) Purge(ctx context.Context) error {
	r.mu.Lock()
	heard := !r.anchor.central.IsZero()
	r.mu.Unlock()
	if !heard {
		return nil
	}
	first := syncproto.DayOf(r.Today().AddDays(-1))
	old := syncproto.DayOf(r.Today().AddDays(-keptDays))
	return r.write(ctx, func(tx *sql.Tx) error {
		acked, err := getNumber(ctx, tx, metaAcked)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx,
			`DELETE FROM event WHERE booking IN (SELECT id FROM known WHERE day < $1) AND (hash = x'' OR seq < $2)`,
			old, acked); err != nil {
			return fmt.Errorf("purge events: %w", err)
		}
		if _, err := tx.ExecContext(ctx,
			`DELETE FROM booking WHERE day < $1 AND id NOT IN (SELECT booking FROM event)`, first); err != nil {
			return fmt.Errorf("purge bookings: %w", err)
		}
		if err := exec(ctx, tx, `DELETE FROM peer_kept WHERE day < $1`, old); err != nil {
			return fmt.Errorf("purge what other devices passed on: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM walkin WHERE day < $1 AND id NOT IN (SELECT booking FROM event)`, first); err != nil {
			return fmt.Errorf("purge walk-ins: %w", err)
		}
		if err := exec(ctx, tx, `DELETE FROM event WHERE seq < $1 AND (device, epoch, seq) IN (SELECT device, epoch, seq FROM stock_event WHERE at < $2)`, acked, old.Date().At(0).UnixMilli()); err != nil {
			return fmt.Errorf("purge events of the stock: %w", err)
		}
		if err := purgeStandby(ctx, tx, syncproto.DayOf(r.Today()), first, old.Date().At(0), acked); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM slot WHERE day < $1 AND id NOT IN (SELECT slot FROM known)`, first)
		return err
	})
}

// Contact notes central's clock, in Unix milliseconds, as told just now.
func (r *Replica) Contact(central int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.anchor = anchor{time.UnixMilli(central), r.clock()}
}

// LastContact is when central was last heard, zero if never.
func (r *Replica) LastContact(ctx context.Context) (time.Time, error) {
	ms, err := getNumber(ctx, r.db.Reader(), metaContact)
	if err != nil || ms == 0 {
		return time.Time{}, err
	}
	return time.UnixMilli(ms), nil
}
