package booking_test

import (
	"errors"
	"strings"
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/store/storetest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// resident is somebody with two numbers.
type resident struct{ old, now clinic.Person }

func residentNumber(n int) resident {
	r := resident{bookingtest.Person(n), bookingtest.Person(n)}
	r.old.ID, r.now.ID = bookingtest.Resident(n)
	return r
}

func (r resident) numbers() booking.Numbers { return booking.Numbers{Old: r.old.ID, New: r.now.ID} }

func (r resident) join(t *testing.T, c *bookingtest.City, bookings int) {
	t.Helper()
	if n, err := c.JoinNumbers(t.Context(), boss, r.numbers()); err != nil || n != bookings {
		t.Fatalf("join: %d bookings, %v; want %d", n, err, bookings)
	}
}

func askAs(slot clinic.Slot, p clinic.Person) booking.Request {
	r := bookingtest.Ask(slot, 1)
	r.Person = p
	return r
}

func mustBookAs(t *testing.T, c *bookingtest.City, slot clinic.Slot, p clinic.Person) clinic.Booking {
	t.Helper()
	b, err := c.Book(t.Context(), askAs(slot, p))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAResidentIsOnePersonUnderEitherNumber(t *testing.T) {
	c := bookingtest.Start(t, 5)
	r := residentNumber(7)
	here, there := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(2)), c.SlotOn(bookingtest.SiteC, bookingtest.XBB, bookingtest.Day.AddDays(3))
	ask := askAs(here, r.old)
	if _, err := c.Book(t.Context(), ask); err != nil {
		t.Fatal(err)
	}
	if _, err := c.LookUp(t.Context(), r.now.ID, r.now.Birth); !errors.Is(err, clinic.Refuse(clinic.RefusedNotFound)) {
		t.Errorf("before anybody joined them: %v", err)
	}
	r.join(t, c, 1)
	r.join(t, c, 1) // once more changes nothing
	for range 2 {
		refusedAs(t, clinic.RefusedAlreadyBooked, second(c.Book(t.Context(), askAs(there, r.now))))
		refusedAs(t, clinic.RefusedAlreadyBooked, second(c.Book(t.Context(), askAs(there, r.old))))
		_, err := c.BookGroup(t.Context(), []booking.Request{askAs(there, r.old), askAs(there, r.now)})
		refusedAs(t, clinic.RefusedAlreadyBooked, err)
		for _, p := range []clinic.Person{r.old, r.now} {
			if list, err := c.LookUp(t.Context(), p.ID, p.Birth); err != nil || len(list) != 1 || list[0].ID != ask.ID || !list[0].Person.ID.Equal(r.old.ID) {
				t.Errorf("looked up with %s: %d, %v", p.ID, len(list), err)
			}
		}
		if again, err := c.Book(t.Context(), ask); err != nil || again.ID != ask.ID {
			t.Errorf("the same request again: %v", err)
		}
		reconcile(t, c)
		c.Again() // all of it is kept
	}
	_, err := c.LookUp(t.Context(), r.now.ID, bookingtest.Person(8).Birth)
	refusedAs(t, clinic.RefusedNotFound, err)
	_, err = c.Cancel(t.Context(), booking.Cancellation{ID: ask.ID, Number: bookingtest.IDNumber(7), Birth: r.now.Birth})
	refusedAs(t, clinic.RefusedNotFound, err)
	if _, err = c.Move(t.Context(), booking.MoveRequest{ID: ask.ID, Number: r.now.ID, Birth: r.now.Birth, Slot: there.ID}); err != nil {
		t.Errorf("moved with the new number: %v", err)
	}
	if _, err = c.Cancel(t.Context(), booking.Cancellation{ID: ask.ID, Number: r.now.ID, Birth: r.now.Birth}); err != nil {
		t.Errorf("cancelled with the new number: %v", err)
	}
	mustBookAs(t, c, there, r.now)
	reconcile(t, c)
}

func TestDosesAndPenaltiesCountUnderEitherNumber(t *testing.T) {
	c := bookingtest.Start(t, 5)
	first := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	given, absent := residentNumber(7), residentNumber(8)
	dose := mustBookAs(t, c, first, given.old)
	mustBookAs(t, c, first, absent.old)
	d := newDevice(bookingtest.SiteA)
	d.arrive(dose, "A001")
	d.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: dose.ID, Lot: "L1"})
	d.push(t, c)
	c.Set(bookingtest.Day.At(12 * 60))
	if n, err := c.CloseDay(t.Context(), boss, bookingtest.SiteA, bookingtest.Day); err != nil || n != 1 {
		t.Fatalf("%d marked, %v", n, err)
	}
	given.join(t, c, 1)
	absent.join(t, c, 1)
	c.Set(bookingtest.Day.At(13 * 60))
	next := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(8))
	refusedAs(t, clinic.RefusedNoShow, second(c.Book(t.Context(), askAs(next, absent.now))))
	refusedAs(t, clinic.RefusedDoseOrder, second(c.Book(t.Context(), askAs(next, given.now))))
	soon := askAs(next, given.now)
	soon.Dose = "primary2"
	refusedAs(t, clinic.RefusedInterval, second(c.Book(t.Context(), soon)))
}

