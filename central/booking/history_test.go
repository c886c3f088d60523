package booking_test

import (
	"errors"
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/store/storetest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

func TestARestoredBackupLosesNothingThatAClinicHolds(t *testing.T) {
	city := bookingtest.Start(t, 5)
	slot := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	one, two := city.MustBook(slot, 1), city.MustBook(slot, 2)
	d := newDevice(bookingtest.SiteA)
	d.arrive(one, "A001")
	d.push(t, city)
	before := city.History()
	copied := storetest.Copy(t, city.Store, city.Path)
	d.arrive(two, "A002") // after the backup: central will forget it
	d.push(t, city)
	d.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: two.ID, Lot: "L1"}) // and this was never sent
	city.Shut()

	restored := storetest.OpenAt(t, copied)
	if _, err := booking.Renew(t.Context(), restored, otherKeys(t), bookingtest.NewID); !errors.Is(err, booking.ErrKeys) {
		t.Errorf("with other keys: %v", err)
	}
	history, err := booking.Renew(t.Context(), restored, storetest.Keys(t), bookingtest.NewID)
	if err != nil {
		t.Fatal(err)
	}
	if err := restored.Close(); err != nil {
		t.Fatal(err)
	}
	city.Path = copied
	city.Again()
	if city.History() != history || history == before {
		t.Errorf("the history was %s and is %s", before, city.History())
	}
	attendance(t, city, one.ID, clinic.Arrived)
	attendance(t, city, two.ID, clinic.NotArrived)
	for _, v := range d.push(t, city) { // everything above what central has
		expect(t, v, syncproto.Accepted, "")
	}
	attendance(t, city, two.ID, clinic.Vaccinated)
	reconcile(t, city)
}

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
