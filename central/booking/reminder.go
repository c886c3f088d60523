package booking

import (
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
