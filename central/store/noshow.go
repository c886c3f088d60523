package store

import (
	"context"
	"database/sql"

	"ezhitong.tw/clinic"
)

// Undecided is a slot with bookings of which nobody has decided yet who did not
// come.
type Undecided struct {
	Slot       clinic.ID
	Site       string
	Date       clinic.Date
	Start, End clinic.TimeOfDay
}

// UndecidedSlots lists such slots of some days, in the order of day, end and site.
func UndecidedSlots(ctx context.Context, q Querier, days Days) ([]Undecided, error) {
	return collect(ctx, q, "list undecided slots", func(r *sql.Rows, u *Undecided) error {
		return r.Scan((*id)(&u.Slot), &u.Site, (*day)(&u.Date), &u.Start, &u.End)
	}, `SELECT id, site, day, starts, ends FROM slot WHERE decided = 0 AND day >= $1 AND day <= $2 AND taken > 0 ORDER BY day, ends, site, starts, id`,
		days.First.String(), days.Last.String())
}

// Witness is a device that may know who came. Instants are Unix milliseconds.
type Witness struct {
	Device   clinic.ID
	Site     string
	Letter   string
	Label    string
	Enrolled int64
	Contact  int64 // 0 before the first
	Settled  int64 // when it last had nothing that central has not; 0 for never
}

// Witnesses lists the devices that are not revoked.
func Witnesses(ctx context.Context, q Querier) ([]Witness, error) {
	return collect(ctx, q, "list devices that may know who came", func(r *sql.Rows, w *Witness) error {
		return r.Scan((*id)(&w.Device), &w.Site, &w.Letter, &w.Label, &w.Enrolled, &w.Contact, &w.Settled)
	}, `SELECT d.id, d.site, d.letter, d.label, d.enrolled, COALESCE(s.contact, 0), COALESCE(s.settled, 0)
		FROM device d LEFT JOIN device_status s ON s.device = d.id WHERE d.revoked = 0 ORDER BY d.site, LENGTH(d.letter), d.letter`)
}

// Absent is a booking that stands and to which nothing has happened.
type Absent struct{ Booking, Slot clinic.ID }

// AbsentOn lists such bookings of a day.
func AbsentOn(ctx context.Context, q Querier, date clinic.Date) ([]Absent, error) {
	return collect(ctx, q, "list who has not come", func(r *sql.Rows, a *Absent) error {
		return r.Scan((*id)(&a.Booking), (*id)(&a.Slot))
	}, "SELECT id, slot FROM booking WHERE day = $1 AND cancelled = 0 AND attendance = 0 ORDER BY id", date.String())
}

// DecideSlot notes that it is decided who did not come to a slot.
func (t *Tx) DecideSlot(slot clinic.ID, at int64) error {
	return t.one("decide slot", "UPDATE slot SET decided = $1 WHERE id = $2", at, slot[:])
}
