package booking_test

import (
	"errors"
	"testing"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/store/storetest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// The conflicts that an offline clinic can come to, one test for each row of the
// design's list, in its order.

// clinicDay is a city with five places a slot, a booking at site A, and two desks
// there; the clock stands at nine on the day.
func clinicDay(t *testing.T, places int) (c *bookingtest.City, b clinic.Booking, one, two *device) {
	t.Helper()
	c = bookingtest.Start(t, places)
	b = c.MustBook(c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	return c, b, newDevice(bookingtest.SiteA), newDevice(bookingtest.SiteA)
}

func cancel(t *testing.T, c *bookingtest.City, b clinic.Booking) {
	t.Helper()
	if _, err := c.CancelFor(t.Context(), boss, b.ID); err != nil {
		t.Fatal(err)
	}
}

func taken(t *testing.T, c *bookingtest.City, slot clinic.Slot, want int) {
	t.Helper()
	if s, _ := c.Slot(slot.ID); s.Taken != want {
		t.Errorf("%d places are taken, want %d", s.Taken, want)
	}
}

func TestConflict01CancelledOnlineCheckedInOffline(t *testing.T) {
	c, b, desk, _ := clinicDay(t, 1)
	cancel(t, c, b)
	c.MustBook(b.Slot, 2) // the place is somebody else's now, and stays theirs
	desk.arrive(b, "A001")
	expect(t, desk.push(t, c)[0], syncproto.Flagged, booking.CodeReinstated)
	attendance(t, c, b.ID, clinic.Arrived)
	taken(t, c, b.Slot, 2)
	if _, err := c.CancelFor(t.Context(), boss, b.ID); !errors.Is(err, clinic.Refuse(clinic.RefusedArrived)) {
		t.Errorf("in the other order the cancellation is %v", err)
	}
	reconcile(t, c)
}

func TestConflict02TwoDevicesCheckInTheSamePerson(t *testing.T) {
	c, b, one, two := clinicDay(t, 5)
	one.arrive(b, "A001")
	two.arrive(b, "B001")
	expect(t, one.push(t, c)[0], syncproto.Accepted, "")
	expect(t, two.push(t, c)[0], syncproto.Duplicate, booking.CodeArrivedAlready)
	if v := attendance(t, c, b.ID, clinic.Arrived); len(v.Merged) != 1 {
		t.Errorf("the merged tickets are %v", v.Merged)
	}
	taken(t, c, b.Slot, 1)
}

func TestConflict03TwoDesksRecordAVaccination(t *testing.T) {
	c, b, one, two := clinicDay(t, 5)
	at := bookingtest.Day.At(9 * 60)
	given := func(d *device, lot string, after time.Duration) syncproto.Verdict {
		d.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: b.ID, Lot: lot, At: at.Add(after).UnixMilli()})
		return d.push(t, c)[0]
	}
	c.Set(at)
	expect(t, given(one, "L1", 0), syncproto.Accepted, "")
	expect(t, given(two, "L1", 5*time.Minute), syncproto.Duplicate, booking.CodeSameDose)
	expect(t, given(two, "L1", 6*time.Minute), syncproto.Flagged, booking.CodeDoubleDose)
	expect(t, given(two, "L2", time.Minute), syncproto.Flagged, booking.CodeDoubleDose)
	if got, err := c.Booking(t.Context(), b.ID); err != nil || len(got.Events) != 4 {
		t.Errorf("%d records are kept, %v", len(got.Events), err)
	}
}

func TestConflict04WalkInOfflineAndTheLastPlaceBookedOnline(t *testing.T) {
	c := bookingtest.Start(t, 2)
	walkIns(t, c, bookingtest.SiteA, 0, 1)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day)
	leasing, other := newDevice(bookingtest.SiteA), newDevice(bookingtest.SiteA)
	lease(t, c, leasing, slot, 1)
	inside, outside := leasing.walkIn(slot, 11), other.walkIn(slot, 12)
	c.MustBook(slot, 1) // the last place that nobody has
	expect(t, leasing.push(t, c)[0], syncproto.Accepted, "")
	expect(t, other.push(t, c)[0], syncproto.Flagged, booking.CodeOverflow)
	for _, op := range []syncproto.Op{inside, outside} {
		attendance(t, c, op.Booking, clinic.Arrived)
	}
	taken(t, c, slot, 3)
	reconcile(t, c)
}

