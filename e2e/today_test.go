package e2e_test

import (
	"context"
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/syncproto"
)

// A new device takes a long list over, and its line is slow: one page has come. Whoever
// is booked for today is found and checked in, those of later days come in their order,
// and in the end both sides hold the same.
func TestWhoIsBookedForTodayIsFoundBeforeTheRestHasCome(t *testing.T) {
	const later = 2500
	w := newWorld(t)
	book := func(day clinic.Date, first, count int) []booking.Request {
		requests := bookingtest.Requests([]clinic.Slot{w.SlotOn(bookingtest.SiteA, bookingtest.FluVac, day)}, first, count)
		if _, err := bookingtest.Flood(t.Context(), callers, requests, bookingtest.Raw(w.Engine)); err != nil {
			t.Fatal(err)
		}
		return requests
	}
	early := book(bookingtest.Day, 0, 1)
	book(bookingtest.Day.AddDays(1), 1, later)
	late := book(bookingtest.Day, later+1, 1) // today's slot is told after it, at the very end
	w.Set(bookingtest.Day.At(morning))
	door := newDoor(t, w.url)
	w.url = door.URL
	d := w.prepare(bookingtest.SiteA, syncproto.RoleDesk)

	ctx, hangUp := context.WithCancel(t.Context())
	pulled := make(chan error, 1)
	go func() { pulled <- d.Agent.Round(ctx) }()
	<-door.held
	hangUp()
	if err := <-pulled; err == nil {
		t.Fatal("a round came to its end through a door that is shut")
	}
	if all, err := d.Replica.Day(t.Context(), bookingtest.Day.AddDays(1)); err != nil || len(all) > 0 {
		t.Fatalf("%d bookings of tomorrow are complete after one page, %v", len(all), err)
	}
	for _, r := range append(early, late...) {
		f, err := d.Counter.Recognise(t.Context(), r.Person)
		if err != nil || f.Code != reception.Ready || f.Entry.Vaccine == "" {
			t.Fatalf("a person of today is found %q, %v", f.Code, err)
		}
		if _, err := d.Counter.CheckIn(t.Context(), r.ID); err != nil {
			t.Fatal(err)
		}
	}

	door.next(true)
	if err := d.Agent.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if all, err := d.Replica.Day(t.Context(), bookingtest.Day.AddDays(1)); err != nil || len(all) != later {
		t.Fatalf("%d bookings of tomorrow came, %v", len(all), err)
	}
	held, err := d.Replica.Buckets(t.Context(), syncproto.DayOf(bookingtest.Day.AddDays(-1)))
	if err != nil {
		t.Fatal(err)
	}
	_, digest, err := w.Engine.Digest(t.Context(), bookingtest.SiteA, syncproto.DayOf(bookingtest.Day.AddDays(-1)))
	if sum := syncproto.SumOf(held); err != nil || string(digest) != string(sum[:]) {
		t.Fatalf("the rows are not central's: %x, %x, %v", sum, digest, err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}
