package store

import (
	"context"
	"database/sql"
	"fmt"
)

// CentralKey is a row of the central_key table: one generation of central's
// static keys. Instants are Unix milliseconds.
type CentralKey struct {
	Number  int
	Sealed  []byte // nil for the first, which is in a file
	Created int64
	Retired int64 // 0 while devices may use it
}

// CentralKeys lists all generations, the oldest first.
func CentralKeys(ctx context.Context, q Querier) ([]CentralKey, error) {
	return collect(ctx, q, "list central's keys", func(r *sql.Rows, k *CentralKey) error {
		return r.Scan(&k.Number, &k.Sealed, &k.Created, &k.Retired)
	}, "SELECT number, sealed, created, retired FROM central_key ORDER BY number")
}

// InsertCentralKey adds a generation.
func (t *Tx) InsertCentralKey(k CentralKey) error {
	return t.one("insert central's keys", "INSERT INTO central_key (number, sealed, created, retired) VALUES ($1, $2, $3, 0)", k.Number, k.Sealed, k.Created)
}

// RetireCentralKeys ends every generation before one.
func (t *Tx) RetireCentralKeys(before int, at int64) error {
	if _, err := t.exec("UPDATE central_key SET retired = $1 WHERE number < $2 AND retired = 0", at, before); err != nil {
		return fmt.Errorf("retire central's keys: %w", err)
	}
	return nil
}