func TestConflict05LeaseForcedBackWhileUsedOffline(t *testing.T) {
	c := bookingtest.Start(t, 1)
	walkIns(t, c, bookingtest.SiteA, 0, 1)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day)
	d := newDevice(bookingtest.SiteA)
	l := lease(t, c, d, slot, 1)
	op := d.walkIn(slot, 11)
	if err := c.ForceLease(t.Context(), booking.Actor{Account: "x", Scope: booking.Scope{Site: bookingtest.SiteB}}, l.ID); !errors.Is(err, clinic.Refuse(clinic.RefusedNotFound)) {
		t.Errorf("forced by somebody else's supervisor: %v", err)
	}
	if err := c.ForceLease(t.Context(), boss, l.ID); err != nil {
		t.Fatal(err)
	}
	c.MustBook(slot, 1)
	expect(t, d.push(t, c)[0], syncproto.Flagged, booking.CodeOverflow)
	attendance(t, c, op.Booking, clinic.Arrived)
	taken(t, c, slot, 2)
}

func TestConflict06WalkInWhoHasABookingHereToday(t *testing.T) {
	c, b, desk, _ := clinicDay(t, 5)
	desk.walkIn(b.Slot, 1)
	expect(t, desk.push(t, c)[0], syncproto.Flagged, booking.CodeHasBooking)
	attendance(t, c, b.ID, clinic.Arrived)
	taken(t, c, b.Slot, 1)
}

func TestConflict07WalkInWhoHasABookingElsewhereOrLater(t *testing.T) {
	c := bookingtest.Start(t, 5)
	elsewhere := c.MustBook(c.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day.AddDays(2)), 1)
	c.Set(bookingtest.Day.At(9 * 60))
	desk := newDevice(bookingtest.SiteA)
	here := desk.walkIn(c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	expect(t, desk.push(t, c)[0], syncproto.Flagged, booking.CodeBookedElsewhere)
	if got, err := c.Booking(t.Context(), elsewhere.ID); err != nil || !got.Active() {
		t.Errorf("before the dose the other booking is %v, %v", got.Cancelled, err)
	}
	desk.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: here.Booking, Lot: "L1"})
	expect(t, desk.push(t, c)[0], syncproto.Flagged, booking.CodeOtherReleased)
	if got, err := c.Booking(t.Context(), elsewhere.ID); err != nil || got.Active() {
		t.Errorf("after the dose the other booking stands: %v", err)
	}
	due, err := c.DueReminders(t.Context(), 5)
	if err != nil || len(due) != 1 || !due[0].Released || due[0].Booking.ID != elsewhere.ID || due[0].Booking.Person.Mobile.IsZero() {
		t.Errorf("the person is told %+v, %v", due, err)
	}
	taken(t, c, elsewhere.Slot, 0)
	c.Set(bookingtest.Day.AddDays(7).At(9 * 60))
	again := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(7))
	p := bookingtest.Person(1)
	id := bookingtest.NewID()
	at := again.Date.At(9 * 60).UnixMilli()
	desk.say(syncproto.Op{Kind: clinic.WalkInRegistered, Booking: id, Ticket: "A002", At: at, WalkIn: &syncproto.WalkIn{
		IDNumber: p.ID.Reveal(), Name: p.Name.Reveal(), Birth: syncproto.DayOf(p.Birth.Reveal()), Slot: again.ID, Dose: "primary2",
	}})
	desk.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: id, Lot: "L1", At: at}) // 28 days are needed
	expect(t, desk.push(t, c)[1], syncproto.Flagged, booking.CodeClinicalReview)
	reconcile(t, c)
}

