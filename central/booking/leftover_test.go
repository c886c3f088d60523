package booking_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// dayOfLeftovers is the day of a full slot on whose list n people still wait; and a desk.
func dayOfLeftovers(t *testing.T, n int) (c *bookingtest.City, slot clinic.Slot, list []booking.Request, desk *device) {
	t.Helper()
	c = bookingtest.Start(t, 1)
	slot = c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	_, list = waiting(t, c, slot, n)
	c.Set(bookingtest.Day.At(16 * 60))
	return c, slot, list, newDevice(bookingtest.SiteA)
}

func leftovers(t *testing.T, c *bookingtest.City) []booking.Leftover {
	t.Helper()
	list, err := c.Leftovers(t.Context(), bookingtest.SiteA, 200)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func answered(d *device, entry clinic.ID, said clinic.StandbyAnswer) {
	d.say(syncproto.Op{Kind: clinic.StandbyAsked, Booking: entry, Reason: string(said)})
}

func TestADeskIsToldWhoWaitsInTheDrawnOrder(t *testing.T) {
	c, slot, list, _ := dayOfLeftovers(t, 5)
	draw, err := c.Draw(t.Context(), slot.ID)
	if err != nil || len(draw.Seed) == 0 {
		t.Fatalf("the seed is not public: %v", err)
	}
	slices.SortFunc(list, func(a, b booking.Request) int {
		return bytes.Compare(clinic.DrawRank(draw.Seed, a.ID), clinic.DrawRank(draw.Seed, b.ID))
	})
	c.Again() // the list is read from the store
	got := leftovers(t, c)
	if len(got) != len(list) {
		t.Fatalf("%d are told of %d", len(got), len(list))
	}
	for i, l := range got {
		if l.ID != list[i].ID || l.Slot != slot.ID || !l.Person.ID.Equal(list[i].Person.ID) || l.Person.Mobile.Reveal() == "" || len(l.Answers) != 0 {
			t.Errorf("place %d has %s", i+1, l.ID)
		}
	}
	if first, err := c.Leftovers(t.Context(), bookingtest.SiteA, 2); err != nil || len(first) != 2 || first[0].ID != list[0].ID {
		t.Errorf("of two: %d, %v", len(first), err)
	}
	if other, err := c.Leftovers(t.Context(), bookingtest.SiteB, 200); err != nil || len(other) != 0 {
		t.Errorf("another site is told of %d, %v", len(other), err)
	}
	c.Set(bookingtest.Day.AddDays(1).At(0))
	if got := leftovers(t, c); len(got) != 0 {
		t.Errorf("the day after %d are told", len(got))
	}
}

func TestWhoHasADoseElsewhereIsNotOfferedOne(t *testing.T) {
	c := bookingtest.Start(t, 1)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	_, list := waiting(t, c, slot, 2)
	c.MustBook(c.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day), 100)
	c.Set(bookingtest.Day.At(16 * 60))
	if got := leftovers(t, c); len(got) != 1 || got[0].ID != list[1].ID {
		t.Errorf("%d are told of", len(got))
	}
}

func TestWhoAcceptsALeftoverHasABookingAndIsCheckedIn(t *testing.T) {
	c, slot, _, desk := dayOfLeftovers(t, 3)
	list := leftovers(t, c)
	entry := list[0].ID
	for _, l := range list {
		answered(desk, l.ID, clinic.StandbyOffered)
	}
	answered(desk, list[1].ID, clinic.StandbyUnreached)
	answered(desk, list[2].ID, clinic.StandbyDeclined)
	answered(desk, entry, clinic.StandbyAccepted)
	desk.say(syncproto.Op{Kind: clinic.CheckedIn, Booking: entry, Ticket: "A009"})
	for _, v := range desk.push(t, c) {
		expect(t, v, syncproto.Accepted, "")
	}
	if v := attendance(t, c, entry, clinic.Arrived); v.Ticket != "A009" {
		t.Errorf("%+v", v)
	}
	taken(t, c, slot, 2) // its own, and one for the dose that was left
	c.Again()
	after := leftovers(t, c)
	if len(after) != 3 {
		t.Fatalf("%d are told", len(after))
	}
	for i, want := range []clinic.StandbyAnswer{clinic.StandbyAccepted, clinic.StandbyUnreached, clinic.StandbyDeclined} {
		said := clinic.StandbyWaiting
		for _, a := range after[i].Answers {
			said = said.Then(clinic.StandbyAnswer(a.Op.Reason))
		}
		if after[i].ID != list[i].ID || said != want {
			t.Errorf("place %d is %q, want %q", i+1, said, want)
		}
	}
	if s, err := c.StandbyEntry(t.Context(), entry); err != nil || s.Waiting || !s.Promoted {
		t.Errorf("the entry: %+v, %v", s, err)
	}
	if d, err := c.Draw(t.Context(), slot.ID); err != nil || clinic.VerifyDraw(d) != nil {
		t.Errorf("the record of the draw: %v, %v", err, clinic.VerifyDraw(d))
	}
	reconcile(t, c)
}

func TestTwoDesksWhoReachTheSamePersonBookOnce(t *testing.T) {
	c, slot, _, one := dayOfLeftovers(t, 1)
	two := newDevice(bookingtest.SiteA)
	entry := leftovers(t, c)[0].ID
	two.say(syncproto.Op{Kind: clinic.CheckedIn, Booking: entry, Ticket: "B001"}) // heard of it over the site's own network
	answered(two, entry, clinic.StandbyAccepted)
	expect(t, two.push(t, c)[0], syncproto.Parked, booking.CodeOrphan)
	attendance(t, c, entry, clinic.Arrived) // the arrival was kept until there was a booking
	answered(one, entry, clinic.StandbyAccepted)
	expect(t, one.push(t, c)[0], syncproto.Accepted, "")
	taken(t, c, slot, 2)
	reconcile(t, c)
}

