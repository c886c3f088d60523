package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"ezhitong.tw/internal/sqldb"
)

// Ledger is the row that every batch of decisions changes.
type Ledger struct {
	Entries int64  // the number of the audit trail's last entry
	Hash    []byte // its hash, 32 bytes; zeros before the first
	Batch   int64  // rises with every batch
	Rules   int64  // rises when the catalogue changes
	Claims  int64  // rises when it changes who waits for a place or has one to give out
	Joins   int64  // rises when it changes which numbers are one person's
}

const readLedger = "SELECT entries, hash, batch, rules, claims, joins FROM ledger WHERE id = 1"

func scanLedger(r *sql.Row) (Ledger, error) {
	var l Ledger
	if err := r.Scan(&l.Entries, &l.Hash, &l.Batch, &l.Rules, &l.Claims, &l.Joins); err != nil {
		return Ledger{}, fmt.Errorf("read the ledger: %w", sqldb.Classify(err))
	}
	if l.Hash == nil {
		l.Hash = make([]byte, 32)
	}
	return l, nil
}

// LedgerOf reads the ledger as it was last committed.
func LedgerOf(ctx context.Context, q Querier) (Ledger, error) {
	return scanLedger(q.QueryRowContext(ctx, readLedger))
}

// LockLedger waits until no other process decides and gives the ledger; until the
// transaction ends, none will.
func (t *Tx) LockLedger() (Ledger, error) {
	if !t.store.Shared() { // the transaction itself is the lock
		return LedgerOf(t.ctx, t.tx)
	}
	return scanLedger(t.tx.QueryRowContext(t.ctx, readLedger+" FOR UPDATE"))
}

const saveLedger = "UPDATE ledger SET entries = $1, hash = $2, batch = $3, rules = $4, claims = $5, joins = $6 WHERE id = 1 AND batch = $7"

// SaveLedger writes the ledger; its Batch must be one more than the row's.
func (t *Tx) SaveLedger(l Ledger) error {
	return t.one("save the ledger", saveLedger, l.Entries, l.Hash, l.Batch, l.Rules, l.Claims, l.Joins, l.Batch-1)
}

// AuditHash gives the hash of an entry of the audit trail, nil when there is none.
func AuditHash(ctx context.Context, q Querier, n int64) ([]byte, error) {
	var hash []byte
	err := q.QueryRowContext(ctx, "SELECT hash FROM audit WHERE n = $1", n).Scan(&hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read an audit entry: %w", sqldb.Classify(err))
	}
	return hash, nil
}

// SiteSeqs gives the last number of every site's feed.
func SiteSeqs(ctx context.Context, q Querier) (map[string]int64, error) {
	type numbered struct {
		code string
		seq  int64
	}
	out := make(map[string]int64)
	err := each(ctx, q, "read the feeds' numbers", func(r *sql.Rows, v *numbered) error { return r.Scan(&v.code, &v.seq) },
		func(v *numbered) error { out[v.code] = v.seq; return nil }, "SELECT code, seq FROM site")
	return out, err
}

// HeldSince hands over a site's bookings with stamps after a number.
func HeldSince(ctx context.Context, q Querier, site string, stamp int64, do func(*Held) error) error {
	return each(ctx, q, "read a site's bookings", scanHeld, do, "SELECT "+heldColumns+" FROM booking WHERE site = $1 AND stamp > $2 ORDER BY stamp", site, stamp)
}

// SlotsSince lists a site's slots with stamps after a number.
func SlotsSince(ctx context.Context, q Querier, site string, stamp int64) ([]Slot, error) {
	return collect(ctx, q, "read a site's slots", scanSlot, "SELECT "+slotColumns+" FROM slot WHERE site = $1 AND stamp > $2", site, stamp)
}
