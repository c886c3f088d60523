package booking_test

import (
	"errors"
	"reflect"
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
)

func TestLookingUpNeedsNumberAndBirth(t *testing.T) {
	city := bookingtest.Start(t, 5)
	person := bookingtest.Person(1)
	covid := city.MustBook(city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	flu := city.MustBook(city.SlotOn(bookingtest.SiteB, bookingtest.FluVac, bookingtest.Day.AddDays(3)), 1)
	city.MustBook(city.SlotOn(bookingtest.SiteB, bookingtest.FluVac, bookingtest.Day.AddDays(3)), 2)
	got, err := city.LookUp(t.Context(), clinic.NewIDNumber(" "+person.ID.Reveal()), person.Birth)
	if err != nil || len(got) != 2 || got[0].ID != flu.ID || got[1].ID != covid.ID {
		t.Fatalf("found %d, %v", len(got), err)
	}
	if !reflect.DeepEqual(got[1].Person, person) || got[1].Code != clinic.CodeOf(covid.ID) || got[1].Slot.Taken != 1 || !got[1].Created.Equal(covid.Created) {
		t.Errorf("found %+v", got[1])
	}
	for name, ask := range map[string]clinic.Person{
		"another birth":  {ID: person.ID, Birth: bookingtest.Person(2).Birth},
		"another number": {ID: bookingtest.IDNumber(77), Birth: person.Birth},
	} {
		if _, err := city.LookUp(t.Context(), ask.ID, ask.Birth); !errors.Is(err, clinic.Refuse(clinic.RefusedNotFound)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestACancelledPlaceIsFreeAgain(t *testing.T) {
	city := bookingtest.Start(t, 1)
	slot := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	b := city.MustBook(slot, 1)
	ask := booking.Cancellation{ID: b.ID, Number: b.Person.ID, Birth: b.Person.Birth}
	for name, change := range map[string]func(*booking.Cancellation){
		"another birth":   func(c *booking.Cancellation) { c.Birth = bookingtest.Person(2).Birth },
		"another number":  func(c *booking.Cancellation) { c.Number = bookingtest.IDNumber(2) },
		"unknown booking": func(c *booking.Cancellation) { c.ID = bookingtest.NewID() },
	} {
		wrong := ask
		change(&wrong)
		if _, err := city.Cancel(t.Context(), wrong); !errors.Is(err, clinic.Refuse(clinic.RefusedNotFound)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	gone, err := city.Cancel(t.Context(), ask)
	if err != nil || gone.Active() || gone.Version != 2 || gone.Slot.Taken != 0 {
		t.Fatalf("cancelled: %+v, %v", gone, err)
	}
	if _, err := city.Cancel(t.Context(), ask); !errors.Is(err, clinic.Refuse(clinic.RefusedAlreadyGone)) {
		t.Errorf("twice: %v", err)
	}
	city.MustBook(slot, 2)
	city.MustBook(city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(1)), 1)
	reconcile(t, city)
	city.Again()
	if found, err := city.LookUp(t.Context(), b.Person.ID, b.Person.Birth); err != nil || len(found) != 2 {
		t.Errorf("after a restart %d are found, %v", len(found), err)
	}
	reconcile(t, city)
}

func TestTheCancelDeadlineIsTheEndOfTheSecondDayBefore(t *testing.T) {
	city := bookingtest.Start(t, 5)
	slot := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	early, late := city.MustBook(slot, 1), city.MustBook(slot, 2)
	city.Set(bookingtest.Day.AddDays(-2).At(23*60 + 59))
	if _, err := city.Cancel(t.Context(), booking.Cancellation{ID: early.ID, Number: early.Person.ID, Birth: early.Person.Birth}); err != nil {
		t.Errorf("two days before: %v", err)
	}
	city.Set(bookingtest.Day.AddDays(-1).At(0))
	_, err := city.Cancel(t.Context(), booking.Cancellation{ID: late.ID, Number: late.Person.ID, Birth: late.Person.Birth})
	var refusal *clinic.Refusal
	if !errors.As(err, &refusal) || refusal.Code != clinic.RefusedCancelTooLate || refusal.Args["phone"] != "04-22220001" {
		t.Errorf("the day before: %v", err)
	}
}

func TestTheClinicCancelsForSomebodyWhoCalls(t *testing.T) {
	city := bookingtest.Start(t, 5)
	b := city.MustBook(city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	city.Set(bookingtest.Day.At(8 * 60)) // long after the public's deadline
	other := booking.Actor{Account: "other", Scope: booking.Scope{Site: bookingtest.SiteB}}
	if _, err := city.CancelFor(t.Context(), other, b.ID); !errors.Is(err, clinic.Refuse(clinic.RefusedNotFound)) {
		t.Errorf("another clinic: %v", err)
	}
	nurse := booking.Actor{Account: "nurse", Scope: booking.Scope{Site: bookingtest.SiteA}}
	if gone, err := city.CancelFor(t.Context(), nurse, b.ID); err != nil || gone.Active() || gone.Slot.Taken != 0 {
		t.Errorf("%+v, %v", gone, err)
	}
	if _, err := city.CancelFor(t.Context(), nurse, b.ID); !errors.Is(err, clinic.Refuse(clinic.RefusedAlreadyGone)) {
		t.Errorf("twice: %v", err)
	}
	entries, err := city.AuditPage(t.Context(), 0, "nurse", "cancel", 10)
	if err != nil || len(entries) != 1 || entries[0].Object != b.ID.String() {
		t.Errorf("the audit trail has %+v, %v", entries, err)
	}
	reconcile(t, city)
}