func TestWhoAcceptedALeftoverAndDoesNotComeIsNotPunished(t *testing.T) {
	c, slot, _, desk := dayOfLeftovers(t, 1)
	c.Set(bookingtest.Day.At(12 * 60)) // the session ends
	entry := leftovers(t, c)[0].ID
	answered(desk, entry, clinic.StandbyAccepted)
	expect(t, desk.push(t, c)[0], syncproto.Accepted, "")
	end := bookingtest.Day.At(slot.End).Add(time.Hour)
	stands(t, c, bookingtest.SiteA, 'A', end)
	c.Set(end)
	decide(t, c, 1) // who has the slot's own place
	attendance(t, c, entry, clinic.NotArrived)
	desk.say(syncproto.Op{Kind: clinic.CheckedIn, Booking: entry, Ticket: "A002"})
	expect(t, desk.push(t, c)[0], syncproto.Accepted, "")
}

func TestWhatIsSaidOfNobodyOrByAKioskIsParked(t *testing.T) {
	c, slot, list, desk := dayOfLeftovers(t, 1)
	answered(desk, bookingtest.NewID(), clinic.StandbyAccepted)
	answered(desk, list[0].ID, "maybe")
	verdicts := desk.push(t, c)
	expect(t, verdicts[0], syncproto.Parked, booking.CodeOrphan)
	expect(t, verdicts[1], syncproto.Parked, booking.CodeMalformed)
	foreign := newDevice(bookingtest.SiteB)
	answered(foreign, list[0].ID, clinic.StandbyAccepted)
	expect(t, foreign.push(t, c)[0], syncproto.Parked, booking.CodeOrphan)
	kiosk := newDevice(bookingtest.SiteA)
	answered(kiosk, list[0].ID, clinic.StandbyAccepted)
	batch := kiosk.batch(1, 1)
	batch.Kiosk = true
	ack, err := c.Receive(t.Context(), batch)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, ack.Verdicts[0], syncproto.Parked, booking.CodeNotAllowed)
	taken(t, c, slot, 1)
	if got := leftovers(t, c); len(got) != 1 || len(got[0].Answers) != 0 {
		t.Errorf("what was parked counts: %+v", got)
	}
	reconcile(t, c)
}

func TestWhoIsBookedHereAndAcceptsIsOnePersonAtEveryDesk(t *testing.T) {
	for name, early := range map[string]bool{"central knows": false, "the arrival is heard first": true} {
		t.Run(name, func(t *testing.T) {
			c, slot, list, one := dayOfLeftovers(t, 1)
			walkIns(t, c, bookingtest.SiteA, 0, 5)
			entry, two := list[0].ID, newDevice(bookingtest.SiteA)
			answered(one, entry, clinic.StandbyOffered)
			expect(t, one.push(t, c)[0], syncproto.Accepted, "")
			came := two.walkInAs(slot, list[0].Person) // does not wait for the telephone, and goes again
			takesBack(two, two, came)
			two.push(t, c)
			attendance(t, c, came.Booking, clinic.NotArrived)

			arrives := func(d *device) { d.say(syncproto.Op{Kind: clinic.CheckedIn, Booking: entry, Ticket: "A009"}) }
			if early {
				arrives(two) // heard of it over the site's own network
				expect(t, two.push(t, c)[0], syncproto.Flagged, booking.CodeHasBooking)
			}
			answered(one, entry, clinic.StandbyAccepted)
			if !early {
				arrives(one)
			}
			for _, v := range one.push(t, c) {
				expect(t, v, syncproto.Flagged, booking.CodeHasBooking)
			}
			if v := attendance(t, c, came.Booking, clinic.Arrived); v.Ticket != "A009" {
				t.Errorf("arrived with %q", v.Ticket)
			}
			got := leftovers(t, c)
			if len(got) != 1 || len(got[0].Answers) != 2 || got[0].Answers[1].Op.Reason != string(clinic.StandbyAccepted) {
				t.Errorf("the other desks are told %+v", got)
			}
			if _, err := c.Booking(t.Context(), entry); err == nil {
				t.Error("the entry is a second booking")
			}
			reconcile(t, c)
		})
	}
}

func TestAnArrivalThatCameBeforeSomebodyWasBookedCountsWhenTheyAccept(t *testing.T) {
	c, slot, list, one := dayOfLeftovers(t, 1)
	walkIns(t, c, bookingtest.SiteA, 0, 5)
	entry, two := list[0].ID, newDevice(bookingtest.SiteA)
	two.say(syncproto.Op{Kind: clinic.CheckedIn, Booking: entry, Ticket: "B001"})
	expect(t, two.push(t, c)[0], syncproto.Parked, booking.CodeOrphan)
	came := two.walkInAs(slot, list[0].Person)
	takesBack(two, two, came)
	two.push(t, c)
	answered(one, entry, clinic.StandbyAccepted)
	expect(t, one.push(t, c)[0], syncproto.Flagged, booking.CodeHasBooking)
	attendance(t, c, came.Booking, clinic.Arrived)
	c.Again()
	attendance(t, c, came.Booking, clinic.Arrived)
	reconcile(t, c)
}
