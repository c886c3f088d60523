package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"ezhitong.tw/clinic"
)

// Where narrows a list of bookings; zero fields do not.
type Where struct {
	Programme, Vaccine, Period, Site, District string
	From, To                                   clinic.Date
	Cancelled                                  *bool
	Attendance                                 *clinic.Attendance
	After                                      *Place // only what comes later in the list
}

// Place is where a booking stands in a list: by day, time and id.
type Place struct {
	Date  clinic.Date
	Start clinic.TimeOfDay
	ID    clinic.ID
}

// text writes the conditions with placeholders numbered as they appear.
func (w Where) text() (string, []any) {
	var s strings.Builder
	var args []any
	s.WriteString(" WHERE TRUE")
	and := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		s.WriteString(" AND " + condition)
	}
	for column, value := range [...]string{w.Programme, w.Vaccine, w.Period, w.Site} {
		if value != "" {
			and([...]string{"programme", "vaccine", "period", "site"}[column]+" = ?", value)
		}
	}
	if w.District != "" {
		and("site IN (SELECT code FROM site WHERE district = ?)", w.District)
	}
	if !w.From.IsZero() {
		and("day >= ?", w.From.String())
	}
	if !w.To.IsZero() {
		and("day <= ?", w.To.String())
	}
	if w.Cancelled != nil && *w.Cancelled {
		and("cancelled <> 0")
	} else if w.Cancelled != nil {
		and("cancelled = 0")
	}
	if w.Attendance != nil {
		and("attendance = ?", int(*w.Attendance))
	}
	if w.After != nil {
		and("day >= ?", w.After.Date.String()) // which the index knows
		and("(day, starts, id) > (?, ?, ?)", w.After.Date.String(), int(w.After.Start), w.After.ID[:])
	}
	return s.String(), args
}

// Bookings lists bookings by day, time and id.
func Bookings(ctx context.Context, q Querier, w Where, limit int) ([]Booking, error) {
	where, args := w.text()
	return collect(ctx, q, "list bookings", scanBooking,
		"SELECT "+bookingColumns+" FROM booking"+where+" ORDER BY day, starts, id LIMIT "+strconv.Itoa(limit), args...)
}

// CountBookings counts what Bookings would list without a limit and After.
func CountBookings(ctx context.Context, q Querier, w Where) (n int, err error) {
	w.After = nil
	where, args := w.text()
	if err := q.QueryRowContext(ctx, "SELECT count(*) FROM booking"+where, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count bookings: %w", err)
	}
	return n, nil
}

// Tally counts bookings that have something in common.
type Tally struct {
	Site, Vaccine, Key string // Key is the day, month or age that was asked for
	Cancelled          bool
	Attendance         clinic.Attendance
	Count              int
}

// The keys of Tallies.
const (
	ByNothing = "CAST('' AS TEXT)"
	ByDay     = "day"
	ByMonth   = "substr(day, 1, 7)"
	ByAge     = "CAST(age AS TEXT)"
)

// Tallies counts bookings by site, vaccine, state and one of the keys above.
func Tallies(ctx context.Context, q Querier, w Where, key string) ([]Tally, error) {
	where, args := w.text()
	return collect(ctx, q, "count bookings", func(r *sql.Rows, t *Tally) error {
		return r.Scan(&t.Site, &t.Vaccine, &t.Key, &t.Cancelled, &t.Attendance, &t.Count)
	}, "SELECT site, vaccine, "+key+", cancelled <> 0, attendance, count(*) FROM booking"+where+
		" GROUP BY site, vaccine, "+key+", cancelled <> 0, attendance ORDER BY site, vaccine, 3", args...)
}
