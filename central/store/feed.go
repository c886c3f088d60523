package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"ezhitong.tw/clinic"
)

// The feed's queries: rows of one site with a stamp after the cursor, in the
// order of their stamps, at most limit of them, of the days wanted.

// Days is a run of days, both ends included.
type Days struct{ First, Last clinic.Date }

// NoDays holds no day.
func NoDays() Days { return Days{First: clinic.Date{Year: 9999, Month: 12, Day: 31}} }

// Since is every day from first on.
func Since(first clinic.Date) Days {
	return Days{First: first, Last: clinic.Date{Year: 9999, Month: 12, Day: 31}}
}

// FeedSite gives the site's own row when it changed after the cursor, and the
// site's latest seq.
func FeedSite(ctx context.Context, q Querier, code string) (Site, error) {
	var s Site
	var text string
	if err := q.QueryRowContext(ctx, "SELECT doc, position, stamp, seq, floor FROM site WHERE code = $1", code).Scan(&text, &s.Position, &s.Stamp, &s.Seq, &s.Floor); err != nil {
		return Site{}, err
	}
	return s, json.Unmarshal([]byte(text), &s.Site)
}

// StampedProgramme is a programme's document as a site's feed carries it.
type StampedProgramme struct {
	Stamp int64
	Code  string
	Doc   []byte
}

// FeedProgrammes lists programmes.
func FeedProgrammes(ctx context.Context, q Querier, site string, cursor int64, limit int) ([]StampedProgramme, error) {
	return collect(ctx, q, "feed programmes", func(r *sql.Rows, v *StampedProgramme) error { return r.Scan(&v.Stamp, &v.Code, &v.Doc) },
		`SELECT s.stamp, p.code, p.doc FROM site_programme s JOIN programme p ON p.code = s.programme
		WHERE s.site = $1 AND s.stamp > $2 ORDER BY s.stamp LIMIT $3`, site, cursor, limit)
}

// FeedSlots lists slots.
func FeedSlots(ctx context.Context, q Querier, site string, cursor int64, days Days, limit int) ([]Slot, error) {
	return collect(ctx, q, "feed slots", scanSlot,
		"SELECT "+slotColumns+" FROM slot WHERE site = $1 AND stamp > $2 AND day >= $3 AND day <= $4 ORDER BY stamp LIMIT $5", site, cursor, days.First.String(), days.Last.String(), limit)
}

// FeedBookings lists bookings, with their Writer and Others.
func FeedBookings(ctx context.Context, q Querier, site string, cursor int64, days Days, limit int) ([]Booking, error) {
	return collect(ctx, q, "feed bookings", func(r *sql.Rows, b *Booking) error { return scanBookingRow(r, b, &b.Writer, &b.Others) },
		"SELECT "+bookingColumns+", writer, others FROM booking WHERE site = $1 AND stamp > $2 AND day >= $3 AND day <= $4 ORDER BY stamp LIMIT $5", site, cursor, days.First.String(), days.Last.String(), limit)
}

// FeedEvents lists the events that count for the site's bookings with stamps
// after the cursor and up to last.
func FeedEvents(ctx context.Context, q Querier, site string, cursor, last int64, days Days) ([]Event, error) {
	return collect(ctx, q, "feed events", scanEvent, `SELECT `+eventColumnsOf+` FROM booking b JOIN event e ON e.booking = b.id
		WHERE b.site = $1 AND b.stamp > $2 AND b.stamp <= $3 AND b.day >= $4 AND b.day <= $5 AND b.version > 1 AND e.outcome < 4 AND e.kind NOT BETWEEN 7 AND 9 AND e.kind NOT IN (14, 16)`,
		site, cursor, last, days.First.String(), days.Last.String())
}

const eventColumnsOf = `e.device, e.epoch, e.seq, e.site, e.booking, e.kind, e.at, e.wall, e.monotonic, e.boot, e.base, e.staff, e.ticket, e.lot, e.reason,
	e.voids_device, e.voids_epoch, e.voids_seq, e.hash, e.outcome, e.code, e.received, e.walk_in, e.stamp, e.target`
