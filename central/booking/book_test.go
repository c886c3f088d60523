package booking_test

import (
	"errors"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
)

func TestTheLastPlaceGoesToOnePerson(t *testing.T) {
	const places, people = 7, 400
	city := bookingtest.Start(t, places)
	slot := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	var got, full atomic.Int64
	var wg sync.WaitGroup
	for n := range people {
		wg.Go(func() {
			switch _, err := city.Book(t.Context(), bookingtest.Ask(slot, n)); {
			case err == nil:
				got.Add(1)
			case errors.Is(err, clinic.Refuse(clinic.RefusedFull)):
				full.Add(1)
			default:
				t.Errorf("person %d: %v", n, err)
			}
		})
	}
	wg.Wait()
	if got.Load() != places || full.Load() != people-places {
		t.Fatalf("%d got a place and %d were told that it is full", got.Load(), full.Load())
	}
	if s, _ := city.Slot(slot.ID); s.Taken != places || s.Left() != 0 {
		t.Errorf("the slot shows %d taken", s.Taken)
	}
	reconcile(t, city)
	city.Again()
	if s, _ := city.Slot(slot.ID); s.Taken != places {
		t.Errorf("after a restart the slot shows %d taken", s.Taken)
	}
	if _, err := city.Book(t.Context(), bookingtest.Ask(slot, people)); !errors.Is(err, clinic.Refuse(clinic.RefusedFull)) {
		t.Errorf("after a restart: %v", err)
	}
}

// reconcile counts in the database what must agree.
func reconcile(t *testing.T, city *bookingtest.City) {
	t.Helper()
	count := func(q string) (n int) {
		if err := city.Store.Reader().QueryRowContext(t.Context(), q).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if b, s := count("SELECT count(*) FROM booking WHERE cancelled = 0"), count("SELECT coalesce(sum(taken), 0) FROM slot"); b != s {
		t.Errorf("%d bookings stand, the slots count %d", b, s)
	}
	if n := count("SELECT count(*) FROM slot s WHERE taken <> (SELECT count(*) FROM booking b WHERE b.slot = s.id AND b.cancelled = 0)"); n != 0 {
		t.Errorf("%d slots count wrongly", n)
	}
	if b, a := count("SELECT count(*) FROM booking"), count("SELECT count(*) FROM audit WHERE action IN ('book', 'walk_in', 'standby_accepted')"); b != a {
		t.Errorf("%d bookings were made, %d are in the audit trail", b, a)
	}
	if n := count(`SELECT count(*) FROM site WHERE seq < (SELECT max(stamp) FROM booking b WHERE b.site = site.code)
		OR seq < (SELECT max(stamp) FROM slot s WHERE s.site = site.code)`); n != 0 {
		t.Errorf("%d sites' counters lag behind their rows", n)
	}
	if n := count("SELECT count(*) FROM (SELECT site, stamp FROM (SELECT site, stamp FROM booking UNION ALL SELECT site, stamp FROM slot UNION ALL SELECT site, stamp FROM site_programme) r GROUP BY site, stamp HAVING count(*) > 1) twice"); n != 0 {
		t.Errorf("%d numbers of the feed were given twice", n)
	}
	if _, err := city.VerifyAudit(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestTheSameRequestAgainGetsTheSameAnswer(t *testing.T) {
	city := bookingtest.Start(t, 5)
	slot := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	ask := bookingtest.Ask(slot, 1)
	first, err := city.Book(t.Context(), ask)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			again, err := city.Book(t.Context(), ask)
			if err != nil || again.ID != first.ID || !again.Created.Equal(first.Created) || again.Slot.ID != slot.ID || !reflect.DeepEqual(again.Person, first.Person) {
				t.Errorf("again: %v, %v", again.ID, err)
			}
		})
	}
	wg.Wait()
	if s, _ := city.Slot(slot.ID); s.Taken != 1 {
		t.Errorf("%d places are taken", s.Taken)
	}
	other := ask
	other.Person = bookingtest.Person(2)
	if _, err := city.Book(t.Context(), other); !errors.Is(err, clinic.Refuse(clinic.RefusedConflictingKey)) {
		t.Errorf("another request under the same id: %v", err)
	}
	city.Set(bookingtest.Monday.AddDate(0, 0, 4)) // the window has closed
	if again, err := city.Book(t.Context(), ask); err != nil || again.ID != first.ID {
		t.Errorf("after the window closed: %v", err)
	}
	if _, err := city.Book(t.Context(), other); !errors.Is(err, clinic.Refuse(clinic.RefusedConflictingKey)) {
		t.Errorf("another request after the window closed: %v", err)
	}
	city.Again()
	if again, err := city.Book(t.Context(), ask); err != nil || again.ID != first.ID {
		t.Errorf("after a restart: %v", err)
	}
	reconcile(t, city)
}

