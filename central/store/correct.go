package store

import (
	"context"
	"database/sql"

	"ezhitong.tw/clinic"
)

// Corrections reads which fields of a booking were corrected last by whom.
func Corrections(ctx context.Context, q Querier, booking clinic.ID) (map[clinic.Field]clinic.Correction, error) {
	type corrected struct {
		field clinic.Field
		clinic.Correction
	}
	out := make(map[clinic.Field]clinic.Correction)
	err := each(ctx, q, "read corrections", func(r *sql.Rows, v *corrected) error { return r.Scan(&v.field, &v.Version, &v.Citizen) },
		func(v *corrected) error { out[v.field] = v.Correction; return nil },
		"SELECT field, version, citizen FROM corrected WHERE booking = $1", booking[:])
	return out, err
}

// SaveCorrection notes that a field was corrected.
func (t *Tx) SaveCorrection(booking clinic.ID, f clinic.Field, c clinic.Correction) error {
	return t.one("save a correction", `INSERT INTO corrected (booking, field, version, citizen) VALUES ($1, $2, $3, $4)
		ON CONFLICT (booking, field) DO UPDATE SET version = excluded.version, citizen = excluded.citizen`, booking[:], string(f), c.Version, c.Citizen)
}

// CorrectBooking writes the person of a booking; Version must be one more than the
// row's.
func (t *Tx) CorrectBooking(b *Booking) error {
	return t.one("correct booking", `UPDATE booking SET person = $1, number = $2, name = $3, birth = $4, mobile = $5, landline = $6, age = $7, version = $8,
		stamp = $9, writer = NULL
		WHERE id = $10 AND version = $11`,
		b.Person[:], b.Number, b.Name, b.Birth, b.Mobile, b.Landline, b.Age, b.Version, b.Stamp, b.ID[:], b.Version-1)
}
