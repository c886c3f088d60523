package replica

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// Doubt is an event of this device that central has not counted, or has counted and
// wants looked at.
type Doubt struct {
	Booking clinic.ID
	Kind    clinic.EventKind
	At      time.Time
	Parked  bool   // it has no effect yet
	Code    string // why, one of the verdicts' codes
}

// Doubts lists what central says so of, of a day, in the order in which it happened.
// What was taken back since is left out.
func (r *Replica) Doubts(ctx context.Context, day clinic.Date) ([]Doubt, error) {
	type event struct {
		Doubt
		ref, voids clinic.EventRef
		outcome    syncproto.Outcome
	}
	from, to := day.At(0), day.AddDays(1).At(0)
	all, err := list(ctx, r.db.Reader(), func(rows *sql.Rows, e *event) error {
		var sealed []byte
		if err := rows.Scan((*blob)(&e.ref.Device), &e.ref.Epoch, &e.ref.Seq, &sealed, &e.outcome, &e.Code); err != nil {
			return err
		}
		op, err := r.openOp(e.ref.Device, e.ref.Epoch, e.ref.Seq, sealed)
		if err != nil {
			return err
		}
		e.Booking, e.Kind, e.At, e.Parked = op.Booking, op.Kind, time.UnixMilli(op.At), e.outcome == syncproto.Parked
		if op.Voids != nil {
			e.voids = clinic.EventRef(*op.Voids)
		}
		return nil
	}, `SELECT device, epoch, seq, op, outcome, code FROM event
		WHERE hash <> x'' AND NOT command AND booking IN (SELECT booking FROM event WHERE hash <> x'' AND outcome IN ($1, $2)) ORDER BY epoch, seq`,
		syncproto.Flagged, syncproto.Parked)
	if err != nil {
		return nil, fmt.Errorf("read what central doubts: %w", err)
	}
	gone := make(map[clinic.EventRef]bool)
	for _, e := range all {
		gone[e.voids] = true
	}
	var out []Doubt
	for _, e := range all {
		if (e.outcome == syncproto.Flagged || e.outcome == syncproto.Parked) && !gone[e.ref] && !e.At.Before(from) && e.At.Before(to) {
			out = append(out, e.Doubt)
		}
	}
	return out, nil
}
