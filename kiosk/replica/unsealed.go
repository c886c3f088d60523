package replica

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// What metaUnsealed says of a file that an older program has written.
const (
	unsealedRows  = "rows"  // ops lie in the clear
	unsealedPages = "pages" // all rows are sealed, what they were is in the file still
)

// sealOld seals what an older program kept in the clear, and has the file forget it. It
// may be cut off anywhere and goes on at the next start.
func (r *Replica) sealOld(ctx context.Context) error {
	var old bool
	if err := r.db.Reader().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM meta WHERE key = $1)
		OR EXISTS (SELECT 1 FROM stock_move WHERE typeof(reason) = 'text' AND reason <> '')`, metaUnsealed).Scan(&old); err != nil {
		return err
	}
	if !old {
		return nil
	}
	if err := r.db.InTx(ctx, r.sealRows(ctx)); err != nil {
		return err
	}
	// A row that is written over leaves what it was in its page and in the log. On a full
	// disk, or beside a process that reads, that waits for the next start: people do not.
	r.leftover = r.rewrite(ctx)
	if r.leftover != nil {
		return nil //nolint:nilerr // Leftover tells it
	}
	return r.db.InTx(ctx, func(tx *sql.Tx) error { return exec(ctx, tx, `DELETE FROM meta WHERE key = $1`, metaUnsealed) })
}

// rewrite writes the file anew and empties its log.
func (r *Replica) rewrite(ctx context.Context) error {
	if _, err := r.db.Writer().ExecContext(ctx, `VACUUM`); err != nil {
		return fmt.Errorf("write the file anew: %w", err)
	}
	var busy bool
	var pages, folded int
	if err := r.db.Writer().QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &folded); err != nil {
		return fmt.Errorf("empty the log: %w", err)
	}
	if busy {
		return errors.New("empty the log: another process reads the file")
	}
	return nil
}

// Leftover says why the file still holds, in pages that are free, what an older program
// had written in the clear; nil where it does not. The next start tries again.
func (r *Replica) Leftover() error { return r.leftover }

func (r *Replica) sealRows(ctx context.Context) func(*sql.Tx) error {
	return func(tx *sql.Tx) error {
		mark, err := getMeta(ctx, tx, metaUnsealed)
		if err != nil {
			return err
		}
		if string(mark) == unsealedRows {
			for _, table := range []string{"event", "peer_event"} {
				if err := r.sealOps(ctx, tx, table); err != nil {
					return fmt.Errorf("of table %s: %w", table, err)
				}
			}
		}
		if err := r.sealWaste(ctx, tx); err != nil {
			return err
		}
		return setMeta(ctx, tx, metaUnsealed, []byte(unsealedPages))
	}
}

func (r *Replica) sealOps(ctx context.Context, tx *sql.Tx, table string) error {
	type row struct {
		id     int64
		device clinic.ID
		epoch  uint32
		seq    uint64
		op     []byte
	}
	all, err := list(ctx, tx, func(rows *sql.Rows, e *row) error {
		return rows.Scan(&e.id, (*blob)(&e.device), &e.epoch, &e.seq, &e.op)
	}, `SELECT rowid, device, epoch, seq, op FROM `+table)
	if err != nil {
		return err
	}
	for _, e := range all {
		op, err := syncproto.DecodeOp(e.op)
		if err != nil {
			return fmt.Errorf("event %d of %s: %w", e.seq, e.device, err)
		}
		if err := exec(ctx, tx, `UPDATE `+table+` SET op = $1 WHERE rowid = $2`, r.sealOp(e.device, e.epoch, op), e.id); err != nil {
			return err
		}
	}
	return nil
}

func (r *Replica) sealWaste(ctx context.Context, tx *sql.Tx) error {
	type row struct {
		id     clinic.ID
		reason string
	}
	all, err := list(ctx, tx, func(rows *sql.Rows, m *row) error { return rows.Scan((*blob)(&m.id), &m.reason) },
		`SELECT id, reason FROM stock_move WHERE typeof(reason) = 'text' AND reason <> ''`)
	if err != nil {
		return err
	}
	for _, m := range all {
		if err := exec(ctx, tx, `UPDATE stock_move SET reason = $1 WHERE id = $2`, r.keys.Seal("stock_move", "reason", m.id[:], []byte(m.reason)), m.id[:]); err != nil {
			return err
		}
	}
	return nil
}
