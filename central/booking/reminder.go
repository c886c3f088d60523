package booking

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
)

// A reminder is nowhere until it goes out: whoever has a place, a mobile and booked
// before its time (clinic.Programme.Reminder) gets one. The outbox keeps what became
// of it, and those that go out at another time. A notice is different: it is written
// down with what it tells of.

const channel = "sms"

// Reminder is a reminder or notice whose time has come.
type Reminder struct {
	Booking  clinic.Booking // with its person's mobile
	Released bool           // a notice that the booking was released, since its dose was given elsewhere
	Until    time.Time      // when it is too late to send it
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
			out = append(out, Reminder{
				Booking: b, Released: r.Kind == store.NoticeReleased, Until: until(r, b), Site: site, Vaccine: vaccine, Attempts: r.Attempts, row: r,
			})
		}
		return nil
	})
	return out, err
}

// noticeFor is how long a notice is tried.
const noticeFor = 24 * time.Hour

// until is when it is too late to send a row of the outbox.
func until(r store.Reminder, b clinic.Booking) time.Time {
	if r.Kind != "" {
		return time.UnixMilli(r.Due).Add(noticeFor)
	}
	return b.Slot.Date.At(b.Slot.Start)
}

// tellReleased has the person told that a booking was released, if they have a mobile.
func (b *batch) tellReleased(tx *store.Tx, h *held) error {
	row, err := b.rowOf(h)
	if err != nil || row.Mobile == nil {
		return err
	}
	now := b.now.UnixMilli()
	return tx.SaveReminder(store.Reminder{
		Booking: h.id, Kind: store.NoticeReleased, Channel: channel, Due: now, State: store.ReminderWaiting, Next: now,
	})
}

// claimFor is how long a process has reminders to itself, to send them.
const claimFor = 10 * time.Minute

// dueRows reads reminders that are due, and where the database is shared takes
// them, so that nobody gets two.
func (e *Engine) dueRows(ctx context.Context, limit int) (rows []store.Reminder, err error) {
	now := e.clock()
	if !e.store.Shared() {
		err = e.store.Read(ctx, func(q store.Querier) (err error) {
			rows, err = dueNow(ctx, q, e.Catalogue().Programmes, now, limit)
			return err
		})
		return rows, err
	}
	tx, err := e.store.Begin(ctx)
	if err != nil {
		return nil, err
	}
	due, err := dueNow(ctx, tx.Reads(), e.Catalogue().Programmes, now, limit)
	for i := 0; i < len(due) && err == nil; i++ {
		var mine bool
		if mine, err = tx.ClaimReminder(due[i], now.Add(claimFor).UnixMilli()); mine {
			rows = append(rows, due[i])
		}
	}
	if err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return rows, tx.Commit()
}

// dueNow reads the notices and what waits in the outbox, then who has not been reminded of a day
// from today on.
func dueNow(ctx context.Context, q store.Querier, programmes []clinic.Programme, now time.Time, limit int) ([]store.Reminder, error) {
	rows, err := store.DueNotices(ctx, q, now.UnixMilli(), limit)
	if err != nil {
		return nil, err
	}
	waiting, err := store.DueReminders(ctx, q, now.UnixMilli(), limit-len(rows))
	if err != nil {
		return nil, err
	}
	rows = append(rows, waiting...)
	for _, p := range programmes {
		for day := clinic.DateOf(now); len(rows) < limit; day = day.AddDays(1) {
			_, due := p.Reminder(day)
			if due.After(now) {
				break
			}
			ids, err := store.NotReminded(ctx, q, p.Code, day, due.UnixMilli(), limit-len(rows))
			if err != nil {
				return nil, err
			}
			for _, id := range ids {
				rows = append(rows, store.Reminder{Booking: id, Channel: channel, Due: due.UnixMilli(), State: store.ReminderWaiting, Next: due.UnixMilli()})
			}
		}
	}
	return rows, nil
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
		if r.Released {
			action = "notice" + strings.TrimPrefix(action, "reminder")
		}
		b.note("notify", action, row.Booking, detail)
		return tx.SaveReminder(row)
	})
}
