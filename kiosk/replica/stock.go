package replica

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/fxamacker/cbor/v2"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// Stock gives how the lots of the site stand, as far as this device knows: what its
// desks wrote, and the doses given.
func (r *Replica) Stock(ctx context.Context) ([]clinic.StockLot, error) {
	return r.stock(ctx, r.db.Reader())
}

func (r *Replica) stock(ctx context.Context, q querier) ([]clinic.StockLot, error) {
	events, err := list(ctx, q, func(rows *sql.Rows, e *clinic.Event) error {
		var sealed []byte
		if err := rows.Scan((*blob)(&e.Ref.Device), &e.Ref.Epoch, &e.Ref.Seq, &sealed); err != nil {
			return err
		}
		op, err := r.openOp(e.Ref.Device, e.Ref.Epoch, e.Ref.Seq, sealed)
		*e = op.Event(e.Ref.Device, e.Ref.Epoch)
		return err
	}, `SELECT device, epoch, seq, op FROM stock_event`)
	if err != nil {
		return nil, wrapStock("read", err)
	}
	told, err := lastStock(ctx, q)
	if err != nil {
		return nil, err
	}
	given := make(map[string]int)
	doses, err := list(ctx, q, func(rows *sql.Rows, d *syncproto.LotDoses) error { return rows.Scan(&d.Lot, &d.Doses) },
		`SELECT lot, doses FROM stock_told UNION ALL SELECT lot, doses FROM stock_given WHERE day >= $1`, told.Day)
	if err != nil {
		return nil, wrapStock("count the doses of", err)
	}
	for _, d := range doses {
		given[d.Lot] += d.Doses
	}
	return clinic.Stock(events, given), nil
}

func wrapStock(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s the stock: %w", what, err)
}

// StockDraft is an event of kind StockMoved before it is written.
type StockDraft struct {
	Line  clinic.ID // that is taken back; zero for a new one
	Lot   string
	Staff string
	clinic.StockMove
}

// MoveStock writes what decide makes of the stock as it is inside the transaction, as an
// event. A locked device refuses, also while a manager has opened it.
func (r *Replica) MoveStock(ctx context.Context, decide func([]clinic.StockLot) (StockDraft, error)) error {
	id, err := r.Identity(ctx)
	if err != nil {
		return err
	}
	if locked, err := r.locked(ctx, id); err != nil || locked {
		return errors.Join(err, clinic.Refuse(RefusedLocked))
	}
	return r.write(ctx, func(tx *sql.Tx) error {
		lots, err := r.stock(ctx, tx)
		if err != nil {
			return err
		}
		d, err := decide(lots)
		if err != nil {
			return err
		}
		if d.Line.IsZero() {
			d.Line = r.newID()
		}
		return r.writeStock(ctx, tx, id, d, time.Time{})
	})
}

// writeStock writes a line, which goes with the time at; zero is now.
func (r *Replica) writeStock(ctx context.Context, tx *sql.Tx, id Identity, d StockDraft, at time.Time) error {
	_, err := r.append(ctx, tx, id, clinic.Booking{ID: d.Line}, Draft{Kind: clinic.StockMoved, Staff: d.Staff, Lot: d.Lot, Reason: d.String(), at: at})
	return wrapStock("write", err)
}

// keepStock keeps an event of kind StockMoved apart, for it is of no booking and is not
// forgotten with the days. told says that it is this device's own, or of central, whose
// word goes before that of whoever passed it on.
func (r *Replica) keepStock(ctx context.Context, tx *sql.Tx, device clinic.ID, epoch uint32, op syncproto.Op, told bool) error {
	return wrapStock("keep a line of", exec(ctx, tx, `INSERT INTO stock_event (device, epoch, seq, line, at, op, told) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (device, epoch, seq) DO UPDATE SET line = excluded.line, at = excluded.at, op = excluded.op, told = true WHERE excluded.told`,
		device[:], epoch, op.Seq, op.Booking[:], op.At, r.sealOp(device, epoch, op), told))
}

// toldStock is how much of the site's stock central has told.
type toldStock struct {
	History clinic.ID     `cbor:"1,keyasint"` // of which After is a number
	After   int64         `cbor:"2,keyasint"`
	Day     syncproto.Day `cbor:"3,keyasint"` // before which stock_told counts
}

func lastStock(ctx context.Context, q querier) (toldStock, error) {
	t := toldStock{Day: syncproto.NoDay}
	raw, err := getMeta(ctx, q, metaStock)
	if err == nil && raw != nil {
		err = cbor.Unmarshal(raw, &t)
	}
	return t, wrapStock("read what was told of", err)
}

// StockHave gives what to ask central for: the lines after a number, all of a central
// with another history, and the doses given, unless those are to be told that it told
// before: a central that was restored may not have heard of all of them again.
func (r *Replica) StockHave(ctx context.Context) (syncproto.AskStock, error) {
	at, err := position(ctx, r.db.Reader())
	if err != nil {
		return syncproto.AskStock{}, err
	}
	t, err := lastStock(ctx, r.db.Reader())
	if t.History != at.History {
		t.After = 0
	}
	return syncproto.AskStock{After: t.After, Day: t.Day}, err
}

