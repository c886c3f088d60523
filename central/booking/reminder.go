package booking

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
)

// A reminder goes out remindDays before the day at remindAt (C10).
const (
	remindDays = 2
	remindAt   = clinic.TimeOfDay(10 * 60)
)

// remind puts a booking's reminder into the outbox. There is none without a
// mobile, nor when its time is already over: then the person has just read all
// of it on the result page.
func (b *batch) remind(tx *store.Tx, p clinic.Person, row *store.Booking) error {
	due := row.Date.AddDays(-remindDays).At(remindAt)
	if p.Mobile.IsZero() || !due.After(b.now) {
		return nil
	}
	return tx.InsertReminder(store.Reminder{
		Booking: row.ID, Channel: "sms", Due: due.UnixMilli(), State: store.ReminderWaiting, Next: due.UnixMilli(),
	})
}

// Reminder is a reminder whose time has come.
type Reminder struct {
	Booking  clinic.Booking // with its person's mobile
	Site     clinic.Site
	Vaccine  clinic.Vaccine
	Attempts int // that failed so far
	row      store.Reminder
}

// DueReminders lists reminders that are to go out now, the oldest first.
func (e *Engine) DueReminders(ctx context.Context, limit int) ([]Reminder, error) {
	rows, err := e.dueRows(ctx, limit)
	if err != nil {
		return nil, err
	}
	var out []Reminder
	err = e.store.Read(ctx, func(q store.Querier) error {
		c := e.Catalogue()
		for _, r := range rows {
			row, ok, err := store.BookingByID(ctx, q, r.Booking)
			if err != nil {
				return err
			}
			if !ok {
				return fmt.Errorf("reminder of booking %s: it is not in the store", r.Booking)
			}
			b, err := e.show(&row, ShowName|ShowPhones)
			if err != nil {
				return err
			}
			site, _ := c.Site(row.Site)
			_, vaccine, _ := c.Vaccine(row.Vaccine)
			out = append(out, Reminder{b, site, vaccine, r.Attempts, r})
		}
		return nil
	})
	return out, err
}

// claimFor is how long a process has reminders to itself, to send them.
const claimFor = 10 * time.Minute

// dueRows reads reminders that are due, and where the database is shared takes
// them, so that nobody gets two.
func (e *Engine) dueRows(ctx context.Context, limit int) ([]store.Reminder, error) {
	now := e.clock()
	if !e.store.Shared() {
		return store.DueReminders(ctx, e.store.Reader(), now.UnixMilli(), limit)
	}
	tx, err := e.store.Begin(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := tx.ClaimReminders(now.UnixMilli(), now.Add(claimFor).UnixMilli(), limit)
	if err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return rows, tx.Commit()
}

// ReminderSent records that a reminder went out.
func (e *Engine) ReminderSent(ctx context.Context, r Reminder) error {
	return e.reminded(ctx, r, "reminder_sent", "", func(row *store.Reminder, now int64) {
		row.State, row.Sent, row.Problem = store.ReminderSent, now, ""
	})
}

// ReminderFailed records that a reminder could not be sent and when it is tried
// again; the zero time gives it up. problem must not hold personal data.
func (e *Engine) ReminderFailed(ctx context.Context, r Reminder, problem string, again time.Time) error {
	return e.reminded(ctx, r, "reminder_failed", problem, func(row *store.Reminder, _ int64) {
		row.Problem = problem
		if row.Next = again.UnixMilli(); again.IsZero() {
			row.State, row.Next = store.ReminderGivenUp, 0
		}
	})
}

func (e *Engine) reminded(ctx context.Context, r Reminder, action, detail string, change func(row *store.Reminder, now int64)) error {
	return e.do(ctx, func(b *batch) error {
		tx, err := b.tx()
		if err != nil {
			return err
		}
		row := r.row
		row.Attempts++
		change(&row, b.now.UnixMilli())
		b.note("notify", action, row.Booking, detail)
		return tx.UpdateReminder(row)
	})
}
