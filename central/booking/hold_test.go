package booking_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

func holding(slot clinic.Slot, owner string) booking.HoldRequest {
	return booking.HoldRequest{ID: bookingtest.NewID(), Slot: slot.ID, Owner: owner, Address: "192.0.2.1"}
}

func mustHold(t *testing.T, c *bookingtest.City, r booking.HoldRequest) booking.Hold {
	t.Helper()
	h, err := c.Hold(t.Context(), r)
	if err != nil {
		t.Fatalf("%s holds a place: %v", r.Owner, err)
	}
	return h
}

func askWith(h booking.Hold, slot clinic.Slot, n int) booking.Request {
	r := bookingtest.Ask(slot, n)
	r.Hold = h.ID
	return r
}

func now(t *testing.T, c *bookingtest.City, slot clinic.Slot) clinic.Slot {
	t.Helper()
	s, ok := c.Slot(slot.ID)
	if !ok {
		t.Fatal("the slot is gone")
	}
	return s
}

func TestTheLastPlaceIsKeptForWhoeverChoseIt(t *testing.T) {
	c := bookingtest.Start(t, 1)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	h := mustHold(t, c, holding(slot, "a"))
	if s := now(t, c, slot); s.Held != 1 || s.Taken != 0 || s.Left() != 0 || h.Until.Sub(c.Now()) != 10*time.Minute {
		t.Errorf("held %d, taken %d, left %d, until %s", s.Held, s.Taken, s.Left(), h.Until)
	}
	if body, _, _, _ := c.Availability(bookingtest.SiteA); !strings.Contains(string(body), `"capacity":1,"held":1,"left":0`) {
		t.Error("availability does not tell held from taken")
	}
	refusedAs(t, clinic.RefusedFull, second(c.Book(t.Context(), bookingtest.Ask(slot, 2))))
	refusedAs(t, clinic.RefusedFull, second(c.Hold(t.Context(), holding(slot, "b"))))
	ask := askWith(h, slot, 1)
	for range 2 { // sent again it is the same booking
		if b, err := c.Book(t.Context(), ask); err != nil || b.ID != ask.ID {
			t.Fatal(err)
		}
	}
	if s := now(t, c, slot); s.Held != 0 || s.Taken != 1 {
		t.Errorf("afterwards held %d, taken %d", s.Held, s.Taken)
	}
	refusedAs(t, clinic.RefusedHoldExpired, second(c.Book(t.Context(), askWith(h, slot, 3))))
}

func TestAHoldEndsByTheClock(t *testing.T) {
	c := bookingtest.Start(t, 1)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	h := mustHold(t, c, holding(slot, "a"))
	c.Set(h.Until.Add(-time.Millisecond))
	refusedAs(t, clinic.RefusedFull, second(c.Book(t.Context(), bookingtest.Ask(slot, 2))))
	c.Set(h.Until)
	refusedAs(t, clinic.RefusedHoldExpired, second(c.Book(t.Context(), askWith(h, slot, 1))))
	if s := now(t, c, slot); s.Left() != 1 {
		t.Errorf("%d places are left after the hold", s.Left())
	}
	c.MustBook(slot, 2)
}

func TestAHoldNeverOutlastsTheWindow(t *testing.T) {
	c := bookingtest.Start(t, 1)
	closes := bookingtest.Day.AddDays(-5).At(20 * 60)
	c.Set(closes.Add(-3 * time.Minute))
	if h := mustHold(t, c, holding(c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), "a")); !h.Until.Equal(closes) {
		t.Errorf("held until %s, the window closes at %s", h.Until, closes)
	}
	c.Set(closes)
	refusedAs(t, clinic.RefusedWindowClosed, second(c.Hold(t.Context(), holding(c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), "b"))))
}

func TestOneOwnerHoldsOneSlotAtATime(t *testing.T) {
	c := bookingtest.Start(t, 2)
	first, other := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), c.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day)
	h := mustHold(t, c, holding(first, "a"))
	c.Set(c.Now().Add(time.Minute))
	if again := mustHold(t, c, holding(first, "a")); again != h {
		t.Errorf("choosing the slot again gave %v after %v", again, h)
	}
	moved := mustHold(t, c, holding(other, "a"))
	if a, b := now(t, c, first), now(t, c, other); a.Held != 0 || b.Held != 1 {
		t.Errorf("held %d at the first slot, %d at the other", a.Held, b.Held)
	}
	if err := errors.Join(c.Release(t.Context(), moved.ID), c.Release(t.Context(), moved.ID)); err != nil {
		t.Fatal(err)
	}
	if b := now(t, c, other); b.Held != 0 {
		t.Errorf("%d places are held after the release", b.Held)
	}
	family := holding(first, "a")
	family.Places = 3
	refusedAs(t, clinic.RefusedFull, second(c.Hold(t.Context(), family)))
	stolen := holding(first, "b")
	stolen.ID = mustHold(t, c, holding(first, "a")).ID
	refusedAs(t, clinic.RefusedConflictingKey, second(c.Hold(t.Context(), stolen)))
}

func TestOneAddressCannotHoldEverything(t *testing.T) {
	c := bookingtest.Start(t, 100)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	for n := range 50 {
		mustHold(t, c, holding(slot, fmt.Sprint(n)))
	}
	refusedAs(t, clinic.RefusedHoldLimit, second(c.Hold(t.Context(), holding(slot, "one more"))))
	elsewhere := holding(slot, "elsewhere")
	elsewhere.Address = "192.0.2.2"
	mustHold(t, c, elsewhere)
	c.MustBook(slot, 1) // without a hold
}

func TestAFailedCommitTakesNoHoldAndNoneIsLost(t *testing.T) {
	c := bookingtest.Start(t, 2)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	h := mustHold(t, c, holding(slot, "a"))
	c.Break(func(string) error { return errors.New("the disk is gone") })
	refusedAs(t, clinic.RefusedBusy, second(c.Book(t.Context(), askWith(h, slot, 1))))
	c.Break(nil)
	if _, err := c.Book(t.Context(), askWith(h, slot, 1)); err != nil {
		t.Fatalf("the hold is lost: %v", err)
	}
	if s := now(t, c, slot); s.Held != 0 || s.Taken != 1 {
		t.Errorf("held %d, taken %d", s.Held, s.Taken)
	}
}

func TestHoldsEndWithCentral(t *testing.T) {
	c := bookingtest.Start(t, 1)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	h := mustHold(t, c, holding(slot, "a"))
	c.Again()
	refusedAs(t, clinic.RefusedHoldExpired, second(c.Book(t.Context(), askWith(h, slot, 1))))
	c.MustBook(slot, 1)
}

func TestWhoComesInSpiteOfCancellingTakesNoHeldPlace(t *testing.T) {
	c := bookingtest.Start(t, 1)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	b := c.MustBook(slot, 1)
	if _, err := c.Cancel(t.Context(), booking.Cancellation{ID: b.ID, Number: b.Person.ID, Birth: b.Person.Birth}); err != nil {
		t.Fatal(err)
	}
	h := mustHold(t, c, holding(slot, "a"))
	d := newDevice(slot.Site)
	d.arrive(b, "A001")
	expect(t, d.push(t, c)[0], syncproto.Flagged, booking.CodeReinstated)
	if _, err := c.Book(t.Context(), askWith(h, slot, 2)); err != nil {
		t.Errorf("the held place is gone: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

func refusedAs(t *testing.T, code string, err error) {
	t.Helper()
	if !errors.Is(err, clinic.Refuse(code)) {
		t.Errorf("got %v, want refused: %s", err, code)
	}
}
