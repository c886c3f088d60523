package booking_test

import (
	"errors"
	"testing"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/store/storetest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/sqldb/pgtest"
	"ezhitong.tw/syncproto"
)

// pair is a city with two engines on one database.
func pair(t *testing.T, dsn string, places int) (a, b *bookingtest.City) {
	t.Helper()
	a = bookingtest.StartAt(t, dsn, places)
	return a, bookingtest.Join(t, dsn)
}

func TestEnginesDecideByWhatTheOtherHasDone(t *testing.T) {
	a, b := pair(t, storetest.FreshServer(t), 1)
	slot := a.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	elsewhere := a.SlotOn(bookingtest.SiteC, bookingtest.XBB, bookingtest.Day)
	one := a.MustBook(slot, 1)
	if _, err := b.Book(t.Context(), bookingtest.Ask(slot, 2)); !errors.Is(err, clinic.Refuse(clinic.RefusedFull)) {
		t.Errorf("the place that is gone: %v", err)
	}
	if _, err := b.Book(t.Context(), bookingtest.Ask(elsewhere, 1)); !errors.Is(err, clinic.Refuse(clinic.RefusedAlreadyBooked)) {
		t.Errorf("the same person at another site: %v", err)
	}
	if found, err := b.LookUp(t.Context(), bookingtest.IDNumber(1), one.Person.Birth); err != nil || len(found) != 1 || found[0].ID != one.ID {
		t.Errorf("looked up at the other: %v, %v", found, err)
	}
	if _, err := b.Cancel(t.Context(), booking.Cancellation{ID: one.ID, Number: bookingtest.IDNumber(1), Birth: one.Person.Birth}); err != nil {
		t.Fatal(err)
	}
	two := a.MustBook(slot, 2)
	ask := bookingtest.Ask(elsewhere, 3)
	if _, err := a.Book(t.Context(), ask); err != nil {
		t.Fatal(err)
	}
	if again, err := b.Book(t.Context(), ask); err != nil || again.ID != ask.ID {
		t.Errorf("the same request to the other: %v, %v", again.ID, err)
	}
	d := newDevice(bookingtest.SiteA)
	d.arrive(two, "A001")
	d.push(t, a)
	attendance(t, b, two.ID, clinic.Arrived)
	d.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: two.ID, Lot: "L1"})
	d.push(t, b) // the stream goes on at the other
	attendance(t, a, two.ID, clinic.Vaccinated)
	later := bookingtest.Ask(elsewhere, 4)
	c := newDevice(bookingtest.SiteC)
	c.arrive(clinic.Booking{ID: later.ID}, "A001")
	expect(t, c.push(t, a)[0], syncproto.Parked, booking.CodeOrphan)
	if _, err := b.Book(t.Context(), later); !errors.Is(err, clinic.Refuse(clinic.RefusedFull)) {
		t.Errorf("the place that is gone: %v", err)
	}
	later.Slot = b.SlotOn(bookingtest.SiteC, bookingtest.XBB, bookingtest.Day.AddDays(1)).ID
	if _, err := b.Book(t.Context(), later); err != nil {
		t.Fatal(err)
	}
	attendance(t, a, later.ID, clinic.Arrived) // the event that waited at the one is found by the other
	reconcile(t, a)
	reconcile(t, b)
}

