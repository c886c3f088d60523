package booking_test

import (
	"errors"
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// quarantined has central take in what a device said after it was revoked, and gives
// the first event's name.
func quarantined(t *testing.T, c *bookingtest.City, d *device) clinic.EventRef {
	t.Helper()
	batch := d.batch(1, len(d.ops))
	batch.Quarantine = true
	if _, err := c.Receive(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	return clinic.EventRef{Device: d.id, Epoch: 1, Seq: 1}
}

func TestAMoveThatARevokedDeskAskedForIsAdmitted(t *testing.T) {
	c, b, desk, _ := clinicDay(t, 5)
	later := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(1))
	desk.say(syncproto.Op{Kind: clinic.MoveAsked, Booking: b.ID, Base: b.Version, Staff: "小美", To: &later.ID})
	ref := quarantined(t, c, desk)
	list, err := c.Review(t.Context(), booking.Scope{All: true}, 5)
	if err != nil || len(list) != 1 || list[0].Slot != later.ID || list[0].Name.Reveal() != b.Person.Name.Reveal() {
		t.Errorf("the review has %+v, %v", list, err)
	}
	v, err := c.AdmitEvent(t.Context(), boss, ref)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, v, syncproto.Accepted, "")
	if now, err := c.Booking(t.Context(), b.ID); err != nil || now.Slot.ID != later.ID {
		t.Errorf("the booking is on %s, %v", now.Slot.Date, err)
	}
	reconcile(t, c)
}

func TestWhatARevokedKioskMayNotSayHasNoEffectWhenItIsAdmitted(t *testing.T) {
	c, b, _, kiosk := clinicDay(t, 5)
	tx, err := c.Store.Begin(t.Context())
	if err == nil {
		err = tx.InsertDevice(store.Device{ID: kiosk.id, Site: kiosk.site, Role: syncproto.RoleKiosk, Letter: "A", Noise: make([]byte, 32), Sign: make([]byte, 32), Revoked: 1})
	}
	if err := errors.Join(err, tx.Commit()); err != nil {
		t.Fatal(err)
	}
	kiosk.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: b.ID, Lot: "L1"})
	v, err := c.AdmitEvent(t.Context(), boss, quarantined(t, c, kiosk))
	if err != nil {
		t.Fatal(err)
	}
	expect(t, v, syncproto.Parked, booking.CodeNotAllowed)
	attendance(t, c, b.ID, clinic.NotArrived)
}

func TestAManagerLeavesAnEventOfARevokedDeviceOut(t *testing.T) {
	c, b, desk, _ := clinicDay(t, 5)
	desk.arrive(b, "A001")
	ref := quarantined(t, c, desk)
	stranger := booking.Actor{Account: "x", Scope: booking.Scope{Site: bookingtest.SiteB}}
	if err := c.DismissEvent(t.Context(), stranger, ref, booking.DismissedUnreal); !errors.Is(err, clinic.Refuse(clinic.RefusedNotFound)) {
		t.Errorf("left out by another site: %v", err)
	}
	if err := c.DismissEvent(t.Context(), boss, ref, "because"); err == nil {
		t.Error("left out for a reason that is none")
	}
	if err := c.DismissEvent(t.Context(), boss, ref, booking.DismissedUnreal); err != nil {
		t.Fatal(err)
	}
	if _, err := c.AdmitEvent(t.Context(), boss, ref); !errors.Is(err, clinic.Refuse(clinic.RefusedNotFound)) {
		t.Errorf("admitted after it was left out: %v", err)
	}
	if list, err := c.Review(t.Context(), booking.Scope{All: true}, 5); err != nil || len(list) != 0 {
		t.Errorf("still in review: %d, %v", len(list), err)
	}
	attendance(t, c, b.ID, clinic.NotArrived)
	kept, err := store.EventsOf(t.Context(), c.Store.Reader(), b.ID)
	if err != nil || len(kept) != 1 || kept[0].Outcome != syncproto.Rejected || kept[0].Code != booking.CodeDismissed {
		t.Fatalf("kept are %+v, %v", kept, err)
	}
	trail, err := c.AuditPage(t.Context(), 0, boss.Account, "dismiss_event", 5)
	if err != nil || len(trail) != 1 || trail[0].Object != b.ID.String() || trail[0].Detail != bookingtest.SiteA+" "+booking.DismissedUnreal {
		t.Errorf("the trail has %+v, %v", trail, err)
	}
	other := newDevice(bookingtest.SiteA) // the arrival that did not count is not in the fold, nor on any device
	other.say(syncproto.Op{Kind: clinic.DoseDeferred, Booking: b.ID, Reason: "發燒"})
	expect(t, other.push(t, c)[0], syncproto.Accepted, "")
	page, err := c.Feed(t.Context(), booking.FeedRequest{Site: bookingtest.SiteA, Device: bookingtest.NewID(), Epoch: 1, First: bookingtest.Day, Limit: syncproto.MaxPageRows, Digest: syncproto.NoDay})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range page.Rows {
		if row.Booking != nil && row.Booking.ID == b.ID && len(row.Booking.Events) != 1 {
			t.Errorf("devices are told of %d events", len(row.Booking.Events))
		}
	}
	c.Again()
	if now, err := c.Booking(t.Context(), b.ID); err != nil || len(now.Events) != 1 {
		t.Errorf("%d events count, %v", len(now.Events), err)
	}
	reconcile(t, c)
}

// TestWhatARevokedDeskToldInItsReasonIsAdmitted is of the events whose reason central reads
// to know what happened.
func TestWhatARevokedDeskToldInItsReasonIsAdmitted(t *testing.T) {
	c, slot, _, desk := dayOfLeftovers(t, 1)
	entry := leftovers(t, c)[0].ID
	accepts(desk, entry)
	ref := quarantined(t, c, desk)
	v, err := c.AdmitEvent(t.Context(), boss, ref)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, v, syncproto.Accepted, "")
	standing(t, c, entry, true)
	taken(t, c, slot, 2)

	line := newDevice(bookingtest.SiteA)
	line.say(syncproto.Op{Kind: clinic.StockMoved, Booking: clinic.ID{9}, Lot: "L1", Reason: clinic.StockMove{Kind: clinic.StockOpened, Vials: 1}.String()})
	v, err = c.AdmitEvent(t.Context(), boss, quarantined(t, c, line))
	if err != nil {
		t.Fatal(err)
	}
	expect(t, v, syncproto.Accepted, "")
	if told, err := c.StockAfter(t.Context(), bookingtest.SiteA, 0, 5); err != nil || len(told.Lines) != 1 {
		t.Errorf("desks hear of %d lines, %v", len(told.Lines), err)
	}
}