// StockDue reports whether the doses that central told are of days before another one
// than they would be today.
func (r *Replica) StockDue(ctx context.Context) (bool, error) {
	t, err := lastStock(ctx, r.db.Reader())
	return t.Day != syncproto.DayOf(r.Today().AddDays(-1)), err
}

// CountedFrom is the first day of which the doses are counted here: central told those of
// the days before, or has not yet, and then it is yesterday.
func (r *Replica) CountedFrom(ctx context.Context) (clinic.Date, error) {
	t, err := lastStock(ctx, r.db.Reader())
	yesterday := r.Today().AddDays(-1)
	if err != nil || t.Day == syncproto.NoDay || t.Day > syncproto.DayOf(yesterday) {
		return yesterday, err
	}
	return max(t.Day, syncproto.DayOf(r.Today().AddDays(-keptDays))).Date(), nil
}

// DosesOn counts by lot the doses given on a day, as far as its events are here. Nobody's
// person is opened for it.
func (r *Replica) DosesOn(ctx context.Context, day clinic.Date) (map[string]int, error) {
	happened, err := r.happened(ctx, day)
	if err != nil {
		return nil, wrapStock("count the doses of", err)
	}
	given := make(map[string]int)
	for _, p := range happened {
		if p.visit.Attendance == clinic.Vaccinated && p.visit.Lot != "" {
			given[clinic.LotNumber(p.visit.Lot)]++
		}
	}
	return given, nil
}

// TakeStock takes over what central tells of the site's stock. No line goes that it told
// once; one that another device passed on goes when central has it and does not count it.
func (r *Replica) TakeStock(ctx context.Context, s syncproto.Stock) error {
	at, err := position(ctx, r.db.Reader())
	if err != nil {
		return err
	}
	before, err := lastStock(ctx, r.db.Reader())
	now := toldStock{at.History, s.Next, s.Day}
	if err != nil {
		return err
	}
	if before == now && len(s.Lines) == 0 {
		if rest, err := r.uncounted(ctx, r.db.Reader()); err != nil || len(rest) == 0 {
			return err
		}
	}
	told, err := cbor.Marshal(now)
	if err != nil {
		return wrapStock("write what was told of", err)
	}
	return r.write(ctx, func(tx *sql.Tx) error {
		for _, e := range s.Lines {
			if err := r.keepStock(ctx, tx, e.Device, e.Epoch, e.Op, true); err != nil {
				return err
			}
		}
		if before.Day != now.Day {
			if err := takeDoses(ctx, tx, s); err != nil {
				return wrapStock("count the doses of", err)
			}
		}
		if !s.More {
			if err := r.dropUncounted(ctx, tx); err != nil {
				return wrapStock("settle", err)
			}
		}
		return setMeta(ctx, tx, metaStock, told)
	})
}

// uncounted gives up to which number lines are not counted that a device passed on,
// where central has told all that it counts: those that it has, and all of a device that
// is not in order any more.
func (r *Replica) uncounted(ctx context.Context, q querier) ([]syncproto.Head, error) {
	n, err := r.neighbours(ctx, q)
	if err != nil {
		return nil, err
	}
	others, err := r.others(ctx, n)
	if err != nil {
		return nil, err
	}
	return unsettled(ctx, q, `stock_event WHERE NOT told`, others)
}

func (r *Replica) dropUncounted(ctx context.Context, tx *sql.Tx) error {
	rest, err := r.uncounted(ctx, tx)
	for _, h := range rest {
		err = errors.Join(err, exec(ctx, tx, `DELETE FROM stock_event WHERE NOT told AND device = $1 AND epoch = $2 AND seq <= $3`, h.Device[:], h.Epoch, int64(h.Seq)))
	}
	return err
}

// takeDoses has central's figures of the days before one stand for those counted here.
func takeDoses(ctx context.Context, tx *sql.Tx, s syncproto.Stock) error {
	err := errors.Join(exec(ctx, tx, `DELETE FROM stock_told`), exec(ctx, tx, `DELETE FROM stock_given WHERE day < $1`, s.Day))
	for _, d := range s.Given {
		err = errors.Join(err, exec(ctx, tx, `INSERT INTO stock_told (lot, doses) VALUES ($1, $2)`, d.Lot, d.Doses))
	}
	return err
}

// NoteGiven keeps how many doses of each lot were given on a day, in place of what
// was kept of that day.
func (r *Replica) NoteGiven(ctx context.Context, day clinic.Date, given map[string]int) error {
	return r.db.InTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM stock_given WHERE day = $1`, syncproto.DayOf(day)); err != nil {
			return fmt.Errorf("note what was given: %w", err)
		}
		for lot, doses := range given {
			if _, err := tx.ExecContext(ctx, `INSERT INTO stock_given (day, lot, doses) VALUES ($1, $2, $3)`, syncproto.DayOf(day), lot, doses); err != nil {
				return fmt.Errorf("note what was given: %w", err)
			}
		}
		return nil
	})
}
