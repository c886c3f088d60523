package booking_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
)

// waiting fills a slot with person 1 and has so many others wait, in the order of the draw.
func waiting(t *testing.T, c *bookingtest.City, slot clinic.Slot, n int) (holder clinic.Booking, list []booking.Request) {
	t.Helper()
	holder = c.MustBook(slot, 1)
	for i := range n {
		r := bookingtest.Ask(slot, 100+i)
		if s, err := c.StandBy(t.Context(), r); err != nil || !s.Waiting {
			t.Fatalf("stand by: %+v, %v", s, err)
		}
		list = append(list, r)
	}
	return holder, list
}

func giveUp(t *testing.T, c *bookingtest.City, b clinic.Booking) {
	t.Helper()
	if _, err := c.Cancel(t.Context(), booking.Cancellation{ID: b.ID, Number: b.Person.ID, Birth: b.Person.Birth}); err != nil {
		t.Fatal(err)
	}
}

// promoted gives the first of the list who got a place.
func promoted(t *testing.T, c *bookingtest.City, list []booking.Request) int {
	t.Helper()
	return slices.IndexFunc(list, func(r booking.Request) bool {
		s, err := c.StandbyEntry(t.Context(), r.ID)
		return err == nil && s.Promoted
	})
}

func TestAFreedPlaceGoesToWhomTheDrawSaysAndAnybodyCanCheckIt(t *testing.T) {
	c := bookingtest.Start(t, 1)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	before, err := c.Draw(t.Context(), slot.ID)
	if err != nil || len(before.Commitment) != 32 || before.Seed != nil || len(before.Steps) != 0 {
		t.Fatalf("before anybody joins: %+v, %v", before, err)
	}
	holder, list := waiting(t, c, slot, 5)
	if err := c.LeaveStandby(t.Context(), booking.Cancellation{ID: list[4].ID, Number: list[4].Person.ID, Birth: list[4].Person.Birth}); err != nil {
		t.Fatal(err)
	}
	other := c.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day)
	elsewhere := c.MustBook(other, 100) // has a place elsewhere by the time
	c.Again()                           // the list is kept
	giveUp(t, c, holder)
	refusedAs(t, clinic.RefusedFull, second(c.Book(t.Context(), bookingtest.Ask(slot, 2))))
	for range 4 { // until nobody waits
		at := promoted(t, c, list)
		if at < 0 {
			break
		}
		b, err := c.Booking(t.Context(), list[at].ID)
		if err != nil || !b.Person.ID.Equal(list[at].Person.ID) || at == 0 || at == 4 {
			t.Fatalf("entry %d got the place: %v", at, err)
		}
		due, err := c.DueReminders(t.Context(), 10)
		if err != nil || !slices.ContainsFunc(due, func(r booking.Reminder) bool { return r.Booking.ID == b.ID }) {
			t.Errorf("nobody tells them: %v", err)
		}
		giveUp(t, c, b)
		list[at].ID = bookingtest.NewID()
	}
	c.Set(bookingtest.Day.At(0).Add(-time.Second))
	if d, err := c.Draw(t.Context(), slot.ID); err != nil || !errors.Is(clinic.VerifyDraw(d), clinic.ErrDraw) || d.Seed != nil {
		t.Errorf("before the day: %v", err)
	}
	c.Set(bookingtest.Day.At(0))
	d, err := c.Draw(t.Context(), slot.ID)
	if err != nil || clinic.VerifyDraw(d) != nil || !bytes.Equal(d.Commitment, before.Commitment) || len(d.Steps) < 9 {
		t.Errorf("the record: %d steps, %v, %v", len(d.Steps), err, clinic.VerifyDraw(d))
	}
	if b, err := c.Booking(t.Context(), elsewhere.ID); err != nil || !b.Active() {
		t.Errorf("the other booking: %v", err)
	}
	reconcile(t, c)
}

