package booking_test

import (
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

var bureau = booking.Actor{Account: "bureau", Scope: booking.Scope{All: true}}

// walkIns sets a site's rules for walk-ins.
func walkIns(t *testing.T, c *bookingtest.City, code string, share, overflow int) {
	t.Helper()
	site, _ := c.Catalogue().Site(code)
	site.WalkInShare, site.OverflowCap = share, overflow
	if err := c.SaveSite(t.Context(), bureau, site); err != nil {
		t.Fatal(err)
	}
}

func (d *device) walkIn(slot clinic.Slot, n int) syncproto.Op {
	p := bookingtest.Person(n)
	return d.say(syncproto.Op{Kind: clinic.WalkInRegistered, Booking: bookingtest.NewID(), Ticket: "A00" + string(rune('0'+n%10)), Staff: "kiosk", WalkIn: &syncproto.WalkIn{
		IDNumber: p.ID.Reveal(), Name: p.Name.Reveal(), Birth: syncproto.DayOf(p.Birth.Reveal()), Slot: slot.ID, Dose: bookingtest.Ask(slot, n).Dose,
	}})
}

func lease(t *testing.T, c *bookingtest.City, d *device, slot clinic.Slot, places int) booking.Lease {
	t.Helper()
	l, err := c.Lease(t.Context(), booking.LeaseRequest{ID: bookingtest.NewID(), Site: d.site, Device: d.id, Slot: slot.ID, Places: places})
	if err != nil {
		t.Fatalf("lease: %v", err)
	}
	return l
}

func TestASiteKeepsItsShareForWalkIns(t *testing.T) {
	c := bookingtest.Start(t, 10)
	walkIns(t, c, bookingtest.SiteA, 25, 0)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	if slot.WalkIn != 2 || slot.Left() != 8 {
		t.Fatalf("%d are kept, %d left", slot.WalkIn, slot.Left())
	}
	for n := range 8 {
		c.MustBook(slot, n)
	}
	refusedAs(t, clinic.RefusedFull, second(c.Book(t.Context(), bookingtest.Ask(slot, 8))))
	d := newDevice(bookingtest.SiteA)
	if l := lease(t, c, d, slot, 5); l.Granted != 2 {
		t.Errorf("%d granted, two are there", l.Granted)
	}
	refusedAs(t, clinic.RefusedFull, second(c.Lease(t.Context(), booking.LeaseRequest{ID: bookingtest.NewID(), Site: d.site, Device: d.id, Slot: slot.ID, Places: 1})))
	c.Again()
	if s := now(t, c, slot); s.Left() != 0 || s.WalkIn != 2 {
		t.Errorf("after a restart %d kept, %d left", s.WalkIn, s.Left())
	}
	low := booking.CapacityRow{Line: 1, Site: slot.Site, Period: slot.Period, Vaccine: slot.Vaccine, Date: slot.Date, Start: slot.Start, End: slot.End, Capacity: 9}
	report, err := c.ImportCapacity(t.Context(), bureau, []booking.CapacityRow{low})
	refusedAs(t, booking.RefusedRows, err)
	if len(report.Problems) != 1 || report.Problems[0].Refusal.Args["booked"] != "10" {
		t.Errorf("below what is booked and leased: %+v", report.Problems)
	}
}

func TestWalkInsUseTheLeaseThenOverflowThenWaitForStaff(t *testing.T) {
	c := bookingtest.Start(t, 3)
	walkIns(t, c, bookingtest.SiteA, 34, 1)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	d := newDevice(bookingtest.SiteA)
	l := lease(t, c, d, slot, 1)
	for n := range 2 {
		c.MustBook(slot, n+1)
	}
	c.Set(bookingtest.Day.At(9 * 60))
	inside, over, beyond := d.walkIn(slot, 11), d.walkIn(slot, 12), d.walkIn(slot, 13)
	d.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: beyond.Booking, Lot: "L1"})
	verdicts := d.push(t, c)
	expect(t, verdicts[0], syncproto.Accepted, "")
	expect(t, verdicts[1], syncproto.Flagged, booking.CodeOverflow)
	expect(t, verdicts[2], syncproto.Parked, booking.CodeOverCap)
	expect(t, verdicts[3], syncproto.Parked, booking.CodeOrphan)
	attendance(t, c, inside.Booking, clinic.Arrived)
	attendance(t, c, over.Booking, clinic.Arrived)
	if s := now(t, c, slot); s.Taken != 4 || s.WalkIn != 0 {
		t.Errorf("%d taken, %d kept", s.Taken, s.WalkIn)
	}
	if live, err := c.Leases(t.Context(), d.id); err != nil || len(live) != 1 || live[0].Consumed != 1 || live[0].ID != l.ID {
		t.Errorf("the lease: %+v, %v", live, err)
	}
	if !feedOf(t, c, bookingtest.SiteA)[inside.Booking] {
		t.Error("the other devices do not learn of the walk-in")
	}
	ref := clinic.EventRef{Device: d.id, Epoch: 1, Seq: beyond.Seq}
	refusedAs(t, clinic.RefusedNotFound, second(c.AdmitWalkIn(t.Context(), booking.Actor{Account: "x", Scope: booking.Scope{Site: bookingtest.SiteB}}, ref)))
	b, err := c.AdmitWalkIn(t.Context(), bureau, ref)
	if err != nil || b.ID != beyond.Booking || b.Visit().Attendance != clinic.Vaccinated || !b.Person.ID.Equal(bookingtest.IDNumber(13)) {
		t.Errorf("admitted: %v, %v", b.Visit().Attendance, err)
	}
	refusedAs(t, clinic.RefusedNotFound, second(c.AdmitWalkIn(t.Context(), bureau, ref)))
	if now(t, c, slot).Taken != 5 {
		t.Errorf("%d taken", now(t, c, slot).Taken)
	}
	reconcile(t, c)
	c.Again()
	attendance(t, c, beyond.Booking, clinic.Vaccinated)
}

