package booking_test

import (
	"errors"
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/sqldb"
)

func TestAChangeOfAnotherRoomAndItsNoteAreStoredTogether(t *testing.T) {
	c := bookingtest.Start(t, 5)
	on := func() bool {
		on, err := store.SiteLAN(t.Context(), c.Store.Reader(), bookingtest.SiteA)
		if err != nil {
			t.Fatal(err)
		}
		return on
	}
	noted := func() int {
		list, err := c.AuditPage(t.Context(), 0, "boss", "site.lan_on", 5)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	note := booking.Note{Actor: "boss", Action: "site.lan_on", Object: bookingtest.SiteA}
	turnOn := func(tx *store.Tx) (booking.Note, error) { return note, tx.SetSiteLAN(bookingtest.SiteA, true, 1) }
	c.Break(func(string) error { return sqldb.ErrFull })
	if err := c.Record(t.Context(), turnOn); !errors.Is(err, sqldb.ErrFull) || on() || noted() != 0 {
		t.Errorf("a broken commit: %v, on %v, %d notes", err, on(), noted())
	}
	c.Break(nil)
	fault := errors.New("after the change")
	err := c.Record(t.Context(), func(tx *store.Tx) (booking.Note, error) {
		return note, errors.Join(tx.SetSiteLAN(bookingtest.SiteA, true, 1), fault)
	})
	if !errors.Is(err, fault) || on() || noted() != 0 {
		t.Errorf("a change that failed: %v, on %v, %d notes", err, on(), noted())
	}
	refusedAs(t, clinic.RefusedNotFound, c.Record(t.Context(), func(*store.Tx) (booking.Note, error) { return note, clinic.Refuse(clinic.RefusedNotFound) }))
	if noted() != 0 {
		t.Error("a refusal was noted")
	}
	if err := c.Record(t.Context(), func(*store.Tx) (booking.Note, error) { return booking.Note{}, nil }); err != nil {
		t.Error(err)
	}
	if err := c.Record(t.Context(), turnOn); err != nil || !on() || noted() != 1 {
		t.Errorf("%v, on %v, %d notes", err, on(), noted())
	}
	if _, err := c.VerifyAudit(t.Context()); err != nil {
		t.Error(err)
	}
}
