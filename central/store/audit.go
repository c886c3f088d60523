package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Audit is an entry of the audit trail. None of its texts holds personal data;
// Object is an id.
type Audit struct {
	N      int64 // dense from 1
	At     int64 // Unix milliseconds
	Actor  string
	Action string
	Object string
	Detail string
	Hash   []byte // over the entry before and this one
}

// Note is something to remember in the audit trail: who did what to which
// object. No field may hold personal data.
type Note struct {
	Actor  string // an account, "public", a device
	Action string
	Object string // an id
	Detail string
}

const auditColumns = "n, at, actor, action, object, detail, hash"

const insertAudit = "INSERT INTO audit (" + auditColumns + ") VALUES ($1, $2, $3, $4, $5, $6, $7)"

// InsertAudit adds an entry.
func (t *Tx) InsertAudit(a *Audit) error {
	return t.one("insert audit entry", insertAudit, a.N, a.At, a.Actor, a.Action, a.Object, a.Detail, a.Hash)
}

func scanAudit(r *sql.Rows, a *Audit) error {
	return r.Scan(&a.N, &a.At, &a.Actor, &a.Action, &a.Object, &a.Detail, &a.Hash)
}

// LastAudit gives the number and hash of the last entry; 0 and 32 zero bytes
// before the first.
func LastAudit(ctx context.Context, q Querier) (n int64, hash []byte, err error) {
	err = q.QueryRowContext(ctx, "SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1").Scan(&n, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, make([]byte, 32), nil
	}
	if err != nil {
		return 0, nil, fmt.Errorf("read the last audit entry: %w", err)
	}
	return n, hash, nil
}

// EachAudit hands over the entries after number n, in order.
func EachAudit(ctx context.Context, q Querier, n int64, do func(*Audit) error) error {
	return each(ctx, q, "read the audit trail", scanAudit, do, "SELECT n, at, actor, action, object, detail, hash FROM audit WHERE n > $1 ORDER BY n", n)
}

// AuditPage lists entries before number n (0: from the newest), newest first.
// Empty actor or action means any.
func AuditPage(ctx context.Context, q Querier, before int64, actor, action string, limit int) ([]Audit, error) {
	return collect(ctx, q, "list audit entries", scanAudit, `SELECT n, at, actor, action, object, detail, hash FROM audit
		WHERE (n < $1 OR $1 = 0) AND (actor = $2 OR $2 = '') AND (action = $3 OR $3 = '') ORDER BY n DESC LIMIT $4`, before, actor, action, limit)
}
