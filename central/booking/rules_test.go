package booking_test

import (
	"testing"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
)

// rule changes a rule of the COVID-19 programme while the city is at work.
func rule(t *testing.T, c *bookingtest.City, change func(*clinic.Programme)) {
	t.Helper()
	p, ok := c.Catalogue().Programme(bookingtest.Covid)
	if !ok {
		t.Fatal("there is no such programme")
	}
	change(&p)
	if changed, err := c.SaveProgramme(t.Context(), boss, p); err != nil || !changed {
		t.Fatalf("changed %v, %v", changed, err)
	}
}

func TestTheAgeOfConsentIsARuleOfTheProgramme(t *testing.T) {
	c := bookingtest.Start(t, 5)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	ask := bookingtest.Ask(slot, 1)
	ask.Person.Birth = clinic.NewBirth(clinic.Date{Year: 2007, Month: 1, Day: 1}) // 19 on the day
	rule(t, c, func(p *clinic.Programme) { p.GuardianBelow = clinic.Age{Months: 20 * 12} })
	refusedAs(t, clinic.RefusedGuardian, second(c.Book(t.Context(), ask)))
	rule(t, c, func(p *clinic.Programme) { p.GuardianBelow = clinic.Age{} })
	if _, err := c.Book(t.Context(), ask); err != nil {
		t.Error(err)
	}
}

func TestAProgrammeMayDoWithoutThePenalty(t *testing.T) {
	c := bookingtest.Start(t, 5)
	absentIn(t, c, 1)
	next := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(8))
	refusedAs(t, clinic.RefusedNoShow, second(c.Book(t.Context(), bookingtest.Ask(next, 1))))
	rule(t, c, func(p *clinic.Programme) { p.NoShow = clinic.NoPenalty })
	c.MustBook(next, 1)
}

func TestAProgrammeRemindsWhenItSays(t *testing.T) {
	c := bookingtest.Start(t, 5)
	rule(t, c, func(p *clinic.Programme) { p.RemindDays, p.RemindAt = 3, 18*60 })
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	flu := c.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day)
	covid, other := c.MustBook(slot, 1), c.MustBook(flu, 2)
	due := bookingtest.Day.AddDays(-3).At(18 * 60)
	for _, step := range []struct {
		at   clinic.Date
		hour clinic.TimeOfDay
		want []clinic.ID
	}{
		{clinic.DateOf(due), 18*60 - 1, nil},
		{clinic.DateOf(due), 18 * 60, []clinic.ID{covid.ID}},
		{bookingtest.Day.AddDays(-2), 10 * 60, []clinic.ID{covid.ID, other.ID}}, // flu by the usual rule
	} {
		c.Set(step.at.At(step.hour))
		got, err := c.DueReminders(t.Context(), 10)
		if err != nil || len(got) != len(step.want) {
			t.Fatalf("%v %v: %d reminders, want %d: %v", step.at, step.hour, len(got), len(step.want), err)
		}
		for i, id := range step.want {
			if got[i].Booking.ID != id {
				t.Errorf("%v: reminds of %s, want %s", step.at, got[i].Booking.ID, id)
			}
		}
	}
}

func TestWhoBookedAfterTheReminderOrGaveThePlaceUpIsNotReminded(t *testing.T) {
	c := bookingtest.Start(t, 5)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day)
	c.Set(bookingtest.Day.AddDays(-2).At(10*60 + 1))
	c.MustBook(slot, 1)
	later := c.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day.AddDays(20))
	moved, gone, landline := c.MustBook(later, 2), c.MustBook(later, 3), bookingtest.Ask(later, 4)
	landline.Person.Mobile, landline.Person.Landline = clinic.Phone{}, clinic.NewPhone("0422220001")
	if _, err := c.Book(t.Context(), landline); err != nil {
		t.Fatal(err)
	}
	if _, err := c.MoveFor(t.Context(), boss, moved.ID, slot.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := c.CancelFor(t.Context(), boss, gone.ID); err != nil {
		t.Fatal(err)
	}
	for _, at := range []clinic.Date{bookingtest.Day.AddDays(-2), later.Date.AddDays(-2)} {
		c.Set(at.At(10*60 + 2))
		if got, err := c.DueReminders(t.Context(), 10); err != nil || len(got) != 0 {
			t.Errorf("%v: %d reminders, %v", at, len(got), err)
		}
	}
}

func TestEverybodyIsRemindedOnceHoweverManyThereAre(t *testing.T) {
	c := bookingtest.Start(t, 50)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	for n := range 20 {
		c.MustBook(slot, n)
	}
	c.Set(bookingtest.Day.AddDays(-2).At(10 * 60))
	seen := make(map[clinic.ID]int)
	for range 3 {
		due, err := c.DueReminders(t.Context(), 8)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range due {
			seen[r.Booking.ID]++
			if err := c.ReminderSent(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s was reminded %d times", id, n)
		}
	}
	if len(seen) != 20 {
		t.Errorf("%d people were reminded, want 20", len(seen))
	}
}
