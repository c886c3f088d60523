package store

import (
	"context"
	"database/sql"
	"fmt"

	"ezhitong.tw/clinic"
)

// The states of a reminder.
const (
	ReminderWaiting  = "waiting"
	ReminderSent     = "sent"
	ReminderGivenUp  = "given_up"
	ReminderNeedless = "needless" // its time was over when the place was chosen
)

// Reminder is a row of the outbox. Instants are Unix milliseconds.
type Reminder struct {
	Booking  clinic.ID
	Channel  string
	Due      int64
	State    string
	Attempts int
	Next     int64
	Sent     int64
	Problem  string
}

const reminderColumns = "booking, channel, due, state, attempts, next, sent, problem"

// SaveReminder writes what became of a booking's reminder.
func (t *Tx) SaveReminder(r Reminder) error {
	return t.one("save reminder", "INSERT INTO reminder ("+reminderColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (booking) DO UPDATE SET due = excluded.due, state = excluded.state, attempts = excluded.attempts,
			next = excluded.next, sent = excluded.sent, problem = excluded.problem`,
		r.Booking[:], r.Channel, r.Due, r.State, r.Attempts, r.Next, r.Sent, r.Problem)
}

const dropReminder = "DELETE FROM reminder WHERE booking = $1 AND state <> 'sent'"

// DropReminder removes a booking's reminder when it has not been sent.
func (t *Tx) DropReminder(booking clinic.ID) error {
	return t.any(dropReminder, booking[:])
}

// ClaimReminder takes a due reminder, so that no other process takes it before the
// instant until, and reports whether it is the caller's.
func (t *Tx) ClaimReminder(r Reminder, until int64) (bool, error) {
	n, err := t.exec("INSERT INTO reminder ("+reminderColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (booking) DO UPDATE SET next = excluded.next WHERE reminder.state = 'waiting' AND reminder.next = $9`,
		r.Booking[:], r.Channel, r.Due, r.State, r.Attempts, until, r.Sent, r.Problem, r.Next)
	if err != nil {
		return false, fmt.Errorf("claim a reminder: %w", err)
	}
	return n == 1, nil
}

// NotReminded lists bookings of a programme and day that stand, were made before an instant,
// have a mobile and of whose reminder nothing is known, the earliest first.
func NotReminded(ctx context.Context, q Querier, programme string, day clinic.Date, before int64, limit int) ([]clinic.ID, error) {
	return collect(ctx, q, "list who is to be reminded", func(r *sql.Rows, v *clinic.ID) error { return r.Scan((*id)(v)) },
		`SELECT id FROM booking WHERE day = $1 AND programme = $2 AND created < $3 AND cancelled = 0 AND attendance = 0 AND mobile IS NOT NULL
			AND NOT EXISTS (SELECT 1 FROM reminder WHERE reminder.booking = booking.id)
		ORDER BY starts, id LIMIT $4`, day.String(), programme, before, limit)
}

// DueReminders lists waiting reminders whose time has come, the oldest first.
func DueReminders(ctx context.Context, q Querier, now int64, limit int) ([]Reminder, error) {
	return collect(ctx, q, "list due reminders", func(r *sql.Rows, v *Reminder) error {
		return r.Scan((*id)(&v.Booking), &v.Channel, &v.Due, &v.State, &v.Attempts, &v.Next, &v.Sent, &v.Problem)
	}, `SELECT booking, channel, due, state, attempts, next, sent, problem FROM reminder
		WHERE state = 'waiting' AND next <= $1 ORDER BY next, booking LIMIT $2`, now, limit)
}
