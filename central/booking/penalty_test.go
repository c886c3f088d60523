package booking_test

import (
	"errors"
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// absentIn books person n for the first day of Weekly and marks them as not come.
func absentIn(t *testing.T, c *bookingtest.City, n int) (clinic.Booking, *device) {
	t.Helper()
	b := c.MustBook(c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), n)
	c.Set(bookingtest.Day.At(12 * 60))
	nurse := booking.Actor{Account: "nurse", Scope: booking.Scope{Site: bookingtest.SiteA}}
	if marked, err := c.CloseDay(t.Context(), nurse, bookingtest.SiteA, bookingtest.Day); err != nil || marked != 1 {
		t.Fatalf("%d marked, %v", marked, err)
	}
	return b, newDevice(bookingtest.SiteA)
}

func TestThePenaltyIsTakenBackWhenTheArrivalComesLate(t *testing.T) {
	c := bookingtest.Start(t, 5)
	b, d := absentIn(t, c, 1)
	next := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(8))
	refusedAs(t, clinic.RefusedNoShow, second(c.Book(t.Context(), bookingtest.Ask(next, 1))))
	refusedAs(t, clinic.RefusedCancelTooLate, second(c.MoveFor(t.Context(), boss, b.ID, next.ID)))
	d.arrive(b, "A001")
	d.say(syncproto.Op{Kind: clinic.DoseDeferred, Booking: b.ID, Reason: "發燒"})
	d.push(t, c)
	c.MustBook(next, 1)
	reconcile(t, c)
}

func TestThePenaltyIsTakenBackWithTheMark(t *testing.T) {
	c := bookingtest.Start(t, 5)
	b := c.MustBook(c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	d := newDevice(bookingtest.SiteA)
	mark := d.say(syncproto.Op{Kind: clinic.NoShowMarked, Booking: b.ID})
	d.push(t, c)
	c.Set(bookingtest.Day.AddDays(1).At(10 * 60))
	next := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(8))
	refusedAs(t, clinic.RefusedNoShow, second(c.Book(t.Context(), bookingtest.Ask(next, 1))))
	d.say(syncproto.Op{Kind: clinic.EventVoided, Booking: b.ID, Reason: "弄錯人", Voids: &syncproto.Ref{Device: d.id, Epoch: 1, Seq: mark.Seq}})
	d.push(t, c)
	c.MustBook(next, 1)
}

func TestThePenaltyLastsForTheNextPeriodOnly(t *testing.T) {
	c := bookingtest.Start(t, 5)
	absentIn(t, c, 1)
	c.MustBook(c.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day.AddDays(2)), 1) // another programme
	for week, want := range []string{"2026年49期", ""} {
		slot := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(7*week+7))
		c.Set(slot.Date.AddDays(-7).At(13 * 60))
		_, err := c.Book(t.Context(), bookingtest.Ask(slot, 1))
		var r *clinic.Refusal
		switch {
		case want == "" && err != nil:
			t.Errorf("week %d: %v", week, err)
		case want != "" && (!errors.As(err, &r) || r.Code != clinic.RefusedNoShow || r.Args["open"] != want):
			t.Errorf("week %d: %v, want a refusal that names %s", week, err, want)
		}
	}
}

func TestThePenaltyNamesNoPeriodThatIsNotThere(t *testing.T) {
	c := bookingtest.Start(t, 5)
	c.Set(bookingtest.Day.At(12 * 60)) // a Monday again
	missed := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(7))
	c.MustBook(missed, 1)
	c.Set(missed.Date.At(12 * 60))
	nurse := booking.Actor{Account: "nurse", Scope: booking.Scope{Site: bookingtest.SiteA}}
	if marked, err := c.CloseDay(t.Context(), nurse, bookingtest.SiteA, missed.Date); err != nil || marked != 1 {
		t.Fatalf("%d marked, %v", marked, err)
	}
	last := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(14)) // of the last period there is
	refusedAs(t, clinic.RefusedNoShowNext, second(c.Book(t.Context(), bookingtest.Ask(last, 1))))
}