func TestAReturnedLeaseIsFreeAgainAndWhatWasGivenOutStays(t *testing.T) {
	c := bookingtest.Start(t, 4)
	walkIns(t, c, bookingtest.SiteA, 0, 5)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	d, other := newDevice(bookingtest.SiteA), newDevice(bookingtest.SiteA)
	l := lease(t, c, d, slot, 3)
	d.walkIn(slot, 11)
	d.push(t, c)
	refusedAs(t, clinic.RefusedNotFound, second(c.ReturnLease(t.Context(), other.id, l.ID)))
	for range 2 {
		if l, err := c.ReturnLease(t.Context(), d.id, l.ID); err != nil || l.Live || l.Consumed != 1 {
			t.Errorf("returned: %+v, %v", l, err)
		}
	}
	if s := now(t, c, slot); s.Left() != 3 {
		t.Errorf("%d left", s.Left())
	}
	for n := range 3 {
		c.MustBook(slot, n+1)
	}
	d.walkIn(slot, 12) // told too late: it stands beyond, and nobody loses a place
	expect(t, d.push(t, c)[0], syncproto.Flagged, booking.CodeOverflow)
	reconcile(t, c)
}

func TestALeaseEndsWithItsSessionAndOldEventsStillUseIt(t *testing.T) {
	c := bookingtest.Start(t, 2)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	d := newDevice(bookingtest.SiteA)
	l := lease(t, c, d, slot, 2)
	ask := booking.LeaseRequest{ID: l.ID, Site: d.site, Device: d.id, Slot: slot.ID, Places: 2}
	if again, err := c.Lease(t.Context(), ask); err != nil || again != l {
		t.Errorf("asked again: %+v, %v", again, err)
	}
	d.walkIn(slot, 11) // the device is dark
	c.Set(bookingtest.Day.At(12 * 60))
	if live, err := c.Leases(t.Context(), d.id); err != nil || len(live) != 0 {
		t.Errorf("after the session: %+v, %v", live, err)
	}
	c.Set(bookingtest.Day.AddDays(2).At(9 * 60))
	c.Again()
	expect(t, d.push(t, c)[0], syncproto.Accepted, "")
	refusedAs(t, clinic.RefusedSlotClosed, second(c.Lease(t.Context(), booking.LeaseRequest{ID: bookingtest.NewID(), Site: d.site, Device: d.id, Slot: slot.ID, Places: 1})))
	ask.ID = bookingtest.NewID()
	ask.Site = bookingtest.SiteB
	refusedAs(t, clinic.RefusedNoSuchSlot, second(c.Lease(t.Context(), ask)))
	reconcile(t, c)
}

func TestAWalkInWithABookingGetsNoSecondPlace(t *testing.T) {
	c := bookingtest.Start(t, 3)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	here := c.MustBook(slot, 1)
	elsewhere := c.MustBook(c.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day.AddDays(1)), 2)
	c.Set(bookingtest.Day.At(9 * 60))
	d := newDevice(bookingtest.SiteA)
	d.walkIn(slot, 1)
	two := d.walkIn(slot, 2)
	bad := d.say(syncproto.Op{Kind: clinic.WalkInRegistered, Booking: bookingtest.NewID(), WalkIn: &syncproto.WalkIn{IDNumber: "A123456788", Name: "王", Birth: 1, Slot: slot.ID, Dose: "primary1"}})
	d.say(syncproto.Op{Kind: clinic.WalkInRegistered, Booking: bookingtest.NewID(), WalkIn: &syncproto.WalkIn{Slot: bookingtest.NewID()}})
	verdicts := d.push(t, c)
	expect(t, verdicts[0], syncproto.Flagged, booking.CodeHasBooking)
	expect(t, verdicts[1], syncproto.Flagged, booking.CodeBookedElsewhere)
	expect(t, verdicts[2], syncproto.Parked, booking.CodeWho)
	expect(t, verdicts[3], syncproto.Parked, booking.CodeNoSlot)
	attendance(t, c, here.ID, clinic.Arrived)
	attendance(t, c, two.Booking, clinic.Arrived)
	attendance(t, c, elsewhere.ID, clinic.NotArrived)
	refusedAs(t, clinic.RefusedNotFound, second(c.Booking(t.Context(), bad.Booking)))
	if now(t, c, slot).Taken != 2 {
		t.Errorf("%d taken", now(t, c, slot).Taken)
	}
	reconcile(t, c)
}
