package booking_test

import (
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// takesBack says that what a device said of an entry was a mistake.
func takesBack(d, of *device, said syncproto.Op) syncproto.Op {
	return d.say(syncproto.Op{Kind: clinic.EventVoided, Booking: said.Booking, Reason: "undo", Voids: &syncproto.Ref{Device: of.id, Epoch: 1, Seq: said.Seq}})
}

func accepts(d *device, entry clinic.ID) syncproto.Op {
	return d.say(syncproto.Op{Kind: clinic.StandbyAsked, Booking: entry, Reason: string(clinic.StandbyAccepted)})
}

// heard is what desks are told was said of the only one who waits.
func heard(t *testing.T, c *bookingtest.City) (out clinic.StandbyAnswer) {
	t.Helper()
	list := leftovers(t, c)
	if len(list) != 1 {
		t.Fatalf("%d are told", len(list))
	}
	for _, a := range list[0].Answers {
		out = out.Then(clinic.StandbyAnswer(a.Op.Reason))
	}
	return out
}

// standing tells whether the booking of an entry stands.
func standing(t *testing.T, c *bookingtest.City, entry clinic.ID, want bool) {
	t.Helper()
	b, err := c.Booking(t.Context(), entry)
	if err != nil || b.Active() != want {
		t.Errorf("the booking stands: %t, %v", b.Active(), err)
	}
}

func TestWhoWasMarkedAsComingByMistakeGivesThePlaceBack(t *testing.T) {
	c, slot, _, desk := dayOfLeftovers(t, 1)
	entry := leftovers(t, c)[0].ID
	answered(desk, entry, clinic.StandbyOffered)
	takesBack(desk, desk, accepts(desk, entry))
	for _, v := range desk.push(t, c) {
		expect(t, v, syncproto.Accepted, "")
	}
	standing(t, c, entry, false)
	taken(t, c, slot, 1)
	if got := heard(t, c); got != clinic.StandbyOffered {
		t.Errorf("desks hear %q", got)
	}
	reconcile(t, c)

	c.Again()
	again := accepts(desk, entry) // they said yes after all
	expect(t, desk.push(t, c)[0], syncproto.Accepted, "")
	standing(t, c, entry, true)
	taken(t, c, slot, 2)
	if got := heard(t, c); got != clinic.StandbyAccepted {
		t.Errorf("desks hear %q", got)
	}
	desk.say(syncproto.Op{Kind: clinic.CheckedIn, Booking: entry, Ticket: "A004"})
	takesBack(desk, desk, again) // and stands here
	for _, v := range desk.push(t, c) {
		expect(t, v, syncproto.Accepted, "")
	}
	attendance(t, c, entry, clinic.Arrived)
	standing(t, c, entry, true)
	takesBack(desk, desk, desk.ops[4]) // it was somebody else who came
	expect(t, desk.push(t, c)[0], syncproto.Accepted, "")
	standing(t, c, entry, false)
	taken(t, c, slot, 1)
	reconcile(t, c)
}

// TestWhatTwoDesksSayOfSomebodyComesToTheSameInAnyOrder has one desk accept, the other one
// take it back, and a third one check the person in or not, in each order of arrival.
func TestWhatTwoDesksSayOfSomebodyComesToTheSameInAnyOrder(t *testing.T) {
	for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		for _, come := range []bool{true, false} {
			c, slot, _, one := dayOfLeftovers(t, 1)
			two, three := newDevice(bookingtest.SiteA), newDevice(bookingtest.SiteA)
			entry := leftovers(t, c)[0].ID
			said := accepts(one, entry)
			takesBack(two, one, said) // heard of it over the site's own network
			if come {
				three.say(syncproto.Op{Kind: clinic.CheckedIn, Booking: entry, Ticket: "C001"})
			} else {
				answered(three, entry, clinic.StandbyOffered)
			}
			for _, i := range order {
				[]*device{one, two, three}[i].push(t, c)
			}
			standing(t, c, entry, come)
			taken(t, c, slot, map[bool]int{true: 2, false: 1}[come])
			c.Again()
			standing(t, c, entry, come)
			reconcile(t, c)
		}
	}
}

func TestAnAcceptanceOfAnotherDeskStillCounts(t *testing.T) {
	c, slot, _, one := dayOfLeftovers(t, 1)
	two := newDevice(bookingtest.SiteA)
	entry := leftovers(t, c)[0].ID
	takesBack(one, one, accepts(one, entry))
	accepts(two, entry)
	one.push(t, c)
	two.push(t, c)
	standing(t, c, entry, true)
	taken(t, c, slot, 2)
	reconcile(t, c)
}

func TestABookingOfTheirOwnStaysWhenComingIsTakenBack(t *testing.T) {
	c, slot, list, desk := dayOfLeftovers(t, 1)
	walkIns(t, c, bookingtest.SiteA, 0, 5)
	own := desk.walkInAs(slot, list[0].Person).Booking
	desk.push(t, c)
	said := accepts(desk, list[0].ID)
	expect(t, desk.push(t, c)[0], syncproto.Flagged, booking.CodeHasBooking)
	takesBack(desk, desk, said)
	expect(t, desk.push(t, c)[0], syncproto.Accepted, "")
	attendance(t, c, own, clinic.Arrived)
	standing(t, c, own, true)
	reconcile(t, c)
}

func TestWhoCameMeanwhileAndAcceptsOnceMoreHasNoSecondPlace(t *testing.T) {
	c, slot, list, one := dayOfLeftovers(t, 1)
	walkIns(t, c, bookingtest.SiteA, 0, 5)
	entry, two := list[0].ID, newDevice(bookingtest.SiteA)
	takesBack(one, one, accepts(one, entry))
	one.push(t, c)
	standing(t, c, entry, false)
	two.walkInAs(slot, list[0].Person)
	two.push(t, c)
	taken(t, c, slot, 2)
	accepts(one, entry)
	one.push(t, c)
	standing(t, c, entry, false)
	taken(t, c, slot, 2)
	if got := heard(t, c); got != clinic.StandbyAccepted {
		t.Errorf("desks hear %q", got)
	}
	reconcile(t, c)
}