func TestEnginesShowWithinASecondWhatTheOtherChanged(t *testing.T) {
	a, b := pair(t, storetest.FreshServer(t), 5)
	slot := a.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	moved, stop := b.Watch(bookingtest.SiteA)
	defer stop()
	begin := time.Now()
	a.MustBook(slot, 1)
	select {
	case seq := <-moved:
		if seq != a.SiteSeq(bookingtest.SiteA) || b.SiteSeq(bookingtest.SiteA) != seq {
			t.Errorf("the feed moved to %d, %d at the other", seq, b.SiteSeq(bookingtest.SiteA))
		}
	case <-time.After(5 * time.Second):
		t.Fatal("nobody was told")
	}
	if took := time.Since(begin); took > time.Second {
		t.Errorf("it took %s", took)
	}
	if s, _ := b.Slot(slot.ID); s.Taken != 1 {
		t.Errorf("the other shows %d taken", s.Taken)
	}
	all := booking.Actor{Account: "test", Scope: booking.Scope{All: true}}
	if err := a.SaveSite(t.Context(), all, clinic.Site{Code: "3536010099", Name: "新診所", Kind: "clinic", District: "西屯區", Offers: []string{bookingtest.Flu}}); err != nil {
		t.Fatal(err)
	}
	day := bookingtest.Day.AddDays(3)
	if _, err := a.ImportCapacity(t.Context(), all, []booking.CapacityRow{
		{Line: 1, Site: "3536010099", Period: bookingtest.Open, Vaccine: bookingtest.FluVac, Date: day, Start: 540, End: 720, Capacity: 1},
	}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the new site's slots", func() bool { return len(b.Slots("3536010099", "")) == 1 })
	b.MustBook(b.Slots("3536010099", "")[0], 7)
	eventually(t, "its only place is gone", func() bool { return a.Slots("3536010099", "")[0].Left() == 0 })
	report, err := b.ImportCapacity(t.Context(), all, []booking.CapacityRow{ // right after the other's booking, by what it is then
		{Line: 1, Site: bookingtest.SiteA, Period: slot.Period, Vaccine: slot.Vaccine, Date: slot.Date, Start: slot.Start, End: slot.End, Capacity: 0},
	})
	if err == nil || len(report.Problems) != 1 {
		t.Errorf("less than is booked: %v, %v", report, err)
	}
	reconcile(t, a)
}

func TestEnginesShareTheirLists(t *testing.T) {
	a, b := pair(t, storetest.FreshServer(t), 1)
	slot := a.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	holder, list := waiting(t, a, slot, 3) // at the one
	again := bookingtest.Ask(slot, 100)
	refusedAs(t, clinic.RefusedAlreadyWaiting, second(b.StandBy(t.Context(), again)))
	if err := b.LeaveStandby(t.Context(), booking.Cancellation{ID: list[0].ID, Number: list[0].Person.ID, Birth: list[0].Person.Birth}); err != nil {
		t.Fatal(err)
	}
	giveUp(t, b, holder) // at the other
	if at := promoted(t, a, list); at != 1 && at != 2 {
		t.Errorf("entry %d got the place", at)
	}
	a.Set(bookingtest.Day.At(0))
	if d, err := a.Draw(t.Context(), slot.ID); err != nil || clinic.VerifyDraw(d) != nil || len(d.Steps) != 5 {
		t.Errorf("the record: %d steps, %v, %v", len(d.Steps), err, clinic.VerifyDraw(d))
	}
	reconcile(t, a)
}

func TestEnginesShareTheirLeases(t *testing.T) {
	a, b := pair(t, storetest.FreshServer(t), 3)
	slot := a.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	ask := booking.LeaseRequest{ID: bookingtest.NewID(), Site: bookingtest.SiteA, Device: bookingtest.NewID(), Slot: slot.ID, Places: 2}
	if l, err := a.Lease(t.Context(), ask); err != nil || l.Granted != 2 {
		t.Fatal(l, err)
	}
	b.MustBook(slot, 1)
	if _, err := b.Book(t.Context(), bookingtest.Ask(slot, 2)); !errors.Is(err, clinic.Refuse(clinic.RefusedFull)) {
		t.Errorf("what a device has to give out: %v", err)
	}
	if again, err := b.Lease(t.Context(), ask); err != nil || again.Granted != 2 {
		t.Errorf("the same request to the other: %v, %v", again, err)
	}
	if s, _ := b.Slot(slot.ID); s.Left() != 0 {
		t.Errorf("the other shows %d places", s.Left())
	}
	if _, err := b.ReturnLease(t.Context(), ask.Device, ask.ID); err != nil {
		t.Fatal(err)
	}
	a.MustBook(slot, 2)
	a.MustBook(slot, 3)
	reconcile(t, a)
}

func TestEnginesTolerateSerializable(t *testing.T) {
	a, b := pair(t, storetest.FreshServer(t)+"&default_transaction_isolation=serializable", 20)
	slot := a.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	answers := make(chan error, 60)
	for n := range cap(answers) {
		e := a.Engine
		if n%2 == 1 {
			e = b.Engine
		}
		go func() { _, err := e.Book(t.Context(), bookingtest.Ask(slot, n)); answers <- err }()
	}
	got := 0
	for range cap(answers) {
		switch err := <-answers; {
		case err == nil:
			got++
		case !errors.Is(err, clinic.Refuse(clinic.RefusedFull)):
			t.Error(err)
		}
	}
	if got != 20 {
		t.Errorf("%d got a place", got)
	}
	reconcile(t, a)
}

func TestEnginesOutliveTheirServer(t *testing.T) {
	server := pgtest.Own(t)
	city := bookingtest.StartAt(t, server.DSN("postgres"), 100_000)
	slots := city.Slots(bookingtest.SiteA, bookingtest.XBB)[:6]
	type answer struct {
		id  clinic.ID
		err error
	}
	requests := bookingtest.Requests(slots, 0, 1500)
	next, answers := make(chan booking.Request), make(chan answer)
	for range 64 {
		go func() {
			for r := range next {
				_, err := city.Book(t.Context(), r)
				answers <- answer{r.ID, err}
			}
		}()
	}
	go func() {
		for _, r := range requests {
			next <- r
		}
		close(next)
	}()
	restarted := make(chan struct{})
	kept, busy := 0, 0
	for n := range requests {
		if n == 400 {
			go func() { defer close(restarted); server.Kill(t); server.Start(t) }()
		}
		switch a := <-answers; {
		case a.err == nil:
			kept++
		case errors.Is(a.err, clinic.Refuse(clinic.RefusedBusy)):
			busy++
		default:
			t.Error(a.err)
		}
	}
	<-restarted
	for _, r := range requests { // whoever was told to try again does
		if _, err := city.Book(t.Context(), r); err != nil {
			t.Errorf("again: %v", err)
		}
	}
	t.Logf("%d were answered at once, %d tried again", kept, busy)
	taken := 0
	for _, s := range slots {
		now, _ := city.Slot(s.ID)
		taken += now.Taken
	}
	if taken != len(requests) {
		t.Errorf("%d places are taken by %d people", taken, len(requests))
	}
	reconcile(t, city)
}
