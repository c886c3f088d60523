package store

import (
	"context"
	"database/sql"
	"fmt"

	"ezhitong.tw/clinic"
)

// The states of a reminder.
const (
	ReminderWaiting = "waiting"
	ReminderSent    = "sent"
	ReminderGivenUp = "given_up"
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

const insertReminder = "INSERT INTO reminder (" + reminderColumns + ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"

// InsertReminder adds a reminder.
func (t *Tx) InsertReminder(r Reminder) error {
	return t.one("insert reminder", insertReminder, r.Booking[:], r.Channel, r.Due, r.State, r.Attempts, r.Next, r.Sent, r.Problem)
}

const dropReminder = "DELETE FROM reminder WHERE booking = $1 AND state <> 'sent'"

// DropReminder removes a booking's reminder when it has not been sent.
func (t *Tx) DropReminder(booking clinic.ID) error {
	return t.any(dropReminder, booking[:])
}

// UpdateReminder writes what became of a reminder. Where it is gone, because
// the booking was cancelled meanwhile, nothing happens.
func (t *Tx) UpdateReminder(r Reminder) error {
	_, err := t.exec("UPDATE reminder SET state = $1, attempts = $2, next = $3, sent = $4, problem = $5 WHERE booking = $6",
		r.State, r.Attempts, r.Next, r.Sent, r.Problem, r.Booking[:])
	return err
}

// ClaimReminders takes waiting reminders whose time has come, so that no other
// process takes them before the instant until, and lists them, the oldest first.
func (t *Tx) ClaimReminders(now, until int64, limit int) ([]Reminder, error) {
	due, err := DueReminders(t.ctx, t.Reads(), now, limit)
	if err != nil {
		return nil, err
	}
	var claimed []Reminder
	for _, r := range due {
		n, err := t.exec("UPDATE reminder SET next = $1 WHERE booking = $2 AND state = 'waiting' AND next = $3", until, r.Booking[:], r.Next)
		if err != nil {
			return nil, fmt.Errorf("claim a reminder: %w", err)
		}
		if n == 1 {
			claimed = append(claimed, r)
		}
	}
	return claimed, nil
}

// DueReminders lists waiting reminders whose time has come, the oldest first.
func DueReminders(ctx context.Context, q Querier, now int64, limit int) ([]Reminder, error) {
	return collect(ctx, q, "list due reminders", func(r *sql.Rows, v *Reminder) error {
		return r.Scan((*id)(&v.Booking), &v.Channel, &v.Due, &v.State, &v.Attempts, &v.Next, &v.Sent, &v.Problem)
	}, `SELECT booking, channel, due, state, attempts, next, sent, problem FROM reminder
		WHERE state = 'waiting' AND next <= $1 ORDER BY next, booking LIMIT $2`, now, limit)
}