func TestEveryRuleSaysNo(t *testing.T) {
	city := bookingtest.Start(t, 5)
	covid := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	next := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(7))
	flu := city.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day)
	city.MustBook(covid, 900)
	born := func(y, m, d int) clinic.Birth {
		return clinic.NewBirth(clinic.Date{Year: y, Month: time.Month(m), Day: d})
	}
	for name, c := range map[string]struct {
		slot   clinic.Slot
		change func(*booking.Request)
		want   string
	}{
		"unknown slot":        {covid, func(r *booking.Request) { r.Slot = bookingtest.NewID() }, clinic.RefusedNoSuchSlot},
		"not open yet":        {next, func(*booking.Request) {}, clinic.RefusedWindowNotOpen},
		"unknown dose":        {covid, func(r *booking.Request) { r.Dose = "fourth" }, clinic.RefusedNoSuchVaccine},
		"id of nine":          {covid, func(r *booking.Request) { r.Person.ID = clinic.NewIDNumber("A12345678") }, clinic.RefusedIDForm},
		"wrong checksum":      {covid, func(r *booking.Request) { r.Person.ID = clinic.NewIDNumber("A123456788") }, clinic.RefusedIDChecksum},
		"no name":             {covid, func(r *booking.Request) { r.Person.Name = clinic.NewName(" ") }, clinic.RefusedName},
		"only signs":          {covid, func(r *booking.Request) { r.Person.Name = clinic.NewName("12-3") }, clinic.RefusedName},
		"no birth":            {covid, func(r *booking.Request) { r.Person.Birth = clinic.Birth{} }, clinic.RefusedBirth},
		"born tomorrow":       {covid, func(r *booking.Request) { r.Person.Birth = born(2026, 11, 17) }, clinic.RefusedBirth},
		"born long ago":       {covid, func(r *booking.Request) { r.Person.Birth = born(1890, 1, 1) }, clinic.RefusedBirth},
		"no phone":            {covid, func(r *booking.Request) { r.Person.Mobile = clinic.Phone{} }, clinic.RefusedPhoneMissing},
		"bad mobile":          {covid, func(r *booking.Request) { r.Person.Mobile = clinic.NewPhone("0812345678") }, clinic.RefusedPhone},
		"bad landline":        {covid, func(r *booking.Request) { r.Person.Landline = clinic.NewPhone("12") }, clinic.RefusedPhone},
		"two consents":        {covid, func(r *booking.Request) { r.Consents = 2 }, clinic.RefusedConsent},
		"too young":           {covid, func(r *booking.Request) { young(r, born(2014, 11, 24)) }, clinic.RefusedTooYoung},
		"no guardian":         {covid, func(r *booking.Request) { r.Person.Birth = born(2008, 11, 24) }, clinic.RefusedGuardian},
		"no guardian's yes":   {covid, func(r *booking.Request) { young(r, born(2010, 1, 1)); r.GuardianConsent = false }, clinic.RefusedGuardian},
		"booked already":      {covid, func(r *booking.Request) { r.Person = bookingtest.Person(900) }, clinic.RefusedAlreadyBooked},
		"another slot, too":   {city.SlotOn(bookingtest.SiteC, bookingtest.XBB, bookingtest.Day.AddDays(2)), func(r *booking.Request) { r.Person = bookingtest.Person(900) }, clinic.RefusedAlreadyBooked},
		"twelve on the day":   {covid, func(r *booking.Request) { young(r, born(2014, 11, 23)) }, ""},
		"eighteen on the day": {covid, func(r *booking.Request) { r.Person.Birth = born(2008, 11, 23) }, ""},
		"another programme":   {flu, func(r *booking.Request) { r.Person = bookingtest.Person(900) }, ""},
		"small letters":       {covid, func(r *booking.Request) { r.Person.ID = clinic.NewIDNumber("a123456789") }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			ask := bookingtest.Ask(c.slot, len(name)*31+int(name[0]))
			c.change(&ask)
			_, err := city.Book(t.Context(), ask)
			if c.want == "" && err != nil || c.want != "" && !errors.Is(err, clinic.Refuse(c.want)) {
				t.Errorf("the answer is %v, want %q", err, c.want)
			}
		})
	}
	city.Set(bookingtest.Day.AddDays(-5).At(20 * 60))
	if _, err := city.Book(t.Context(), bookingtest.Ask(covid, 1)); !errors.Is(err, clinic.Refuse(clinic.RefusedWindowClosed)) {
		t.Errorf("Wednesday at 20:00: %v", err)
	}
	city.Set(bookingtest.Day.AddDays(-1).At(12 * 60))
	if _, err := city.Book(t.Context(), bookingtest.Ask(flu, 1)); !errors.Is(err, clinic.Refuse(clinic.RefusedSlotClosed)) {
		t.Errorf("noon of the day before: %v", err)
	}
	reconcile(t, city)
}

func young(r *booking.Request, b clinic.Birth) {
	r.Person.Birth, r.GuardianConsent, r.Person.Guardian = b, true, clinic.NewPhone("0911222333")
}

func TestAPersonBooksAgainWhenTheDayIsOver(t *testing.T) {
	city := bookingtest.Start(t, 5)
	city.MustBook(city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	city.Set(bookingtest.Day.At(10 * 60)) // its own day: still active
	next := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(7))
	if _, err := city.Book(t.Context(), bookingtest.Ask(next, 1)); !errors.Is(err, clinic.Refuse(clinic.RefusedAlreadyBooked)) {
		t.Errorf("on the day: %v", err)
	}
	city.Set(bookingtest.Day.AddDays(1).At(10 * 60)) // nobody said that the person came or did not
	city.MustBook(next, 1)
	reconcile(t, city)
	city.Again()
	if _, err := city.Book(t.Context(), bookingtest.Ask(next, 1)); !errors.Is(err, clinic.Refuse(clinic.RefusedAlreadyBooked)) {
		t.Errorf("after a restart: %v", err)
	}
}