func TestNumbersThatBothHaveABookingAreNotJoined(t *testing.T) {
	c := bookingtest.Start(t, 5)
	r := residentNumber(7)
	slot, flu := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(2)), c.SlotOn(bookingtest.SiteC, bookingtest.FluVac, bookingtest.Day.AddDays(3))
	a, b := mustBookAs(t, c, slot, r.old), mustBookAs(t, c, slot, r.now)
	mustBookAs(t, c, flu, r.old) // of another programme, once only
	_, err := c.JoinNumbers(t.Context(), boss, r.numbers())
	var no *clinic.Refusal
	if !errors.As(err, &no) || no.Code != booking.RefusedBothBooked || no.Args["programme"] != "COVID-19 疫苗" {
		t.Errorf("both have one: %v", err)
	}
	giveUp(t, c, a)
	r.join(t, c, 3)
	giveUp(t, c, b)
	mustBookAs(t, c, slot, r.old)
	reconcile(t, c)
}

func TestADayThatIsOverDoesNotKeepNumbersApart(t *testing.T) {
	c := bookingtest.Start(t, 5)
	r, s := residentNumber(7), residentNumber(8)
	day := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	for _, p := range []clinic.Person{r.old, r.now, s.old} {
		mustBookAs(t, c, day, p) // nobody closes the day
	}
	c.Set(bookingtest.Day.AddDays(1).At(10 * 60))
	mustBookAs(t, c, c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(8)), s.now)
	r.join(t, c, 2)
	s.join(t, c, 2)
	c.Again()
	next := c.SlotOn(bookingtest.SiteC, bookingtest.XBB, bookingtest.Day.AddDays(9))
	refusedAs(t, clinic.RefusedAlreadyBooked, second(c.Book(t.Context(), askAs(next, s.old))))
	mustBookAs(t, c, next, r.now)
	reconcile(t, c)
}

