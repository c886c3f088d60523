package replica_test

import (
	"errors"
	"testing"

	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

func TestABookingThatLeftTheSiteIsForgottenAndWhatWasDoneHereIsNot(t *testing.T) {
	r := replicatest.Open(t, t.TempDir(), standing)
	slot, booking := replicatest.Booked("A123456789", "王小明", wang, replicatest.Today)
	replicatest.Fill(t, r, 2, slot, booking)
	if _, err := r.Act(t.Context(), booking.Booking.ID, checkIn); err != nil {
		t.Fatal(err)
	}
	gone := syncproto.Row{Gone: &syncproto.GoneRow{ID: booking.Booking.ID}}
	replicatest.Fill(t, r, 3, gone)
	replicatest.Fill(t, r, 4, syncproto.Row{Gone: &syncproto.GoneRow{ID: replicatest.NewID()}}) // never known here
	if _, err := r.Booking(t.Context(), booking.Booking.ID); !errors.Is(err, replica.ErrNoBooking) {
		t.Errorf("the booking: %v", err)
	}
	if out, err := r.Outbox(t.Context(), 10); err != nil || len(out.Ops) != 1 {
		t.Errorf("%d events wait, %v", len(out.Ops), err)
	}
	replicatest.Fill(t, r, 5, booking) // it came back
	if b, err := r.Booking(t.Context(), booking.Booking.ID); err != nil || b.Visit().Ticket != "A001" {
		t.Errorf("after its return: ticket %q, %v", b.Visit().Ticket, err)
	}
}
