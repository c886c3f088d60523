package booking_test

import (
	"errors"
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

func moving(b clinic.Booking, to clinic.Slot) booking.MoveRequest {
	return booking.MoveRequest{ID: b.ID, Number: b.Person.ID, Birth: b.Person.Birth, Slot: to.ID}
}

func mustMove(t *testing.T, c *bookingtest.City, b clinic.Booking, to clinic.Slot) clinic.Booking {
	t.Helper()
	moved, err := c.Move(t.Context(), moving(b, to))
	if err != nil {
		t.Fatalf("move to %s on %s: %v", to.Site, to.Date, err)
	}
	return moved
}

// gone lists what a site's feed takes off its devices, and bookings what it puts on them.
func feedOf(t *testing.T, c *bookingtest.City, site string) (bookings map[clinic.ID]bool) {
	t.Helper()
	page, err := c.Feed(t.Context(), booking.FeedRequest{Site: site, First: bookingtest.Day.AddDays(-7), Limit: syncproto.MaxPageRows})
	if err != nil || page.More {
		t.Fatalf("the feed: %v", err)
	}
	bookings = make(map[clinic.ID]bool)
	for _, r := range page.Rows {
		switch {
		case r.Booking != nil:
			bookings[r.Booking.ID] = true
		case r.Gone != nil:
			if bookings[r.Gone.ID] {
				t.Errorf("booking %s is there and gone", r.Gone.ID)
			}
			bookings[r.Gone.ID] = false
		}
	}
	return bookings
}

func TestAMovedBookingKeepsItsIdAndLeavesTheOldSitesDevices(t *testing.T) {
	c := bookingtest.Start(t, 1)
	a, b := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), c.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day.AddDays(2))
	first := c.MustBook(a, 1)
	for range 2 { // asked twice it is one move
		moved := mustMove(t, c, first, b)
		if moved.ID != first.ID || moved.Code != first.Code || moved.Slot.ID != b.ID || moved.Version != 2 {
			t.Errorf("moved to %+v, version %d", moved.Slot, moved.Version)
		}
	}
	if now(t, c, a).Taken != 0 || now(t, c, b).Taken != 1 {
		t.Error("the places are not as after one move")
	}
	here, known := feedOf(t, c, bookingtest.SiteA)[first.ID]
	if here || !known || !feedOf(t, c, bookingtest.SiteB)[first.ID] {
		t.Error("the feeds do not tell the devices of the move")
	}
	mustMove(t, c, first, a)
	if !feedOf(t, c, bookingtest.SiteA)[first.ID] || feedOf(t, c, bookingtest.SiteB)[first.ID] {
		t.Error("the feeds do not tell the devices that it came back")
	}
	reconcile(t, c)
	c.Again()
	if now(t, c, a).Taken != 1 || now(t, c, b).Taken != 0 {
		t.Error("after a restart the places are others")
	}
	if _, err := c.Book(t.Context(), bookingtest.Ask(c.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day), 1)); !errors.Is(err, clinic.Refuse(clinic.RefusedAlreadyBooked)) {
		t.Errorf("whoever moved books again: %v", err)
	}
}

func TestWhoCannotMoveKeepsTheOldPlace(t *testing.T) {
	c := bookingtest.Start(t, 1)
	a, full := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), c.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day)
	b := c.MustBook(a, 1)
	c.MustBook(full, 2)
	refusedAs(t, clinic.RefusedFull, second(c.Move(t.Context(), moving(b, full))))
	refusedAs(t, clinic.RefusedNoSuchSlot, second(c.Move(t.Context(), moving(b, c.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day)))))
	refusedAs(t, clinic.RefusedWindowNotOpen, second(c.Move(t.Context(), moving(b, c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(7))))))
	stranger := moving(b, full)
	stranger.Birth = bookingtest.Person(2).Birth
	refusedAs(t, clinic.RefusedNotFound, second(c.Move(t.Context(), stranger)))
	held := mustHold(t, c, holding(c.SlotOn(bookingtest.SiteC, bookingtest.XBB, bookingtest.Day), "a"))
	refusedAs(t, clinic.RefusedFull, second(c.Move(t.Context(), moving(b, c.SlotOn(bookingtest.SiteC, bookingtest.XBB, bookingtest.Day)))))
	if now(t, c, a).Taken != 1 {
		t.Error("the old place is lost")
	}
	with := moving(b, c.SlotOn(bookingtest.SiteC, bookingtest.XBB, bookingtest.Day))
	with.Hold = held.ID
	if _, err := c.Move(t.Context(), with); err != nil {
		t.Errorf("with the hold: %v", err)
	}
	reconcile(t, c)
}