func TestOnlyTwoNumbersOfOneResidentAreJoined(t *testing.T) {
	c := bookingtest.Start(t, 5)
	r, s := residentNumber(7), residentNumber(8)
	district := booking.Actor{Account: "centre", Scope: booking.Scope{District: "西屯區"}}
	_, err := c.JoinNumbers(t.Context(), district, r.numbers())
	refusedAs(t, booking.RefusedOutside, err)
	woman := clinic.NewIDNumber("A900207177")
	for name, n := range map[string]struct {
		old, now clinic.IDNumber
		code     string
	}{
		"a national number as the old one": {bookingtest.IDNumber(7), r.now.ID, booking.RefusedOldNumber},
		"a national number as the new one": {r.old.ID, bookingtest.IDNumber(7), booking.RefusedNewNumber},
		"the two swapped":                  {r.now.ID, r.old.ID, booking.RefusedOldNumber},
		"a digit is wrong":                 {r.old.ID, clinic.NewIDNumber("A800000015"), booking.RefusedNewNumber},
		"nothing":                          {clinic.IDNumber{}, clinic.IDNumber{}, booking.RefusedOldNumber},
		"another sex":                      {r.old.ID, woman, booking.RefusedOtherPerson},
	} {
		if _, err := c.JoinNumbers(t.Context(), boss, booking.Numbers{Old: n.old, New: n.now}); !errors.Is(err, clinic.Refuse(n.code)) {
			t.Errorf("%s: %v, want %s", name, err, n.code)
		}
	}
	slot, flu := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(2)), c.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day.AddDays(2))
	mustBookAs(t, c, slot, r.old)
	mustBookAs(t, c, flu, s.now) // another date of birth
	wrong := booking.Numbers{Old: r.old.ID, New: s.now.ID}
	_, err = c.JoinNumbers(t.Context(), boss, wrong)
	refusedAs(t, booking.RefusedOtherPerson, err)
	wrong.Seen = true
	if _, err = c.JoinNumbers(t.Context(), boss, wrong); err != nil {
		t.Fatal(err)
	}
	for _, n := range []booking.Numbers{r.numbers(), s.numbers()} { // each has its other one
		n.Seen = true
		_, err = c.JoinNumbers(t.Context(), boss, n)
		refusedAs(t, booking.RefusedJoinedElse, err)
		refusedAs(t, booking.RefusedNotJoined, c.SplitNumbers(t.Context(), boss, n))
	}
	refusedAs(t, booking.RefusedOutside, c.SplitNumbers(t.Context(), district, wrong))
	if err := c.SplitNumbers(t.Context(), boss, wrong); err != nil {
		t.Fatal(err)
	}
	r.join(t, c, 1)
	s.join(t, c, 1)
	reconcile(t, c)
}

func TestSplitNumbersHaveWhatEachHadBooked(t *testing.T) {
	c := bookingtest.Start(t, 5)
	r := residentNumber(7)
	slot, flu := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(2)), c.SlotOn(bookingtest.SiteC, bookingtest.FluVac, bookingtest.Day.AddDays(3))
	before := mustBookAs(t, c, slot, r.old)
	r.join(t, c, 1)
	meanwhile := mustBookAs(t, c, flu, r.old)
	if err := c.SplitNumbers(t.Context(), boss, r.numbers()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		list, err := c.LookUp(t.Context(), r.old.ID, r.old.Birth)
		if err != nil || len(list) != 2 || list[0].ID != meanwhile.ID || list[1].ID != before.ID {
			t.Errorf("the old number has %d, %v", len(list), err)
		}
		_, err = c.LookUp(t.Context(), r.now.ID, r.now.Birth)
		refusedAs(t, clinic.RefusedNotFound, err)
		refusedAs(t, clinic.RefusedAlreadyBooked, second(c.Book(t.Context(), askAs(slot, r.old))))
		c.Again()
	}
	mustBookAs(t, c, slot, r.now)
	reconcile(t, c)
	for _, action := range []string{"join_numbers", "split_numbers"} {
		rows, err := c.AuditPage(t.Context(), 0, boss.Account, action, 10)
		if err != nil || len(rows) != 1 {
			t.Fatalf("%s: %d entries, %v", action, len(rows), err)
		}
		for _, n := range []clinic.IDNumber{r.old.ID, r.now.ID} {
			if strings.Contains(rows[0].Object+rows[0].Detail, n.Reveal()) {
				t.Error("the audit trail holds a number")
			}
		}
	}
}

func TestAResidentWaitsOnce(t *testing.T) {
	c := bookingtest.Start(t, 1)
	r := residentNumber(7)
	one, two := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), c.SlotOn(bookingtest.SiteC, bookingtest.XBB, bookingtest.Day)
	full := []clinic.Booking{c.MustBook(one, 1), c.MustBook(two, 2)}
	first, later := askAs(one, r.old), askAs(two, r.now)
	for _, ask := range []booking.Request{first, later} {
		if _, err := c.StandBy(t.Context(), ask); err != nil {
			t.Fatal(err)
		}
	}
	r.join(t, c, 0)
	refusedAs(t, clinic.RefusedAlreadyWaiting, second(c.StandBy(t.Context(), askAs(two, r.now))))
	c.Again()
	giveUp(t, c, full[1]) // nobody waits for it any more
	giveUp(t, c, full[0])
	if s, err := c.StandbyEntry(t.Context(), first.ID); err != nil || !s.Promoted {
		t.Errorf("the first entry: %+v, %v", s, err)
	}
	if s, err := c.StandbyEntry(t.Context(), later.ID); err != nil || s.Promoted || s.Waiting {
		t.Errorf("the later one: %+v, %v", s, err)
	}
	refusedAs(t, clinic.RefusedAlreadyBooked, second(c.Book(t.Context(), askAs(two, r.now))))
	refusedAs(t, clinic.RefusedAlreadyGone, c.LeaveStandby(t.Context(), booking.Cancellation{ID: first.ID, Number: r.now.ID, Birth: r.now.Birth}))
	c.Set(bookingtest.Day.At(0))
	for _, slot := range []clinic.Slot{one, two} {
		if d, err := c.Draw(t.Context(), slot.ID); err != nil || clinic.VerifyDraw(d) != nil {
			t.Errorf("the record: %v, %v", err, clinic.VerifyDraw(d))
		}
	}
	reconcile(t, c)
}