func TestConflict08TheSameNewPersonAtTwoSites(t *testing.T) {
	c := bookingtest.Start(t, 5)
	a, b := newDevice(bookingtest.SiteA), newDevice(bookingtest.SiteB)
	first := a.walkIn(c.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day), 7)
	b.walkIn(c.SlotOn(bookingtest.SiteB, bookingtest.FluVac, bookingtest.Day), 7)
	expect(t, a.push(t, c)[0], syncproto.Accepted, "")
	expect(t, b.push(t, c)[0], syncproto.Flagged, booking.CodeBookedElsewhere) // known by the keyed hash of the number
	p := bookingtest.Person(7)
	all, err := c.LookUp(t.Context(), p.ID, p.Birth)
	if err != nil || len(all) != 2 {
		t.Fatalf("one person has %d bookings, %v", len(all), err)
	}
	if all[0].ID != first.Booking && all[1].ID != first.Booking {
		t.Error("the first one is not among them")
	}
	reconcile(t, c)
}

func TestConflict09MovedToAnotherSiteCheckedInAtTheOldOne(t *testing.T) {
	c, b, desk, _ := clinicDay(t, 5)
	there := c.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day.AddDays(1))
	if _, err := c.MoveFor(t.Context(), boss, b.ID, there.ID); err != nil {
		t.Fatal(err)
	}
	desk.arrive(b, "A001")
	expect(t, desk.push(t, c)[0], syncproto.Flagged, booking.CodeMovedBack)
	attendance(t, c, b.ID, clinic.Arrived)
	taken(t, c, there, 0)
	taken(t, c, b.Slot, 1)
}

func TestConflict10NoShowAtTheDeskCheckInAtTheKiosk(t *testing.T) {
	for _, deskFirst := range []bool{true, false} {
		c, b, desk, kiosk := clinicDay(t, 5)
		desk.say(syncproto.Op{Kind: clinic.NoShowMarked, Booking: b.ID})
		kiosk.arrive(b, "K001")
		order := []*device{desk, kiosk}
		if !deskFirst {
			order = []*device{kiosk, desk}
		}
		for _, d := range order {
			expect(t, d.push(t, c)[0], syncproto.Accepted, "")
		}
		attendance(t, c, b.ID, clinic.Arrived)
	}
}

func TestConflict11CommandOfTheDeskOnSomethingChangedOnline(t *testing.T) {
	c, b, desk, _ := clinicDay(t, 5)
	later := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(1))
	last := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(2))
	move := func(base int64, to clinic.Slot) { // what the desk asked for while it saw a version
		desk.say(syncproto.Op{Kind: clinic.MoveAsked, Booking: b.ID, Base: base, Staff: "小美", To: &to.ID})
	}
	move(b.Version, later)
	if _, err := c.MoveFor(t.Context(), boss, b.ID, last.ID); err != nil {
		t.Fatal(err)
	}
	expect(t, desk.push(t, c)[0], syncproto.Rejected, booking.CodeStale)
	now, err := c.Booking(t.Context(), b.ID)
	if err != nil || now.Slot.ID != last.ID || len(now.Events) != 0 {
		t.Fatalf("the booking is on %s, %v", now.Slot.Date, err)
	}
	move(now.Version, later)
	expect(t, desk.push(t, c)[0], syncproto.Accepted, "")
	desk.say(syncproto.Op{Kind: clinic.CancelAsked, Booking: b.ID, Base: now.Version, Staff: "小美"}) // its own move came between
	expect(t, desk.push(t, c)[0], syncproto.Accepted, "")
	if now, err = c.Booking(t.Context(), b.ID); err != nil || now.Active() || now.Slot.ID != later.ID {
		t.Errorf("the booking is on %s, cancelled %v, %v", now.Slot.Date, now.Cancelled, err)
	}
	desk.say(syncproto.Op{Kind: clinic.CancelAsked, Booking: b.ID, Base: now.Version})
	expect(t, desk.push(t, c)[0], syncproto.Rejected, "ALREADY_CANCELLED")
	reconcile(t, c)
}

