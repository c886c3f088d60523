package store

import (
	"context"
	"database/sql"
)

// Lot is a lot of a vaccine.
type Lot struct{ Vaccine, Number string }

// Recall is a lot that was recalled, and when, in Unix milliseconds.
type Recall struct {
	Lot
	At int64
}

// Recalls lists the lots that were recalled, the latest first.
func Recalls(ctx context.Context, q Querier) ([]Recall, error) {
	return collect(ctx, q, "list recalled lots", func(r *sql.Rows, l *Recall) error { return r.Scan(&l.Vaccine, &l.Number, &l.At) },
		"SELECT vaccine, lot, at FROM recall ORDER BY at DESC, vaccine, lot")
}

// Dose is the event that tells of a dose, with the vaccine and the site of its
// booking.
type Dose struct {
	Event
	Booked string // vaccine
	At     string // site
}

// DosesOfRecalls lists the doses whose lot has the number of a recalled one and that
// were not taken back. Numbers of recalled lots are in capitals.
func DosesOfRecalls(ctx context.Context, q Querier) ([]Dose, error) {
	return collect(ctx, q, "list the doses of recalled lots", func(r *sql.Rows, d *Dose) error { return scanEventRow(r, &d.Event, &d.Booked, &d.At) },
		"SELECT "+eventColumnsOf+`, b.vaccine, b.site FROM event e JOIN booking b ON b.id = e.booking
		WHERE UPPER(TRIM(e.lot)) IN (SELECT lot FROM recall) AND e.kind = 2 AND e.outcome < 4
			AND NOT EXISTS (SELECT 1 FROM event v WHERE v.booking = e.booking AND v.kind = 5 AND v.outcome < 4
				AND v.voids_device = e.device AND v.voids_epoch = e.epoch AND v.voids_seq = e.seq)`)
}

// SaveRecall notes that a lot was recalled.
func (t *Tx) SaveRecall(l Lot, at int64) error {
	return t.any("INSERT INTO recall (vaccine, lot, at) VALUES ($1, $2, $3) ON CONFLICT (vaccine, lot) DO NOTHING", l.Vaccine, l.Number, at)
}
