package e2e_test

import (
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/syncproto"
)

// opens notes a vial that was opened at a desk, and gives who waits for it.
func (d *device) opens(slot clinic.Slot, doses int) reception.Leftover {
	d.w.t.Helper()
	ctx := d.w.t.Context()
	if err := d.Counter.Receive(ctx, "XB26", slot.Vaccine, slot.Date.AddDays(30), 1, doses); err != nil {
		d.w.t.Fatal(err)
	}
	if err := d.Counter.OpenVial(ctx, "XB26"); err != nil {
		d.w.t.Fatal(err)
	}
	return d.leftover()
}

func (d *device) leftover() reception.Leftover {
	d.w.t.Helper()
	all, err := d.Counter.Leftovers(d.w.t.Context())
	if err != nil || len(all) != 1 {
		d.w.t.Fatalf("%d products are left, %v", len(all), err)
	}
	return all[0]
}

func (d *device) did(err error) {
	d.w.t.Helper()
	if err != nil {
		d.w.t.Fatal(err)
	}
}

func TestADoseThatIsLeftGoesToWhoWaitsAlsoWithoutALine(t *testing.T) {
	w := newWorld(t)
	slot := w.narrow(w.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day), 1)
	w.MustBook(slot, 1)
	for n := range 3 {
		_, err := w.StandBy(t.Context(), bookingtest.Ask(slot, 100+n))
		if err != nil {
			t.Fatal(err)
		}
	}
	one, two := w.prepare(bookingtest.SiteA, syncproto.RoleDesk), w.prepare(bookingtest.SiteA, syncproto.RoleDesk)
	w.Set(bookingtest.Day.At(morning))
	one.round()
	two.round()
	drawn, err := w.Leftovers(t.Context(), bookingtest.SiteA, 10)
	if err != nil || len(drawn) != 3 {
		t.Fatalf("%d wait at central, %v", len(drawn), err)
	}

	w.cut() // who waits is on the devices already
	l := one.opens(slot, 3)
	two.opens(slot, 3)
	for i, p := range l.People {
		if p.ID != drawn[i].ID || p.Person.Mobile.Reveal() != drawn[i].Person.Mobile.Reveal() {
			t.Errorf("place %d is %s", i+1, p.ID)
		}
		one.noneReadable(drawn[i].Person)
	}
	one.did(one.Counter.Offer(t.Context(), l.People[0].ID))
	one.did(one.Counter.Answered(t.Context(), l.People[0].ID, clinic.StandbyUnreached))
	one.did(one.Counter.Offer(t.Context(), l.People[1].ID))
	one.did(one.Counter.Answered(t.Context(), l.People[1].ID, clinic.StandbyAccepted))
	comes := l.People[1].ID
	if b, err := one.Counter.CheckIn(t.Context(), comes); err != nil || b.Ticket != "A001" {
		t.Fatalf("%+v, %v", b.Ticket, err)
	}

	one.did(one.Counter.Offer(t.Context(), l.People[2].ID))
	one.did(one.Counter.Answered(t.Context(), l.People[2].ID, clinic.StandbyAccepted)) // it was the one before who said so
	one.refuses(reception.StandbyHere, one.Counter.NotComing(t.Context(), comes))

	w.mend()
	one.round()
	two.round()
	if got := two.leftover(); got.Turn() != -1 || got.People[2].Answer != clinic.StandbyAccepted {
		t.Errorf("the other desk sees %+v", got.People)
	}
	two.did(two.Counter.NotComing(t.Context(), l.People[2].ID))
	two.round()
	one.round()
	if b, err := w.Booking(t.Context(), l.People[2].ID); err != nil || b.Active() {
		t.Errorf("who does not come has a place, %v", err)
	}
	for _, d := range []*device{one, two} {
		if got := d.leftover(); got.People[2].Answer != clinic.StandbyOffered {
			t.Errorf("a desk sees %+v", got.People)
		}
		d.did(d.Counter.Answered(t.Context(), l.People[2].ID, clinic.StandbyUnreached))
		d.round()
	}
	b, err := w.Booking(t.Context(), comes)
	if err != nil || b.Visit().Attendance != clinic.Arrived || b.Slot.ID != slot.ID {
		t.Fatalf("central knows of %v, %v", b.Visit().Attendance, err)
	}
	if got := two.leftover(); got.People[0].Answer != clinic.StandbyUnreached || got.People[1].Answer != clinic.StandbyAccepted || !got.People[1].Arrived || got.People[2].Answer != clinic.StandbyUnreached {
		t.Errorf("the other desk sees %+v", got.People)
	}
	two.refuses(reception.StandbyTaken, two.Counter.Offer(t.Context(), l.People[0].ID))
	one.refuses(reception.StandbyTaken, one.Counter.Offer(t.Context(), l.People[2].ID))
	for _, d := range []*device{one, two} {
		d.round()
		d.same()
	}
	if review, err := w.Review(t.Context(), booking.Scope{All: true}, 10); err != nil || len(review) != 0 {
		t.Errorf("people are to look at %+v, %v", review, err)
	}

	w.Set(bookingtest.Day.AddDays(1).At(morning))
	one.round()
	if list, err := one.Replica.Standby(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%d are known the day after, %v", len(list), err)
	}
}
