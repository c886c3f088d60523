package e2e_test

import (
	"database/sql"
	"testing"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
)

var boss = booking.Actor{Account: "boss", Scope: booking.Scope{All: true}}

func (w *world) moveFor(id clinic.ID, to clinic.Slot) {
	w.t.Helper()
	if _, err := w.MoveFor(w.t.Context(), boss, id, to.ID); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) purge(want int64) {
	w.t.Helper()
	if n, err := w.PurgeDepartures(w.t.Context()); err != nil || n != want {
		w.t.Fatalf("%d departures were forgotten, want %d: %v", n, want, err)
	}
}

// holdsBooking reports whether the device's base has a booking.
func (d *device) holdsBooking(id clinic.ID) bool {
	_, err := d.Replica.Booking(d.w.t.Context(), id)
	return err == nil
}

func TestADeviceThatWasAwayForFiveWeeksBeginsAnewAndKeepsItsOutbox(t *testing.T) {
	w := newWorld(t)
	at := func(site string, days int) clinic.Slot {
		return w.SlotOn(site, bookingtest.FluVac, bookingtest.Day.AddDays(days))
	}
	left, kept := w.MustBook(at(bookingtest.SiteA, 10), 1), w.MustBook(at(bookingtest.SiteA, 0), 2)
	away, here := w.prepare(bookingtest.SiteA, syncproto.RoleDesk), w.prepare(bookingtest.SiteA, syncproto.RoleDesk)
	away.round()
	here.round()
	w.Set(bookingtest.Day.At(morning))
	act := func(b clinic.Booking) (replica.Draft, error) {
		return replica.Draft{Kind: clinic.CheckedIn, Staff: "nurse", Ticket: true}, nil
	}
	if _, err := away.Replica.Act(t.Context(), kept.ID, act); err != nil { // and then nothing is heard of it
		t.Fatal(err)
	}
	w.moveFor(left.ID, at(bookingtest.SiteB, 12))
	here.round()
	if here.holdsBooking(left.ID) || !away.holdsBooking(left.ID) {
		t.Fatal("the one that is here must know that it left, the other can't")
	}
	w.Set(w.Now().AddDate(0, 0, 35))
	w.purge(0)
	w.Set(w.Now().Add(time.Minute))
	w.purge(1)
	w.purge(0)
	w.extend()
	w.restart()
	_ = away.Agent.Round(t.Context()) // finds out that its connection is gone
	away.round()
	if away.holdsBooking(left.ID) {
		t.Error("what left the site while the device was away is still there")
	}
	away.same()
	now, err := w.Booking(t.Context(), kept.ID)
	if err != nil || now.Visit().Attendance != clinic.Arrived {
		t.Errorf("what was done before is %v at central, %v", now.Visit().Attendance, err)
	}
	before, err := here.Replica.Position(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if floor, err := w.Floor(t.Context(), bookingtest.SiteA); err != nil || before.Cursor < floor {
		t.Errorf("the one that was here is at %d, the floor is %d, %v", before.Cursor, floor, err)
	}
}

func TestATraceThatGoesWhileASessionIsOpenSendsTheDeviceBackToItsHello(t *testing.T) {
	w := newWorld(t)
	left := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day), 1)
	d := w.prepare(bookingtest.SiteA, syncproto.RoleDesk)
	d.round()
	w.moveFor(left.ID, w.SlotOn(bookingtest.SiteB, bookingtest.FluVac, bookingtest.Day))
	w.inStore("UPDATE departure SET at = 1, day = '2026-01-01'")
	w.purge(1)
	d.round()
	if d.holdsBooking(left.ID) {
		t.Error("what left the site is still there")
	}
	d.same()
}

// extend gives every device's grant another year.
func (w *world) extend() { w.inStore("UPDATE device SET expires = expires + 31536000") }

// inStore changes central's database behind its back.
func (w *world) inStore(statement string) {
	w.t.Helper()
	err := w.Store.DB().InTx(w.t.Context(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(w.t.Context(), statement)
		return err
	})
	if err != nil {
		w.t.Fatalf("%s: %v", statement, err)
	}
}