func TestWhoWaitsComesBeforeWhoAsksNext(t *testing.T) {
	c := bookingtest.Start(t, 1)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	holder, list := waiting(t, c, slot, 1)
	giveUp(t, c, holder)
	if promoted(t, c, list) != 0 || now(t, c, slot).Left() != 0 {
		t.Error("the freed place is not theirs")
	}
	again, err := c.StandBy(t.Context(), list[0])
	if err != nil || !again.Promoted {
		t.Errorf("sent again: %+v, %v", again, err)
	}
}

func TestAPlaceComesFromAnEndedHoldAMoveAndMoreCapacityToo(t *testing.T) {
	c := bookingtest.Start(t, 1)
	slot, other := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), c.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day)
	h := mustHold(t, c, holding(slot, "a"))
	first := bookingtest.Ask(slot, 100)
	if _, err := c.StandBy(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	c.Set(h.Until)
	c.MustBook(other, 2) // anything that happens
	got, err := c.Booking(t.Context(), first.ID)
	if err != nil {
		t.Fatalf("after the hold: %v", err)
	}
	next := bookingtest.Ask(slot, 101)
	if _, err := c.StandBy(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	mustMove(t, c, got, c.SlotOn(bookingtest.SiteC, bookingtest.XBB, bookingtest.Day))
	if promoted(t, c, []booking.Request{next}) != 0 {
		t.Error("after the move nobody got the place")
	}
	last := bookingtest.Ask(slot, 102)
	if _, err := c.StandBy(t.Context(), last); err != nil {
		t.Fatal(err)
	}
	row := booking.CapacityRow{Line: 1, Site: slot.Site, Period: slot.Period, Vaccine: slot.Vaccine, Date: slot.Date, Start: slot.Start, End: slot.End, Capacity: 2}
	if _, err := c.ImportCapacity(t.Context(), booking.Actor{Account: "bureau", Scope: booking.Scope{All: true}}, []booking.CapacityRow{row}); err != nil {
		t.Fatal(err)
	}
	if promoted(t, c, []booking.Request{last}) != 0 || now(t, c, slot).Taken != 2 {
		t.Error("more capacity helped nobody")
	}
	reconcile(t, c)
}

func TestWhoMayWait(t *testing.T) {
	c := bookingtest.Start(t, 1)
	slot, free := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), c.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day)
	_, list := waiting(t, c, slot, 1)
	refusedAs(t, clinic.RefusedPlacesLeft, second(c.StandBy(t.Context(), bookingtest.Ask(free, 200))))
	refusedAs(t, clinic.RefusedAlreadyBooked, second(c.StandBy(t.Context(), bookingtest.Ask(slot, 1))))
	refusedAs(t, clinic.RefusedAlreadyWaiting, second(c.StandBy(t.Context(), bookingtest.Ask(slot, 100))))
	reused := bookingtest.Ask(slot, 201)
	reused.ID = list[0].ID
	refusedAs(t, clinic.RefusedConflictingKey, second(c.StandBy(t.Context(), reused)))
	reused.Slot = free.ID
	refusedAs(t, clinic.RefusedConflictingKey, second(c.Book(t.Context(), reused)))
	leave := booking.Cancellation{ID: list[0].ID, Number: list[0].Person.ID, Birth: bookingtest.Person(3).Birth}
	refusedAs(t, clinic.RefusedNotFound, c.LeaveStandby(t.Context(), leave))
	leave.Birth = list[0].Person.Birth
	if err := c.LeaveStandby(t.Context(), leave); err != nil {
		t.Error(err)
	}
	refusedAs(t, clinic.RefusedAlreadyGone, c.LeaveStandby(t.Context(), leave))
	refusedAs(t, clinic.RefusedAlreadyGone, second(c.StandBy(t.Context(), list[0])))
	c.Set(bookingtest.Day.AddDays(-5).At(20 * 60))
	refusedAs(t, clinic.RefusedWindowClosed, second(c.StandBy(t.Context(), bookingtest.Ask(slot, 202))))
}
