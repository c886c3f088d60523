package store

import (
	"context"
	"database/sql"
)

// Lot is a lot of a vaccine.
type Lot struct{ Vaccine, Number string }

// Recalls lists the lots that were recalled.
func Recalls(ctx context.Context, q Querier) ([]Lot, error) {
	return collect(ctx, q, "list recalled lots", func(r *sql.Rows, l *Lot) error { return r.Scan(&l.Vaccine, &l.Number) },
		"SELECT vaccine, lot FROM recall ORDER BY vaccine, lot")
}

// SaveRecall notes that a lot was recalled.
func (t *Tx) SaveRecall(l Lot, at int64) error {
	return t.any("INSERT INTO recall (vaccine, lot, at) VALUES ($1, $2, $3) ON CONFLICT (vaccine, lot) DO NOTHING", l.Vaccine, l.Number, at)
}
