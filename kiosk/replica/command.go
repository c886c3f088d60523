package replica

import (
	"context"
	"database/sql"
	"fmt"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// Command is what this device asked central to do with a booking.
type Command struct {
	Kind    clinic.EventKind  // clinic.CancelAsked, MoveAsked or ContactAsked
	To      clinic.ID         // the slot of a MoveAsked
	Outcome syncproto.Outcome // 0 while central has not answered
	Code    string            // why it was rejected
}

// Asked gives the latest command about each booking.
func (r *Replica) Asked(ctx context.Context) (map[clinic.ID]Command, error) {
	type asked struct {
		booking clinic.ID
		Command
	}
	all, err := list(ctx, r.db.Reader(), func(rows *sql.Rows, a *asked) error {
		var (
			device clinic.ID
			epoch  uint32
			seq    uint64
			sealed []byte
		)
		if err := rows.Scan((*blob)(&device), &epoch, &seq, &sealed, &a.Outcome, &a.Code); err != nil {
			return err
		}
		op, err := r.openOp(device, epoch, seq, sealed)
		if err != nil {
			return err
		}
		a.booking, a.Kind = op.Booking, op.Kind
		if op.To != nil {
			a.To = *op.To
		}
		return nil
	}, `SELECT device, epoch, seq, op, outcome, code FROM event WHERE command ORDER BY epoch, seq`)
	if err != nil {
		return nil, fmt.Errorf("read what was asked for: %w", err)
	}
	out := make(map[clinic.ID]Command, len(all))
	for _, a := range all {
		out[a.booking] = a.Command
	}
	return out, nil
}