func TestConflict12ContactDataEditedOnBothSides(t *testing.T) {
	for _, citizenFirst := range []bool{true, false} {
		c, b, desk, other := clinicDay(t, 5)
		birth := syncproto.DayOf(clinic.Date{Year: 1979, Month: 3, Day: 4})
		desk.say(syncproto.Op{Kind: clinic.ContactAsked, Booking: b.ID, Base: b.Version, Staff: "小美", Contact: &syncproto.Contact{
			IDNumber: bookingtest.IDNumber(77).Reveal(), Name: "王大明", Birth: &birth, Mobile: "0911000111", Landline: "0422220009",
		}})
		online := func() error {
			_, err := c.ChangePhones(t.Context(), booking.PhoneChange{ID: b.ID, Number: b.Person.ID, Birth: b.Person.Birth, Mobile: clinic.NewPhone("0922000222")})
			return err
		}
		if citizenFirst {
			if err := online(); err != nil {
				t.Fatal(err)
			}
			expect(t, desk.push(t, c)[0], syncproto.Accepted, booking.CodePartly)
		} else {
			expect(t, desk.push(t, c)[0], syncproto.Accepted, "")
			if err := online(); !errors.Is(err, clinic.Refuse(clinic.RefusedNotFound)) {
				t.Errorf("with the number and birth from before: %v", err)
			}
			b.Person.ID, b.Person.Birth = bookingtest.IDNumber(77), clinic.NewBirth(birth.Date())
			if err := online(); err != nil {
				t.Fatal(err)
			}
		}
		c.Again()
		now, err := c.Booking(t.Context(), b.ID)
		p := now.Person
		if err != nil || p.Mobile.Reveal() != "0922000222" || p.Landline.Reveal() != "04-22220009" || p.Name.Reveal() != "王大明" ||
			p.Birth.Reveal() != birth.Date() || p.ID.Reveal() != bookingtest.IDNumber(77).Reveal() || len(now.Events) != 0 {
			t.Errorf("citizen first %v: %q %q %q %v, %d events, %v", citizenFirst, p.Mobile.Reveal(), p.Landline.Reveal(), p.Name.Reveal(), p.Birth.Reveal(), len(now.Events), err)
		}
		if found, err := c.LookUp(t.Context(), bookingtest.IDNumber(77), p.Birth); err != nil || len(found) != 1 {
			t.Errorf("under the number that staff verified: %d, %v", len(found), err)
		}
		_, err = c.LookUp(t.Context(), bookingtest.IDNumber(1), b.Person.Birth)
		refusedAs(t, clinic.RefusedNotFound, err)
		other.say(syncproto.Op{Kind: clinic.ContactAsked, Booking: b.ID, Base: b.Version, Staff: "阿華", Contact: &syncproto.Contact{Name: "汪大明", Mobile: "0933000333"}})
		expect(t, other.push(t, c)[0], syncproto.Rejected, booking.CodeStale) // it knew of neither
		other.say(syncproto.Op{Kind: clinic.ContactAsked, Booking: b.ID, Base: now.Version, Contact: &syncproto.Contact{Mobile: "0933000333"}})
		expect(t, other.push(t, c)[0], syncproto.Accepted, "") // the person asked for it at the desk
		reconcile(t, c)
	}
}

func TestConflict12ANumberThatHasABookingIsNobodyElses(t *testing.T) {
	c, b, desk, _ := clinicDay(t, 5)
	c.MustBook(b.Slot, 2)
	desk.say(syncproto.Op{Kind: clinic.ContactAsked, Booking: b.ID, Base: b.Version, Contact: &syncproto.Contact{IDNumber: bookingtest.IDNumber(2).Reveal()}})
	desk.say(syncproto.Op{Kind: clinic.ContactAsked, Booking: b.ID, Base: b.Version, Contact: &syncproto.Contact{Mobile: "12"}})
	desk.say(syncproto.Op{Kind: clinic.ContactAsked, Booking: b.ID, Base: b.Version})
	v := desk.push(t, c)
	expect(t, v[0], syncproto.Rejected, "ALREADY_BOOKED")
	if v[1].Outcome != syncproto.Rejected {
		t.Errorf("a phone that is none: %+v", v[1])
	}
	expect(t, v[2], syncproto.Parked, booking.CodeMalformed)
	cancel(t, c, b)
	desk.say(syncproto.Op{Kind: clinic.ContactAsked, Booking: b.ID, Base: b.Version + 1, Contact: &syncproto.Contact{Name: "王大明"}})
	expect(t, desk.push(t, c)[0], syncproto.Rejected, "ALREADY_CANCELLED")
}

