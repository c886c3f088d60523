package booking_test

import (
	"errors"
	"sync"
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
)

func family(slot clinic.Slot, first, n int) []booking.Request {
	out := make([]booking.Request, n)
	for i := range out {
		out[i] = bookingtest.Ask(slot, first+i)
	}
	return out
}

func TestAHouseholdBooksTogetherOrNotAtAll(t *testing.T) {
	c := bookingtest.Start(t, 5)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	group := family(slot, 1, 4)
	for range 2 { // sent again it is the same act
		got, err := c.BookGroup(t.Context(), group)
		if err != nil || len(got) != 4 {
			t.Fatalf("%d bookings, %v", len(got), err)
		}
		for i, b := range got {
			if b.ID != group[i].ID || !b.Person.ID.Equal(group[i].Person.ID) {
				t.Errorf("member %d got another one's booking", i)
			}
		}
	}
	refusedAs(t, clinic.RefusedFull, second(c.BookGroup(t.Context(), family(slot, 10, 2))))
	other := c.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day)
	spread := append(family(other, 10, 2), bookingtest.Ask(other, 4)) // the last one has a booking
	_, err := c.BookGroup(t.Context(), spread)
	var m *booking.MemberError
	refusedAs(t, clinic.RefusedAlreadyBooked, err)
	if !errors.As(err, &m) || m.Member != 2 {
		t.Errorf("who it is about: %v", err)
	}
	twice := append(family(other, 10, 1), bookingtest.Ask(other, 10))
	refusedAs(t, clinic.RefusedAlreadyBooked, second(c.BookGroup(t.Context(), twice)))
	mixed := append(family(other, 10, 1), group[0])
	refusedAs(t, clinic.RefusedConflictingKey, second(c.BookGroup(t.Context(), mixed)))
	refusedAs(t, clinic.RefusedGroupSize, second(c.BookGroup(t.Context(), family(other, 20, 5))))
	refusedAs(t, clinic.RefusedGroupSize, second(c.BookGroup(t.Context(), nil)))
	if now(t, c, other).Taken != 0 || now(t, c, slot).Taken != 4 {
		t.Error("a group that was refused left something behind")
	}
	reconcile(t, c)
	c.Set(bookingtest.Day.AddDays(-5).At(20*60 + 1))
	if got, err := c.BookGroup(t.Context(), group); err != nil || len(got) != 4 {
		t.Errorf("sent again after the window: %d, %v", len(got), err)
	}
}

func TestAGroupUsesItsHold(t *testing.T) {
	c := bookingtest.Start(t, 3)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	ask := holding(slot, "a")
	ask.Places = 2
	h := mustHold(t, c, ask)
	group := family(slot, 1, 3)
	for i := range group {
		group[i].Hold = h.ID
	}
	refusedAs(t, clinic.RefusedHoldExpired, second(c.BookGroup(t.Context(), group))) // it has places for two
	group[2].Hold = clinic.ID{}
	if _, err := c.BookGroup(t.Context(), group); err != nil {
		t.Fatal(err)
	}
	if s := now(t, c, slot); s.Taken != 3 || s.Held != 0 {
		t.Errorf("taken %d, held %d", s.Taken, s.Held)
	}
	reconcile(t, c)
}

func TestGroupsNeverOverbook(t *testing.T) {
	c := bookingtest.Start(t, 10)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	var wg sync.WaitGroup
	for g := range 12 {
		wg.Go(func() {
			if _, err := c.BookGroup(t.Context(), family(slot, 100+g*4, 1+g%4)); err != nil && !errors.Is(err, clinic.Refuse(clinic.RefusedFull)) {
				t.Errorf("group %d: %v", g, err)
			}
		})
	}
	wg.Wait()
	if s := now(t, c, slot); s.Taken > 10 || s.Taken < 7 {
		t.Errorf("%d taken", s.Taken)
	}
	reconcile(t, c)
}