func (d *device) walkInAs(slot clinic.Slot, p clinic.Person) syncproto.Op {
	return d.say(syncproto.Op{Kind: clinic.WalkInRegistered, Booking: bookingtest.NewID(), Ticket: "A001", Staff: "kiosk", WalkIn: &syncproto.WalkIn{
		IDNumber: p.ID.Reveal(), Name: p.Name.Reveal(), Birth: syncproto.DayOf(p.Birth.Reveal()), Slot: slot.ID, Dose: bookingtest.Ask(slot, 1).Dose,
	}})
}

func TestAWalkInIsKnownByEitherNumber(t *testing.T) {
	c := bookingtest.Start(t, 5)
	r, s := residentNumber(7), residentNumber(8)
	here, there := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), c.SlotOn(bookingtest.SiteC, bookingtest.XBB, bookingtest.Day)
	booked := mustBookAs(t, c, here, r.old)
	r.join(t, c, 1)
	s.join(t, c, 0)
	c.Set(bookingtest.Day.At(9 * 60))
	a, b := newDevice(bookingtest.SiteA), newDevice(bookingtest.SiteC)
	a.walkInAs(here, r.now)
	expect(t, a.push(t, c)[0], syncproto.Flagged, booking.CodeHasBooking)
	attendance(t, c, booked.ID, clinic.Arrived)
	a.walkInAs(here, s.old) // the same new person at two sites, with two numbers
	expect(t, a.push(t, c)[0], syncproto.Accepted, "")
	b.walkInAs(there, s.now)
	expect(t, b.push(t, c)[0], syncproto.Flagged, booking.CodeBookedElsewhere)
	reconcile(t, c)
}

func TestEnginesKnowWhoTheOtherHasJoined(t *testing.T) {
	a, b := pair(t, storetest.FreshServer(t), 5)
	r, s := residentNumber(7), residentNumber(8)
	slot, flu := a.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(2)), a.SlotOn(bookingtest.SiteC, bookingtest.FluVac, bookingtest.Day.AddDays(3))
	mustBookAs(t, a, slot, r.old)
	mustBookAs(t, b, slot, s.old)
	r.join(t, a, 1)
	refusedAs(t, clinic.RefusedAlreadyBooked, second(b.Book(t.Context(), askAs(slot, r.now))))
	if list, err := b.LookUp(t.Context(), r.now.ID, r.now.Birth); err != nil || len(list) != 1 {
		t.Errorf("found at the other: %d, %v", len(list), err)
	}
	meanwhile := mustBookAs(t, b, flu, r.now)
	if err := b.SplitNumbers(t.Context(), boss, r.numbers()); err != nil {
		t.Fatal(err)
	}
	if list, err := a.LookUp(t.Context(), r.now.ID, r.now.Birth); err != nil || len(list) != 1 || list[0].ID != meanwhile.ID {
		t.Errorf("after the other took them apart: %d, %v", len(list), err)
	}
	mustBookAs(t, a, slot, r.now)
	_, err := b.JoinNumbers(t.Context(), boss, r.numbers())
	refusedAs(t, booking.RefusedBothBooked, err)
	s.join(t, b, 1)
	refusedAs(t, clinic.RefusedAlreadyBooked, second(a.Book(t.Context(), askAs(slot, s.now))))
	for _, c := range []*bookingtest.City{a, b} {
		reconcile(t, c)
		c.Again()
		reconcile(t, c)
	}
}