func TestEnginesLearnACorrectedNumber(t *testing.T) {
	a, b := pair(t, storetest.FreshServer(t), 5)
	booked := a.MustBook(a.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	d := newDevice(bookingtest.SiteA)
	d.say(syncproto.Op{Kind: clinic.ContactAsked, Booking: booked.ID, Base: booked.Version, Contact: &syncproto.Contact{IDNumber: bookingtest.IDNumber(5).Reveal()}})
	expect(t, d.push(t, a)[0], syncproto.Accepted, "")
	if found, err := b.LookUp(t.Context(), bookingtest.IDNumber(5), booked.Person.Birth); err != nil || len(found) != 1 {
		t.Errorf("at the other: %d, %v", len(found), err)
	}
	b.MustBook(booked.Slot, 1) // the number from before is free
	refusedAs(t, clinic.RefusedAlreadyBooked, second(b.Book(t.Context(), bookingtest.Ask(booked.Slot, 5))))
	reconcile(t, a)
	reconcile(t, b)
}

func TestConflict14ACorrectionOfARevokedDevice(t *testing.T) {
	c, b, desk, _ := clinicDay(t, 5)
	desk.say(syncproto.Op{Kind: clinic.ContactAsked, Booking: b.ID, Base: b.Version, Contact: &syncproto.Contact{Name: "王大明"}})
	batch := desk.batch(1, 1)
	batch.Quarantine = true
	if _, err := c.Receive(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	if list, err := c.Review(t.Context(), booking.Scope{All: true}, 5); err != nil || len(list) != 1 || list[0].Name.Reveal() != b.Person.Name.Reveal() {
		t.Errorf("the review has %d, %v", len(list), err)
	}
	v, err := c.AdmitEvent(t.Context(), boss, clinic.EventRef{Device: desk.id, Epoch: 1, Seq: 1})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, v, syncproto.Accepted, "")
	if now, err := c.Booking(t.Context(), b.ID); err != nil || now.Person.Name.Reveal() != "王大明" {
		t.Errorf("the name is %q, %v", now.Person.Name.Reveal(), err)
	}
}

func TestConflict13ClosedOrRecalledWhileOffline(t *testing.T) {
	c, b, desk, _ := clinicDay(t, 5)
	c.Set(bookingtest.Day.At(13 * 60))
	if n, err := c.CloseDay(t.Context(), boss, bookingtest.SiteA, bookingtest.Day); err != nil || n != 1 {
		t.Fatalf("%d marked, %v", n, err)
	}
	if err := c.RecallLot(t.Context(), boss, bookingtest.XBB, "L9"); err != nil {
		t.Fatal(err)
	}
	desk.arrive(b, "A001")
	desk.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: b.ID, Lot: "L9"})
	v := desk.push(t, c)
	expect(t, v[0], syncproto.Flagged, booking.CodeAfterClosure)
	expect(t, v[1], syncproto.Flagged, booking.CodeRecalledLot)
	attendance(t, c, b.ID, clinic.Vaccinated)
	c.Again()
	c.Set(bookingtest.Day.At(14 * 60))
	other := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	op := desk.walkIn(other, 5)
	desk.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: op.Booking, Lot: "L9"})
	expect(t, desk.push(t, c)[1], syncproto.Flagged, booking.CodeRecalledLot) // central remembers
}

