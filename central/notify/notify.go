// Package notify sends the reminders and notices that are due: it takes them from booking's
// outbox, hands each to a sender, and records what became of it.
package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/clock"
)

// Message is what a sender sends. ID is the booking's, with what the message tells
// behind it unless it is a reminder: a gateway that knows it already must not send
// again, because a crash between sending and recording makes us try once more.
type Message struct {
	ID   string
	To   clinic.Phone
	Text string
}

// Sender sends one message. An error means that it was not sent and may be
// tried again; its text is kept and must not hold personal data.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// Outbox is where reminders wait. *booking.Engine is one.
type Outbox interface {
	DueReminders(ctx context.Context, limit int) ([]booking.Reminder, error)
	ReminderSent(ctx context.Context, r booking.Reminder) error
	ReminderFailed(ctx context.Context, r booking.Reminder, problem string, again time.Time) error
}

// Notifier sends what is due.
type Notifier struct {
	Outbox Outbox
	Sender Sender
	Clock  clock.Clock
	Log    *slog.Logger
	Every  time.Duration // how often the outbox is looked at; 0 means every 10 seconds
}

// Run sends until ctx ends.
func (n *Notifier) Run(ctx context.Context) error {
	every := n.Every
	if every == 0 {
		every = 10 * time.Second
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if _, err := n.Once(ctx); err != nil && ctx.Err() == nil {
			n.Log.Error("send reminders", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// batch is how many reminders are taken from the outbox at a time.
const batch = 100

// Once sends everything that is due and gives how many went out.
func (n *Notifier) Once(ctx context.Context) (sent int, err error) {
	for {
		due, err := n.Outbox.DueReminders(ctx, batch)
		if err != nil {
			return sent, fmt.Errorf("take reminders: %w", err)
		}
		for _, r := range due {
			ok, err := n.send(ctx, r)
			if err != nil {
				return sent, err
			}
			if ok {
				sent++
			}
		}
		if len(due) < batch {
			return sent, nil
		}
	}
}

func (n *Notifier) send(ctx context.Context, r booking.Reminder) (sent bool, err error) {
	if !n.Clock().Before(r.Until) {
		return false, n.Outbox.ReminderFailed(ctx, r, "too late", time.Time{})
	}
	fault := n.Sender.Send(ctx, Message{ID: idOf(r), To: r.Booking.Person.Mobile, Text: Text(r)})
	if fault == nil {
		return true, n.Outbox.ReminderSent(ctx, r)
	}
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	again := n.again(r)
	n.Log.Warn("a reminder was not sent", "booking", r.Booking.ID, "attempts", r.Attempts+1, "again", again, "error", fault)
	return false, n.Outbox.ReminderFailed(ctx, r, fault.Error(), again)
}

func idOf(r booking.Reminder) string {
	if r.Released {
		return r.Booking.ID.String() + "/released"
	}
	return r.Booking.ID.String()
}

// Waits between attempts: a minute, doubled each time, an hour at most.
const (
	firstWait   = time.Minute
	longestWait = time.Hour
)

// again says when a reminder is tried again; the zero time when it would be too
// late.
func (n *Notifier) again(r booking.Reminder) time.Time {
	wait := longestWait
	if r.Attempts < 6 {
		wait = firstWait << r.Attempts
	}
	next := n.Clock().Add(wait)
	if !next.Before(r.Until) {
		return time.Time{}
	}
	return next
}

var errNoPhone = errors.New("there is no number to send to")
