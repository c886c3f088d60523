package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"ezhitong.tw/clinic"
)

// MoveBooking puts a booking into another slot; version must be one more than
// the row's. age is in whole years on the new day.
func (t *Tx) MoveBooking(id clinic.ID, to clinic.Slot, age int, version, stamp int64) error {
	return t.one("move booking", `UPDATE booking SET slot = $1, site = $2, period = $3, day = $4, starts = $5, age = $6, version = $7, stamp = $8, writer = NULL
		WHERE id = $9 AND version = $10`, to.ID[:], to.Site, to.Period, to.Date.String(), int(to.Start), age, version, stamp, id[:], version-1)
}

// Departure says that a booking left a site.
type Departure struct {
	Site    string
	Booking clinic.ID
	Slot    clinic.ID // the place that it gave up
	Date    clinic.Date
	Stamp   int64
	At      int64 // when it left, Unix milliseconds
}

// SaveDeparture writes that a booking left a site.
func (t *Tx) SaveDeparture(d Departure) error {
	return t.one("save departure", `INSERT INTO departure (site, booking, slot, day, stamp, at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (site, booking) DO UPDATE SET slot = excluded.slot, day = excluded.day, stamp = excluded.stamp, at = excluded.at`,
		d.Site, d.Booking[:], d.Slot[:], d.Date.String(), d.Stamp, d.At)
}

// DropDeparture forgets that a booking left a site, because it came back.
func (t *Tx) DropDeparture(site string, booking clinic.ID) error {
	_, err := t.exec("DELETE FROM departure WHERE site = $1 AND booking = $2", site, booking[:])
	return err
}

// ForgetReminder removes a booking's reminder, also one that was sent.
func (t *Tx) ForgetReminder(booking clinic.ID) error {
	_, err := t.exec("DELETE FROM reminder WHERE booking = $1", booking[:])
	return err
}

func scanDeparture(r row, d *Departure) error {
	return r.Scan(&d.Site, (*id)(&d.Booking), (*id)(&d.Slot), (*day)(&d.Date), &d.Stamp, &d.At)
}

// DepartureOf reads when a booking left a site; ok is false when it did not.
func DepartureOf(ctx context.Context, q Querier, site string, booking clinic.ID) (d Departure, ok bool, err error) {
	err = scanDeparture(q.QueryRowContext(ctx, "SELECT site, booking, slot, day, stamp, at FROM departure WHERE site = $1 AND booking = $2", site, booking[:]), &d)
	if errors.Is(err, sql.ErrNoRows) {
		return Departure{}, false, nil
	}
	if err != nil {
		return Departure{}, false, fmt.Errorf("read departure: %w", err)
	}
	return d, true, nil
}

// FeedDepartures lists the bookings that left a site, as the feed's queries do.
func FeedDepartures(ctx context.Context, q Querier, site string, cursor int64, first clinic.Date, limit int) ([]Departure, error) {
	return collect(ctx, q, "feed departures", func(r *sql.Rows, d *Departure) error { return scanDeparture(r, d) },
		"SELECT site, booking, slot, day, stamp, at FROM departure WHERE site = $1 AND stamp > $2 AND day >= $3 ORDER BY stamp LIMIT $4", site, cursor, first.String(), limit)
}

// Floor is the last number of a site's feed whose trace of a departure is removed.
type Floor struct {
	Site string
	Seq  int64
}

// OldDepartures gives for each site the last number among its departures before an
// instant and from slots before a day.
func OldDepartures(ctx context.Context, q Querier, before int64, first clinic.Date) ([]Floor, error) {
	return collect(ctx, q, "list old departures", func(r *sql.Rows, f *Floor) error { return r.Scan(&f.Site, &f.Seq) },
		"SELECT site, MAX(stamp) FROM departure WHERE at < $1 AND day < $2 GROUP BY site ORDER BY site", before, first.String())
}

// PurgeDepartures removes the same departures of a site, none with a number above
// the floor, which the site then has.
func (t *Tx) PurgeDepartures(f Floor, before int64, first clinic.Date) (removed int64, err error) {
	removed, err = t.exec("DELETE FROM departure WHERE site = $1 AND stamp <= $2 AND at < $3 AND day < $4", f.Site, f.Seq, before, first.String())
	if err != nil {
		return 0, fmt.Errorf("purge departures: %w", err)
	}
	return removed, t.one("raise the floor of "+f.Site, "UPDATE site SET floor = CASE WHEN floor < $1 THEN $2 ELSE floor END WHERE code = $3", f.Seq, f.Seq, f.Site)
}

// FloorOf reads a site's floor, 0 before the first purge and for an unknown site.
func FloorOf(ctx context.Context, q Querier, site string) (floor int64, err error) {
	err = q.QueryRowContext(ctx, "SELECT floor FROM site WHERE code = $1", site).Scan(&floor)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("read the floor of %s: %w", site, err)
	}
	return floor, nil
}