func TestConflict14DeviceRevokedWhileOffline(t *testing.T) {
	c, b, desk, _ := clinicDay(t, 5)
	desk.arrive(b, "A001")
	walkIn := desk.walkIn(b.Slot, 3)
	batch := desk.batch(1, 2)
	batch.Quarantine = true
	ack, err := c.Receive(t.Context(), batch)
	if err != nil || ack.AckedSeq != 2 {
		t.Fatalf("%+v, %v", ack, err)
	}
	for _, v := range ack.Verdicts {
		expect(t, v, syncproto.Parked, booking.CodeQuarantined)
	}
	attendance(t, c, b.ID, clinic.NotArrived)
	ref := clinic.EventRef{Device: desk.id, Epoch: 1, Seq: 1}
	stranger := booking.Actor{Account: "x", Scope: booking.Scope{Site: bookingtest.SiteB}}
	if _, err := c.AdmitEvent(t.Context(), stranger, ref); !errors.Is(err, clinic.Refuse(clinic.RefusedNotFound)) {
		t.Errorf("admitted by another site: %v", err)
	}
	for seq := range uint64(2) {
		ref.Seq = seq + 1
		v, err := c.AdmitEvent(t.Context(), boss, ref)
		if err != nil {
			t.Fatal(err)
		}
		expect(t, v, syncproto.Accepted, "")
		if _, err := c.AdmitEvent(t.Context(), boss, ref); !errors.Is(err, clinic.Refuse(clinic.RefusedNotFound)) {
			t.Errorf("admitted twice: %v", err)
		}
	}
	attendance(t, c, b.ID, clinic.Arrived)
	attendance(t, c, walkIn.Booking, clinic.Arrived)
	taken(t, c, b.Slot, 2)
	reconcile(t, c)
}

func TestConflict15DeviceClockWrongByYears(t *testing.T) {
	c, b, desk, kiosk := clinicDay(t, 5)
	c.Set(bookingtest.Day.At(9 * 60))
	desk.say(syncproto.Op{Kind: clinic.CheckedIn, Booking: b.ID, Ticket: "A001", At: c.Now().AddDate(10, 0, 0).UnixMilli()})
	kiosk.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: b.ID, Lot: "L1", At: c.Now().AddDate(-10, 0, 0).UnixMilli()})
	expect(t, desk.push(t, c)[0], syncproto.Flagged, booking.CodeClock)
	desk.say(syncproto.Op{Kind: clinic.DoseDeferred, Booking: b.ID, At: c.Now().UnixMilli(), Wall: c.Now().AddDate(-3, 0, 0).UnixMilli()}) // the device corrected it
	expect(t, desk.push(t, c)[0], syncproto.Flagged, booking.CodeClock)
	expect(t, kiosk.push(t, c)[0], syncproto.Flagged, booking.CodeClock)
	attendance(t, c, b.ID, clinic.Vaccinated)
}

func TestConflict16AckLostAndTheBatchSentAgain(t *testing.T) {
	c, b, desk, _ := clinicDay(t, 5)
	desk.arrive(b, "A001")
	desk.walkIn(b.Slot, 4)
	first := desk.push(t, c)
	ack, err := c.Receive(t.Context(), desk.batch(1, 2))
	if err != nil || ack.AckedSeq != 2 {
		t.Fatalf("%+v, %v", ack, err)
	}
	for i, v := range ack.Verdicts {
		expect(t, v, syncproto.Duplicate, first[i].Code)
	}
	taken(t, c, b.Slot, 2)
}

func TestConflict17DiskClonedOrMachineRestored(t *testing.T) {
	c, b, desk, _ := clinicDay(t, 5)
	other := c.MustBook(b.Slot, 2)
	desk.arrive(b, "A001")
	clone := &device{id: desk.id, site: desk.site, hash: desk.hash[:1:1]}
	clone.arrive(other, "A001")
	desk.push(t, c)
	if _, err := c.Receive(t.Context(), clone.batch(1, 1)); !errors.Is(err, booking.ErrFork) {
		t.Fatalf("the clone: %v", err)
	}
	attendance(t, c, b.ID, clinic.Arrived)
	attendance(t, c, other.ID, clinic.NotArrived)
}

