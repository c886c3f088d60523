package replica

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// Doubt is an event of this device that central has not counted, or has counted and
// wants looked at.
type Doubt struct {
	Ref     clinic.EventRef
	Booking clinic.ID
	Kind    clinic.EventKind
	At      time.Time
	Parked  bool         // it has no effect yet
	Code    string       // why, one of the verdicts' codes
	Decided clinic.Event // what was decided on it here: a void or an answer that central has not heard; zero for nothing
}

// takenBack is the code with which central settles the void of what did not count.
const takenBack = "TAKEN_BACK"

// Doubts lists what central says so of, of a day, in the order in which it happened.
// What was decided, here or at another desk, is left out once central knows of it.
func (r *Replica) Doubts(ctx context.Context, day clinic.Date) ([]Doubt, error) {
	type event struct {
		clinic.Event
		own     bool
		outcome syncproto.Outcome
		code    string
	}
	from, to := day.At(0), day.AddDays(1).At(0)
	all, err := list(ctx, r.db.Reader(), func(rows *sql.Rows, e *event) error {
		var (
			ref     clinic.EventRef
			booking clinic.ID
			sealed  []byte
		)
		if err := rows.Scan((*blob)(&ref.Device), &ref.Epoch, &ref.Seq, (*blob)(&booking), &sealed, &e.own, &e.outcome, &e.code); err != nil {
			return err
		}
		op, err := r.openOp(ref.Device, ref.Epoch, ref.Seq, sealed)
		if err != nil {
			return err
		}
		e.Event = op.Event(ref.Device, ref.Epoch)
		e.Booking = booking
		return nil
	}, `SELECT device, epoch, seq, booking, op, hash <> x'', outcome, code FROM event
		WHERE NOT command AND booking IN (SELECT booking FROM event WHERE hash <> x'' AND outcome IN ($1, $2)) ORDER BY epoch, seq`,
		syncproto.Flagged, syncproto.Parked)
	if err != nil {
		return nil, fmt.Errorf("read what central doubts: %w", err)
	}
	decided, heard := make(map[clinic.EventRef]clinic.Event), make(map[clinic.EventRef]bool)
	for _, e := range all {
		about := e.Voids
		if e.Kind == clinic.DoubtAnswered {
			a, err := clinic.ParseAnswer(e.Reason)
			if err != nil {
				return nil, fmt.Errorf("read what was decided on a doubt: %w", err)
			}
			about = a.About
		}
		if about.IsZero() {
			continue
		}
		if before := decided[about]; before.Kind != clinic.EventVoided { // nothing takes back a void
			decided[about] = e.Event
			heard[about] = !e.own || e.outcome != 0 && e.outcome.Counts() || e.code == takenBack
		}
	}
	var out []Doubt
	for _, e := range all {
		doubted := e.own && e.Kind != clinic.DoubtAnswered && (e.outcome == syncproto.Flagged || e.outcome == syncproto.Parked)
		if !doubted || heard[e.Ref] || e.At.Before(from) || !e.At.Before(to) {
			continue
		}
		out = append(out, Doubt{Ref: e.Ref, Booking: e.Booking, Kind: e.Kind, At: e.At, Parked: e.outcome == syncproto.Parked, Code: e.code, Decided: decided[e.Ref]})
	}
	return out, nil
}

// Decide writes what a desk decides on an event of this device that central doubts,
// about the event's booking, which need not be known here: a void or an answer.
func (r *Replica) Decide(ctx context.Context, about clinic.EventRef, draft Draft) error {
	_, err := r.act(ctx, func(tx *sql.Tx) (clinic.Booking, error) {
		var booking clinic.ID
		err := tx.QueryRowContext(ctx, `SELECT booking FROM event WHERE device = $1 AND epoch = $2 AND seq = $3`,
			about.Device[:], about.Epoch, about.Seq).Scan((*blob)(&booking))
		if err != nil {
			return clinic.Booking{}, fmt.Errorf("find what central doubts: %w", err)
		}
		b, err := r.booking(ctx, tx, booking)
		if errors.Is(err, ErrNoBooking) {
			return clinic.Booking{ID: booking}, nil
		}
		return b, err
	}, func(clinic.Booking) (Draft, error) { return draft, nil })
	return err
}

// dropTakenBack settles, as central has, what never counted and was taken back; v is
// the verdict on it, or on the voids. Whose walk-in that was leaves the list: nobody came.
func (r *Replica) dropTakenBack(ctx context.Context, tx *sql.Tx, g syncproto.Grant, v syncproto.Verdict) error {
	voids, err := list(ctx, tx, func(rows *sql.Rows, op *syncproto.Op) error {
		var seq uint64
		var sealed []byte
		err := rows.Scan(&seq, &sealed)
		if err == nil {
			*op, err = r.openOp(g.Device, g.Epoch, seq, sealed)
		}
		return err
	}, `SELECT seq, op FROM event WHERE device = $1 AND epoch = $2 AND seq BETWEEN $3 AND $4`, g.Device[:], g.Epoch, v.Seq, v.Seq+uint64(v.More))
	if err != nil {
		return fmt.Errorf("read what was taken back: %w", err)
	}
	for _, op := range voids {
		if op.Kind == clinic.WalkInRegistered { // another desk took it back
			if err := exec(ctx, tx, `DELETE FROM walkin WHERE id = $1`, op.Booking[:]); err != nil {
				return fmt.Errorf("forget a walk-in that was taken back: %w", err)
			}
		}
		if op.Voids == nil {
			continue
		}
		if err := exec(ctx, tx, `UPDATE event SET outcome = $1, code = $2 WHERE device = $3 AND epoch = $4 AND seq = $5 AND hash <> x'' AND outcome = $6`,
			syncproto.Rejected, takenBack, op.Voids.Device[:], op.Voids.Epoch, op.Voids.Seq, syncproto.Parked); err != nil {
			return fmt.Errorf("settle what was taken back: %w", err)
		}
		if err := exec(ctx, tx, `DELETE FROM walkin WHERE id IN (SELECT booking FROM event WHERE device = $1 AND epoch = $2 AND seq = $3 AND walk_in IS NOT NULL AND NOT command)`,
			op.Voids.Device[:], op.Voids.Epoch, op.Voids.Seq); err != nil {
			return fmt.Errorf("forget a walk-in that was taken back: %w", err)
		}
	}
	return nil
}
