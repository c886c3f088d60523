package replica

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// stockMoves are the kinds in stock_move, the book that a device kept for itself before
// it became the site's.
var stockMoves = map[int]clinic.StockKind{1: clinic.StockReceived, 2: clinic.StockOpened, 3: clinic.StockWasted}

// The bytes of a lot and of a reason that an event holds in any case; a line of before
// may have had more.
const (
	mostLot = 64
	mostWhy = 480
)

// tellMoves makes events of the lines that an older program kept, with their own times.
// It is done once, and by nobody who is not enrolled.
func (r *Replica) tellMoves(ctx context.Context) error {
	type move struct {
		StockDraft
		at time.Time
	}
	moves, err := list(ctx, r.db.Reader(), func(rows *sql.Rows, m *move) error {
		var (
			at, kind int
			expires  syncproto.Day
			sealed   []byte
		)
		if err := rows.Scan((*blob)(&m.Line), &at, &kind, &m.Lot, &m.Vaccine, &expires, &m.Vials, &m.Doses, &m.Staff, &sealed); err != nil {
			return err
		}
		m.at, m.Kind, m.Expires = time.UnixMilli(int64(at)), stockMoves[kind], expires.Date()
		why, err := r.keys.Open("stock_move", "reason", m.Line[:], sealed)
		m.Lot, m.Why = short(clinic.LotNumber(m.Lot), mostLot), short(string(why), mostWhy)
		return err
	}, `SELECT id, at, kind, lot, vaccine, expires, vials, doses, staff, reason FROM stock_move ORDER BY at, id`)
	if err != nil || len(moves) == 0 {
		return err
	}
	id, err := r.Identity(ctx)
	if errors.Is(err, ErrNotEnrolled) {
		return nil
	}
	if err != nil {
		return err
	}
	return r.db.InTx(ctx, func(tx *sql.Tx) error {
		for _, m := range moves {
			if err := r.writeStock(ctx, tx, id, m.StockDraft, m.at); err != nil {
				return fmt.Errorf("line %s: %w", m.Line, err)
			}
		}
		return exec(ctx, tx, `DELETE FROM stock_move`)
	})
}

// short cuts a text after so many bytes, not within a character.
func short(s string, most int) string {
	for len(s) > most {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return strings.TrimSpace(s)
}
