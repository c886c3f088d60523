package booking_test

import (
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

func TestAnEventWaitsForItsBooking(t *testing.T) {
	city := bookingtest.Start(t, 5)
	ask := bookingtest.Ask(city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	here, elsewhere := newDevice(bookingtest.SiteA), newDevice(bookingtest.SiteB)
	here.arrive(clinic.Booking{ID: ask.ID}, "A001")
	elsewhere.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: ask.ID, Lot: "L1"})
	expect(t, here.push(t, city)[0], syncproto.Parked, booking.CodeOrphan)
	expect(t, elsewhere.push(t, city)[0], syncproto.Parked, booking.CodeOrphan)
	city.Again()
	if _, err := city.Book(t.Context(), ask); err != nil {
		t.Fatal(err)
	}
	attendance(t, city, ask.ID, clinic.Arrived) // the other site's event stays in review
	review, err := city.Review(t.Context(), booking.Scope{All: true}, 10)
	if err != nil || len(review) != 2 {
		t.Fatal(review, err)
	}
	for _, r := range review {
		if r.Parked != (r.Site == bookingtest.SiteB) {
			t.Errorf("site %s: parked %v with %s", r.Site, r.Parked, r.Code)
		}
	}
	reconcile(t, city)
}

func TestANewEpochBeginsItsOwnChain(t *testing.T) {
	city := bookingtest.Start(t, 5)
	slot := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	old := newDevice(bookingtest.SiteA)
	old.arrive(city.MustBook(slot, 1), "A001")
	old.push(t, city)
	reborn := newDevice(bookingtest.SiteA)
	reborn.id = old.id
	reborn.arrive(city.MustBook(slot, 2), "A001")
	b := reborn.batch(1, 1)
	b.Epoch = 2
	ack, err := city.Receive(t.Context(), b)
	if err != nil || ack.AckedSeq != 1 {
		t.Fatal(ack, err)
	}
	expect(t, ack.Verdicts[0], syncproto.Accepted, "")
}
