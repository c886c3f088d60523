package replica

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// StockKind is what happened to vaccine at this device.
type StockKind int

// The kinds of StockMove.
const (
	StockReceived StockKind = iota + 1
	StockOpened
	StockWasted
)

// StockMove is one line of the stock's book.
type StockMove struct {
	At      time.Time
	Kind    StockKind
	Lot     string
	Vaccine string // code of the product
	Expires clinic.Date
	Vials   int
	Doses   int // of one vial where received; of all where wasted
	Staff   string
	Reason  string
}

// Stock gives the book, oldest line first, and the doses given of each lot.
func (r *Replica) Stock(ctx context.Context) (moves []StockMove, given map[string]int, err error) {
	return r.stock(ctx, r.db.Reader())
}

func (r *Replica) stock(ctx context.Context, q querier) (moves []StockMove, given map[string]int, err error) {
	moves, err = list(ctx, q, func(rows *sql.Rows, m *StockMove) error {
		var (
			at      int64
			id      clinic.ID
			expires syncproto.Day
			sealed  []byte
		)
		if err := rows.Scan((*blob)(&id), &at, &m.Kind, &m.Lot, &m.Vaccine, &expires, &m.Vials, &m.Doses, &m.Staff, &sealed); err != nil {
			return err
		}
		m.At, m.Expires = time.UnixMilli(at), expires.Date()
		reason, err := r.keys.Open("stock_move", "reason", id[:], sealed)
		m.Reason = string(reason)
		return err
	}, `SELECT id, at, kind, lot, vaccine, expires, vials, doses, staff, reason FROM stock_move ORDER BY at, id`)
	if err != nil {
		return nil, nil, fmt.Errorf("read the stock: %w", err)
	}
	type doses struct {
		lot string
		n   int
	}
	all, err := list(ctx, q, func(rows *sql.Rows, d *doses) error { return rows.Scan(&d.lot, &d.n) },
		`SELECT lot, SUM(doses) FROM stock_given GROUP BY lot`)
	if err != nil {
		return nil, nil, fmt.Errorf("read what was given: %w", err)
	}
	given = make(map[string]int, len(all))
	for _, d := range all {
		given[d.lot] = d.n
	}
	return moves, given, nil
}

// MoveStock adds the line that decide makes of the book as it is.
func (r *Replica) MoveStock(ctx context.Context, decide func(moves []StockMove, given map[string]int) (StockMove, error)) error {
	return r.write(ctx, func(tx *sql.Tx) error {
		moves, given, err := r.stock(ctx, tx)
		if err != nil {
			return err
		}
		m, err := decide(moves, given)
		if err != nil {
			return err
		}
		id := r.newID()
		_, err = tx.ExecContext(ctx, `INSERT INTO stock_move (id, at, kind, lot, vaccine, expires, vials, doses, staff, reason)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			id[:], m.At.UnixMilli(), m.Kind, m.Lot, m.Vaccine, syncproto.DayOf(m.Expires), m.Vials, m.Doses, m.Staff, r.sealReason(id, m.Reason))
		if err != nil {
			return fmt.Errorf("write the stock: %w", err)
		}
		return nil
	})
}

// sealReason hides why something was wasted, which may tell of a person; of none it
// makes an empty value.
func (r *Replica) sealReason(line clinic.ID, reason string) []byte {
	return append([]byte{}, r.keys.Seal("stock_move", "reason", line[:], []byte(reason))...)
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
