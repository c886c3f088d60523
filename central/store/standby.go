package store

import (
	"context"
	"database/sql"

	"ezhitong.tw/clinic"
)

// InsertStandby adds somebody to the list of a slot: a booking that is not one
// yet, sealed as one.
func (t *Tx) InsertStandby(b *Booking) error {
	return t.one("insert standby", "INSERT INTO standby"+insertValues, valuesOf(b)...)
}

// SettleStandby says that somebody no longer waits.
func (t *Tx) SettleStandby(entry clinic.ID, at int64) error {
	return t.one("settle standby", "UPDATE standby SET holds = FALSE, cancelled = $1 WHERE id = $2 AND holds", at, entry[:])
}

// InsertStandbyStep adds a step, number n of its list.
func (t *Tx) InsertStandbyStep(slot clinic.ID, n int64, s clinic.DrawStep, at int64) error {
	t.claims = true
	return t.one("insert standby step", "INSERT INTO standby_step (slot, n, kind, entry, at) VALUES ($1, $2, $3, $4, $5)", slot[:], n, s.Kind, s.Entry[:], at)
}

// StandbyByID reads an entry; ok is false where there is none.
func StandbyByID(ctx context.Context, q Querier, entry clinic.ID) (b Booking, ok bool, err error) {
	return bookingIn(ctx, q, "standby", entry)
}

// EachStandby hands over everybody who waits for a day from first on.
func EachStandby(ctx context.Context, q Querier, first clinic.Date, do func(*Booking) error) error {
	return each(ctx, q, "read standby", scanBooking, do, "SELECT "+bookingColumns+" FROM standby WHERE holds AND day >= $1 ORDER BY created, id", first.String())
}

// StandbyOf lists who waits for a place at a site on a day, and of whom a device has
// said something.
func StandbyOf(ctx context.Context, q Querier, site string, day clinic.Date) ([]Booking, error) {
	return collect(ctx, q, "list standby", scanBooking, "SELECT "+bookingColumns+` FROM standby WHERE site = $1 AND day = $2
		AND (holds OR EXISTS (SELECT 1 FROM event e WHERE e.booking = standby.id AND e.kind = $3))`, site, day.String(), int(clinic.StandbyAsked))
}

// StandbyEvents lists what devices have said of a site's entries of a day, and taken back.
func StandbyEvents(ctx context.Context, q Querier, site string, day clinic.Date) ([]Event, error) {
	return collect(ctx, q, "list what was said of standby", scanEvent, "SELECT "+eventColumns+` FROM event WHERE kind IN ($1, $2)
		AND booking IN (SELECT id FROM standby WHERE site = $3 AND day = $4) ORDER BY device, epoch, seq`, int(clinic.StandbyAsked), int(clinic.EventVoided), site, day.String())
}

// StandbySteps lists the steps of a slot's list in order.
func StandbySteps(ctx context.Context, q Querier, slot clinic.ID) ([]clinic.DrawStep, error) {
	return collect(ctx, q, "list standby steps", func(r *sql.Rows, s *clinic.DrawStep) error { return r.Scan(&s.Kind, (*id)(&s.Entry)) },
		"SELECT kind, entry FROM standby_step WHERE slot = $1 ORDER BY n", slot[:])
}