func TestConflict18CentralRestoredFromABackup(t *testing.T) {
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

func TestConflict19EventForABookingThatCentralNeverKnew(t *testing.T) {
	c := bookingtest.Start(t, 5)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	ask := bookingtest.Ask(slot, 1)
	desk := newDevice(bookingtest.SiteA)
	desk.say(syncproto.Op{Kind: clinic.CheckedIn, Booking: ask.ID, Ticket: "A001"})
	expect(t, desk.push(t, c)[0], syncproto.Parked, booking.CodeOrphan)
	c.Again()
	if _, err := c.Book(t.Context(), ask); err != nil {
		t.Fatal(err)
	}
	attendance(t, c, ask.ID, clinic.Arrived)
	review, err := c.Review(t.Context(), booking.Scope{All: true}, 5)
	if err != nil || len(review) != 1 || review[0].Code != booking.CodeLinked {
		t.Errorf("the review has %+v, %v", review, err)
	}
}

func TestConflict20RecordedInError(t *testing.T) {
	c, b, desk, kiosk := clinicDay(t, 5)
	desk.arrive(b, "A001")
	desk.push(t, c)
	kiosk.say(syncproto.Op{Kind: clinic.EventVoided, Booking: b.ID, Reason: "看錯人", Voids: &syncproto.Ref{Device: desk.id, Epoch: 1, Seq: 1}})
	batch := kiosk.batch(1, 1)
	batch.Kiosk = true // which is not authorised
	ack, err := c.Receive(t.Context(), batch)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, ack.Verdicts[0], syncproto.Parked, booking.CodeNotAllowed)
	desk.say(syncproto.Op{Kind: clinic.EventVoided, Booking: b.ID, Reason: "看錯人", Voids: &syncproto.Ref{Device: desk.id, Epoch: 1, Seq: 1}})
	expect(t, desk.push(t, c)[0], syncproto.Accepted, "")
	attendance(t, c, b.ID, clinic.NotArrived)
	if got, err := c.Booking(t.Context(), b.ID); err != nil || len(got.Events) != 2 {
		t.Errorf("%d records stay visible, %v", len(got.Events), err)
	}
}

func TestADoseIsKeptWithAllThatIsToldOfIt(t *testing.T) {
	c, b, desk, _ := clinicDay(t, 5)
	told := clinic.Injection{Vaccine: bookingtest.XBB, Expires: bookingtest.Day.AddDays(30), Limb: "left_arm"}
	desk.arrive(b, "A001")
	desk.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: b.ID, Lot: "L1", Reason: told.String()})
	desk.say(syncproto.Op{Kind: clinic.ReactionNoted, Booking: b.ID, Reason: "手臂紅腫"})
	desk.say(syncproto.Op{Kind: clinic.ObservationEnded, Booking: b.ID})
	for _, v := range desk.push(t, c) {
		expect(t, v, syncproto.Accepted, "")
	}
	c.Again()
	v := attendance(t, c, b.ID, clinic.Vaccinated)
	if v.Lot != "L1" || v.Injection != told || v.LeftAt.IsZero() || len(v.Reactions) != 1 || v.Reactions[0].Note != "手臂紅腫" {
		t.Errorf("%+v", v)
	}
}

func TestACallIsToldOnAndMovesNothing(t *testing.T) {
	c, b, desk, _ := clinicDay(t, 5)
	desk.arrive(b, "A001")
	desk.say(syncproto.Op{Kind: clinic.Called, Booking: b.ID, Reason: "3"})
	desk.say(syncproto.Op{Kind: clinic.PassedOver, Booking: b.ID})
	desk.say(syncproto.Op{Kind: clinic.Called, Booking: b.ID, Reason: "4"})
	for _, v := range desk.push(t, c) {
		expect(t, v, syncproto.Accepted, "")
	}
	c.Again()
	if v := attendance(t, c, b.ID, clinic.Arrived); v.Call.Room != "4" || v.Call.Times != 2 || v.Call.Skipped {
		t.Errorf("%+v", v.Call)
	}
}

func TestARecalledLotIsThatOfTheProductThatWasGiven(t *testing.T) {
	c, b, desk, _ := clinicDay(t, 5)
	if err := c.RecallLot(t.Context(), boss, bookingtest.FluVac, "L9"); err != nil {
		t.Fatal(err)
	}
	desk.arrive(b, "A001")
	desk.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: b.ID, Lot: "L9", Reason: clinic.Injection{Vaccine: bookingtest.FluVac}.String()})
	expect(t, desk.push(t, c)[1], syncproto.Flagged, booking.CodeRecalledLot)
}