func TestThePublicMovesUntilTheDeadlineAndStaffAfterIt(t *testing.T) {
	c := bookingtest.Start(t, 1)
	slot := func(d int) clinic.Slot {
		return c.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day.AddDays(d))
	}
	b := c.MustBook(slot(0), 1)
	c.Set(bookingtest.Day.AddDays(-1).At(9 * 60))
	refusedAs(t, clinic.RefusedCancelTooLate, second(c.Move(t.Context(), moving(b, slot(3)))))
	staff := booking.Actor{Account: "desk", Scope: booking.Scope{Site: bookingtest.SiteA}}
	if m, err := c.MoveFor(t.Context(), staff, b.ID, slot(3).ID); err != nil || m.Slot.Date != slot(3).Date {
		t.Errorf("staff: %v", err)
	}
	refusedAs(t, booking.RefusedOutside, second(c.MoveFor(t.Context(), staff, b.ID, c.SlotOn(bookingtest.SiteB, bookingtest.FluVac, bookingtest.Day.AddDays(4)).ID)))
	d := newDevice(bookingtest.SiteA)
	d.arrive(b, "A001")
	d.push(t, c)
	refusedAs(t, clinic.RefusedArrived, second(c.MoveFor(t.Context(), staff, b.ID, slot(4).ID)))
}

func TestWhoComesToTheSiteTheyMovedFromIsTakenThere(t *testing.T) {
	c := bookingtest.Start(t, 1)
	a, other := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), c.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day)
	b := c.MustBook(a, 1)
	mustMove(t, c, b, other)
	c.MustBook(a, 2) // somebody else has the place by now, and keeps it
	d := newDevice(bookingtest.SiteA)
	d.say(syncproto.Op{Kind: clinic.NoShowMarked, Booking: b.ID, Staff: "小美"})
	d.arrive(b, "A001")
	verdicts := d.push(t, c)
	expect(t, verdicts[0], syncproto.Parked, booking.CodeMoved)
	expect(t, verdicts[1], syncproto.Flagged, booking.CodeMovedBack)
	attendance(t, c, b.ID, clinic.Arrived)
	if now(t, c, a).Taken != 2 || now(t, c, other).Taken != 0 {
		t.Errorf("taken %d at the old site, %d at the new one", now(t, c, a).Taken, now(t, c, other).Taken)
	}
	if !feedOf(t, c, bookingtest.SiteA)[b.ID] || feedOf(t, c, bookingtest.SiteB)[b.ID] {
		t.Error("the feeds do not tell where the person is")
	}
	reconcile(t, c)
}

func TestTheReminderMovesToo(t *testing.T) {
	c := bookingtest.Start(t, 1)
	b := c.MustBook(c.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day), 1)
	mustMove(t, c, b, c.SlotOn(bookingtest.SiteB, bookingtest.FluVac, bookingtest.Day.AddDays(5)))
	c.Set(bookingtest.Day.AddDays(2).At(12 * 60))
	if due, err := c.DueReminders(t.Context(), 10); err != nil || len(due) != 0 {
		t.Errorf("%d reminders for the old day, %v", len(due), err)
	}
	c.Set(bookingtest.Day.AddDays(3).At(10 * 60))
	if due, err := c.DueReminders(t.Context(), 10); err != nil || len(due) != 1 {
		t.Errorf("%d reminders for the new day, %v", len(due), err)
	}
}
