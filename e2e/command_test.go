package e2e_test

import (
	"errors"
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/syncproto"
)

// entry finds a booking among those that the counter knows of a person.
func (d *device) entry(b clinic.Booking) reception.Entry {
	d.w.t.Helper()
	all, err := d.Counter.Search(d.w.t.Context(), b.Code)
	if err != nil || len(all) != 1 {
		d.w.t.Fatalf("%d bookings have the code %s, %v", len(all), b.Code, err)
	}
	return all[0]
}

func TestADeskAsksOfflineAndSeesWhatBecameOfIt(t *testing.T) {
	w := newWorld(t)
	slot := w.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day)
	booked := []clinic.Booking{w.MustBook(slot, 1), w.MustBook(slot, 2), w.MustBook(slot, 3)}
	d := w.prepare(bookingtest.SiteA, syncproto.RoleDesk)
	w.Set(bookingtest.Day.At(morning))
	d.round()
	w.cut()
	later := w.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day.AddDays(7))
	for i, b := range booked {
		ask := func() error { return d.Counter.AskMove(t.Context(), b.ID, later.ID) }
		if i == 2 {
			ask = func() error { return d.Counter.AskCancel(t.Context(), b.ID, "發燒") }
		}
		if err := ask(); err != nil {
			t.Fatal(err)
		}
		if e := d.entry(b); e.Asked == nil || e.Asked.Outcome != 0 || !e.Waiting || !e.Booking.Active() || e.Booking.Slot.ID != slot.ID {
			t.Fatalf("while central has not answered the counter shows %+v", e.Asked)
		}
	}
	if _, err := w.CancelFor(t.Context(), supervisor, booked[1].ID); err != nil { // at the same time, by telephone
		t.Fatal(err)
	}
	w.mend()
	d.round()
	d.same()
	if b, err := d.Replica.Booking(t.Context(), booked[0].ID); err != nil || b.Slot.ID != later.ID {
		t.Errorf("the first is on %s, %v", b.Slot.Date, err)
	}
	if e := d.entry(booked[1]); e.Asked.Outcome != syncproto.Rejected || e.Asked.Code != booking.CodeStale || e.Booking.Active() || e.Waiting {
		t.Errorf("the second shows %+v", e.Asked)
	}
	if e := d.entry(booked[2]); e.Asked.Outcome != syncproto.Accepted || e.Booking.Active() {
		t.Errorf("the third shows %+v", e.Asked)
	}
	d.refuses(reception.Cancelled, d.Counter.AskCancel(t.Context(), booked[2].ID, ""))
}

func TestADeskCorrectsAPersonOfflineWhileTheCitizenChangesThePhone(t *testing.T) {
	w := newWorld(t)
	b := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day), 1)
	d := w.prepare(bookingtest.SiteA, syncproto.RoleDesk)
	w.Set(bookingtest.Day.At(morning))
	d.round()
	w.cut()
	right := clinic.Person{ID: bookingtest.IDNumber(77), Name: clinic.NewName("王大明"), Mobile: clinic.NewPhone("0911000111")}
	if err := d.Counter.AskCorrect(t.Context(), b.ID, right); err != nil {
		t.Fatal(err)
	}
	if err := d.Counter.AskCorrect(t.Context(), b.ID, clinic.Person{}); err == nil {
		t.Error("a correction of nothing is written down")
	}
	if e := d.entry(b); e.Asked == nil || e.Asked.Kind != clinic.ContactAsked || e.Booking.Person.Name.Reveal() != b.Person.Name.Reveal() {
		t.Errorf("while central has not answered the counter shows %+v", e.Asked)
	}
	change := booking.PhoneChange{ID: b.ID, Number: b.Person.ID, Birth: b.Person.Birth, Mobile: clinic.NewPhone("0922000222")}
	if _, err := w.ChangePhones(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	w.mend()
	d.round()
	p := func() clinic.Person {
		got, err := d.Replica.Booking(t.Context(), b.ID)
		if err != nil {
			t.Fatal(err)
		}
		return got.Person
	}()
	if p.ID.Reveal() != right.ID.Reveal() || p.Name.Reveal() != "王大明" || p.Mobile.Reveal() != "0922000222" {
		t.Errorf("the device has %q, %q, %q", p.ID.Reveal(), p.Name.Reveal(), p.Mobile.Reveal())
	}
	if e := d.entry(b); e.Asked.Outcome != syncproto.Accepted || e.Asked.Code != booking.CodePartly {
		t.Errorf("the counter shows %+v", e.Asked)
	}
	d.same()
}

func TestARevokedDeviceHandsInWhatHappenedAndAManagerAdmitsIt(t *testing.T) {
	w := newWorld(t)
	d, booked := w.settled()
	w.cut()
	if _, err := d.Counter.CheckIn(t.Context(), booked[2].ID); err != nil {
		t.Fatal(err)
	}
	id, err := d.Replica.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.fleet.Revoke(t.Context(), "admin", id.Grant.Device); err != nil {
		t.Fatal(err)
	}
	w.mend()
	for range 2 { // again changes nothing
		if err := d.Agent.Round(t.Context()); !errors.Is(err, syncproto.Problem{Code: syncproto.ProblemRevoked}) {
			t.Fatalf("a revoked device is told %v", err)
		}
	}
	if err := d.Agent.Round(t.Context()); !errors.Is(err, syncproto.Problem{Code: syncproto.ProblemRevoked}) {
		t.Fatal(err)
	}
	review, err := w.Review(t.Context(), booking.Scope{All: true}, 5)
	if err != nil || len(review) != 1 || review[0].Code != booking.CodeQuarantined {
		t.Fatalf("the review has %+v, %v", review, err)
	}
	if v, err := w.AdmitEvent(t.Context(), supervisor, review[0].Event.Ref); err != nil || v.Outcome != syncproto.Accepted {
		t.Fatalf("admitted as %+v, %v", v, err)
	}
	if b, err := w.Booking(t.Context(), booked[2].ID); err != nil || b.Visit().Attendance != clinic.Arrived {
		t.Errorf("the visit is %v, %v", b.Visit().Attendance, err)
	}
}
