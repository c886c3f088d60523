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

// NoticeReleased is the kind of a notice that a booking was released.
const NoticeReleased = "released"

// Reminder is a row of the outbox: a reminder, or with a Kind a notice. Instants are
// Unix milliseconds.
type Reminder struct {
	Booking  clinic.ID
	Kind     string
	Channel  string
	Due      int64
	State    string
	Attempts int
	Next     int64
	Sent     int64
	Problem  string
}

const reminderColumns = "booking, channel, due, state, attempts, next, sent, problem"

// SaveReminder writes what became of a booking's reminder or notice.
func (t *Tx) SaveReminder(r Reminder) error {
	if r.Kind != "" {
		return t.one("save notice", "INSERT INTO notice (kind, "+reminderColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (booking, kind) DO UPDATE SET due = excluded.due, state = excluded.state, attempts = excluded.attempts,
				next = excluded.next, sent = excluded.sent, problem = excluded.problem`,
			r.Kind, r.Booking[:], r.Channel, r.Due, r.State, r.Attempts, r.Next, r.Sent, r.Problem)
	}
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

// ClaimReminder takes a due reminder or notice, so that no other process takes it
// before the instant until, and reports whether it is the caller's.
func (t *Tx) ClaimReminder(r Reminder, until int64) (bool, error) {
	if r.Kind != "" {
		n, err := t.exec("UPDATE notice SET next = $1 WHERE booking = $2 AND kind = $3 AND state = 'waiting' AND next = $4", until, r.Booking[:], r.Kind, r.Next)
		if err != nil {
			return false, fmt.Errorf("claim a notice: %w", err)
		}
		return n == 1, nil
	}
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

// DueNotices lists waiting notices whose time has come, the oldest first.
func DueNotices(ctx context.Context, q Querier, now int64, limit int) ([]Reminder, error) {
	return collect(ctx, q, "list due notices", func(r *sql.Rows, v *Reminder) error {
		return r.Scan((*id)(&v.Booking), &v.Kind, &v.Channel, &v.Due, &v.State, &v.Attempts, &v.Next, &v.Sent, &v.Problem)
	}, `SELECT booking, kind, channel, due, state, attempts, next, sent, problem FROM notice
		WHERE state = 'waiting' AND next <= $1 ORDER BY next, booking LIMIT $2`, now, limit)
}
