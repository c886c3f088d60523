package booking_test

import (
	"errors"
	"slices"
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
)

// openings gives the doses that person n may book at SiteA, with the number of their slots.
func openings(t *testing.T, city *bookingtest.City, p clinic.Person) map[string]int {
	t.Helper()
	list, err := city.Openings(t.Context(), bookingtest.SiteA, p)
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]int)
	for _, o := range list {
		out[o.Vaccine+" "+o.Dose] = len(o.Slots)
		if !slices.IsSortedFunc(o.Slots, func(a, b clinic.Slot) int {
			if day := a.Date.Compare(b.Date); day != 0 {
				return day
			}
			return int(a.Start - b.Start)
		}) {
			t.Errorf("%s %s is out of order", o.Vaccine, o.Dose)
		}
		for _, s := range o.Slots {
			ask := bookingtest.Ask(s, 1)
			ask.Dose, ask.Person = o.Dose, p
			ask.Person.Name, ask.Person.Mobile = clinic.NewName("測試王"), clinic.NewPhone("0912345678")
			b, err := city.Book(t.Context(), ask)
			if err != nil {
				t.Fatalf("%s on %s was offered: %v", o.Vaccine, s.Date, err)
			}
			if _, err := city.Cancel(t.Context(), booking.Cancellation{ID: b.ID, Number: p.ID, Birth: p.Birth}); err != nil &&
				!errors.Is(err, clinic.Refuse(clinic.RefusedCancelTooLate)) {
				t.Fatal(err)
			}
			break // one of each
		}
	}
	return out
}

func TestOpeningsAreWhatThePersonMayBook(t *testing.T) {
	city := bookingtest.Start(t, 1)
	person := bookingtest.Person(1)
	person.Name, person.Mobile = clinic.Name{}, clinic.Phone{}
	// Weekly alone is open for COVID-19: seven days of two sessions; influenza has all of 21 days.
	want := map[string]int{"xbb primary1": 14, "xbb primary2": 14, "xbb booster": 14, "flu-qiv single": 42}
	if got := openings(t, city, person); len(got) != len(want) || got["xbb primary1"] != 14 || got["xbb booster"] != 14 || got["flu-qiv single"] != 42 {
		t.Fatalf("got %v, want %v", got, want)
	}
	slot := city.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day)
	city.MustBook(slot, 2)
	if got := openings(t, city, person); got["flu-qiv single"] != 41 {
		t.Errorf("with a place gone there are %v", got)
	}
	// Who has a booking of the programme, wherever it is, is offered the other one.
	city.MustBook(city.SlotOn(bookingtest.SiteC, bookingtest.XBB, bookingtest.Day), 1)
	if got := openings(t, city, person); len(got) != 1 || got["flu-qiv single"] != 41 {
		t.Errorf("with a booking elsewhere there are %v", got)
	}
}

func TestWhereARuleSaysNoItIsTold(t *testing.T) {
	city := bookingtest.Start(t, 1)
	city.MustBook(city.SlotOn(bookingtest.SiteC, bookingtest.XBB, bookingtest.Day), 1)
	city.MustBook(city.SlotOn(bookingtest.SiteC, bookingtest.FluVac, bookingtest.Day), 1)
	refused := func(p clinic.Person, code string) {
		t.Helper()
		list, err := city.Openings(t.Context(), bookingtest.SiteA, p)
		if len(list) != 0 || code != "" && !errors.Is(err, clinic.Refuse(code)) || code == "" && err != nil {
			t.Errorf("%d openings, %v; want %q", len(list), err, code)
		}
	}
	refused(bookingtest.Person(1), clinic.RefusedAlreadyBooked)
	child := bookingtest.Person(3)
	child.Birth = clinic.NewBirth(bookingtest.Day.AddDays(-3 * 365))
	refused(child, clinic.RefusedGuardian)
	city.Set(bookingtest.Day.AddDays(100).At(9 * 60)) // nothing is open any more
	refused(bookingtest.Person(4), "")
	if list, err := city.Openings(t.Context(), "0000000000", bookingtest.Person(4)); len(list) != 0 || err != nil {
		t.Errorf("no site has %d openings, %v", len(list), err)
	}
}
