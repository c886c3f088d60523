package booking_test

import (
	"errors"
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
)

func TestClosingTheDayForfeitsTheNextPeriod(t *testing.T) {
	city := bookingtest.Start(t, 5)
	slot := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day) // 09:00 to 12:00
	absent, arrived, late, gone := city.MustBook(slot, 1), city.MustBook(slot, 2), city.MustBook(slot, 3), city.MustBook(slot, 4)
	elsewhere := city.MustBook(city.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day), 5)
	if _, err := city.Cancel(t.Context(), booking.Cancellation{ID: gone.ID, Number: gone.Person.ID, Birth: gone.Person.Birth}); err != nil {
		t.Fatal(err)
	}
	d := newDevice(bookingtest.SiteA)
	d.arrive(arrived, "A001")
	d.push(t, city)
	d.arrive(late, "A002") // its device has no network
	nurse := booking.Actor{Account: "nurse", Scope: booking.Scope{Site: bookingtest.SiteA}}
	closeDay := func(want int) {
		t.Helper()
		if n, err := city.CloseDay(t.Context(), nurse, bookingtest.SiteA, bookingtest.Day); err != nil || n != want {
			t.Errorf("%d were marked, want %d: %v", n, want, err)
		}
	}
	city.Set(bookingtest.Day.At(12*60 - 1))
	closeDay(0)
	city.Set(bookingtest.Day.At(12 * 60))
	closeDay(2)
	closeDay(0)
	if _, err := city.CloseDay(t.Context(), nurse, bookingtest.SiteB, bookingtest.Day); !errors.Is(err, clinic.Refuse(booking.RefusedOutside)) {
		t.Errorf("another clinic's day: %v", err)
	}
	attendance(t, city, absent.ID, clinic.NoShow)
	attendance(t, city, arrived.ID, clinic.Arrived)
	attendance(t, city, gone.ID, clinic.NotArrived)
	attendance(t, city, elsewhere.ID, clinic.NotArrived)
	city.Again()
	d.push(t, city)
	attendance(t, city, late.ID, clinic.Arrived)
	next := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(7))
	if _, err := city.Book(t.Context(), bookingtest.Ask(next, 1)); !errors.Is(err, clinic.Refuse(clinic.RefusedNoShow)) {
		t.Errorf("the absent one books the next period: %v", err)
	}
	city.Set(bookingtest.Day.AddDays(1).At(10 * 60))
	city.MustBook(next, 3)
	reconcile(t, city)
}
