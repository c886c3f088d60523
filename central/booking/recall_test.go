package booking_test

import (
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

func TestARecalledLotIsCountedWhereItWasGiven(t *testing.T) {
	c, b, desk, other := clinicDay(t, 5)
	desk.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: b.ID, Lot: "ab7"})
	desk.push(t, c)
	other.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: b.ID, Lot: "AB7"}) // the same dose
	expect(t, other.push(t, c)[0], syncproto.Flagged, booking.CodeDoubleDose)
	if err := c.RecallLot(t.Context(), boss, bookingtest.XBB, " ab7"); err != nil {
		t.Fatal(err)
	}
	refusedAs(t, booking.RefusedLot, c.RecallLot(t.Context(), boss, bookingtest.XBB, "a b"))
	refusedAs(t, clinic.RefusedNoSuchVaccine, c.RecallLot(t.Context(), boss, "none", "AB7"))
	list, err := c.Recalls(t.Context(), boss.Scope)
	if err != nil || len(list) != 1 || list[0].Lot != "AB7" || len(list[0].Given) != 1 || list[0].Given[0].Site.Code != bookingtest.SiteA || list[0].Given[0].People != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := c.Recalls(t.Context(), booking.Scope{Site: bookingtest.SiteB}); err != nil || len(list) != 1 || len(list[0].Given) != 0 {
		t.Errorf("another site sees %+v, %v", list, err)
	}
	flu := c.MustBook(c.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day), 8)
	desk.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: flu.ID, Lot: "AB7", Reason: clinic.Injection{Vaccine: bookingtest.XBB}.String()}) // another one than was booked
	expect(t, desk.push(t, c)[0], syncproto.Flagged, booking.CodeRecalledLot)
	if list, err := c.Recalls(t.Context(), boss.Scope); err != nil || list[0].Given[0].People != 2 {
		t.Errorf("%+v, %v", list, err)
	}
	again := c.MustBook(c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 9)
	desk.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: again.ID, Lot: "Ab7"})
	expect(t, desk.push(t, c)[0], syncproto.Flagged, booking.CodeRecalledLot)
}

func TestAReactionIsToldToTheDevicesOfTheSite(t *testing.T) {
	c, b, desk, _ := clinicDay(t, 5)
	desk.arrive(b, "A001")
	desk.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: b.ID, Lot: "L1"})
	desk.say(syncproto.Op{Kind: clinic.ReactionNoted, Booking: b.ID, Reason: "起疹子"})
	desk.push(t, c)
	page, err := c.Feed(t.Context(), booking.FeedRequest{Site: bookingtest.SiteA, Device: bookingtest.NewID(), Epoch: 1, First: bookingtest.Day, Limit: syncproto.MaxPageRows, Digest: syncproto.NoDay})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range page.Rows {
		if row.Booking != nil && row.Booking.ID == b.ID && len(row.Booking.Events) != 3 {
			t.Errorf("devices are told of %d events, want 3", len(row.Booking.Events))
		}
	}
}
