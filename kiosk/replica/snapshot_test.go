package replica_test

import (
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

// tell applies one page of rows as they are, whose sequences end at next.
func tell(t *testing.T, r *replica.Replica, next int64, more bool, rows ...syncproto.Row) {
	t.Helper()
	if err := r.Apply(t.Context(), syncproto.Page{Rows: rows, Next: next, More: more, Time: replicatest.Now.UnixMilli()}); err != nil {
		t.Fatal(err)
	}
}

// restored is what a central says that has begun a new history.
func restored() syncproto.Welcome {
	return syncproto.Welcome{Version: 1, History: replicatest.NewID(), Time: replicatest.Now.UnixMilli()}
}

func listed(t *testing.T, r *replica.Replica) map[clinic.ID]clinic.Booking {
	t.Helper()
	day, err := r.Day(t.Context(), replicatest.Today)
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[clinic.ID]clinic.Booking, len(day))
	for _, b := range day {
		out[b.ID] = b
	}
	return out
}

func TestTheDaysListStaysUntilTheRestoredCentralHasToldAll(t *testing.T) {
	r, rows := counter(t) // a slot and three bookings
	kept, gone, last := rows[1], rows[2], rows[3]
	if err := r.Welcome(t.Context(), restored()); err != nil {
		t.Fatal(err)
	}
	if n := len(listed(t, r)); n != 3 {
		t.Fatalf("a restored central is there and %d of 3 people are on the list", n)
	}
	says(t, r, last.Booking.ID, clinic.CheckedIn) // reception goes on
	if _, err := r.Register(t.Context(), replica.WalkIn{Person: clinic.Person{ID: clinic.NewIDNumber("F131104093")}, Slot: rows[0].Slot.ID, Dose: "single"},
		func(replica.Room) error { return nil }); err != nil {
		t.Fatalf("somebody without a booking: %v", err)
	}

	var want syncproto.Digest
	kept.Booking.Version, kept.Seq = 7, 5
	tell(t, r, 5, true, kept) // and here the line breaks
	list := listed(t, r)
	if len(list) != 4 || list[kept.Booking.ID].Version != 7 || list[last.Booking.ID].Visit().Ticket != "A001" {
		t.Fatalf("in the middle the list is %v", list)
	}
	if got := digest(t, r); got != want.Add(kept) {
		t.Error("the digest counts rows that this history has not told")
	}

	slot := rows[0]
	slot.Seq, last.Seq = 8, 9
	tell(t, r, 9, false, slot, last)
	if list = listed(t, r); len(list) != 3 || list[gone.Booking.ID].ID == gone.Booking.ID {
		t.Errorf("at the end the list is %v", list)
	}
	if got := digest(t, r); got != want.Add(kept).Add(slot).Add(last) {
		t.Error("at the end the digest is not that of what was told")
	}
	if out, err := r.Outbox(t.Context(), 10); err != nil || len(out.Ops) != 2 {
		t.Errorf("%d events wait, %v", len(out.Ops), err)
	}
}

func TestWhoCameWithoutABookingStaysOnTheListThoughTheRestoredCentralHasNotTold(t *testing.T) {
	r, rows := counter(t)
	after, err := r.Register(t.Context(), replica.WalkIn{Person: clinic.Person{ID: clinic.NewIDNumber("F131104093")}, Slot: rows[0].Slot.ID, Dose: "single"},
		func(replica.Room) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	id, err := r.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out, err := r.Outbox(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	op := out.Ops[0]
	op.WalkIn = nil
	told := syncproto.Row{Seq: 5, Booking: &syncproto.BookingRow{
		ID: after.ID, Slot: rows[0].Slot.ID, Dose: "single", IDNumber: "F131104093", Version: 1, Date: rows[0].Slot.Date,
		Events: []syncproto.EventRow{{Device: id.Grant.Device, Epoch: 1, Op: op}},
	}}
	tell(t, r, 5, false, told)
	if err := r.Welcome(t.Context(), restored()); err != nil {
		t.Fatal(err)
	}
	tell(t, r, 4, false, rows...) // as the backup had it
	if b := listed(t, r)[after.ID]; b.Visit().Ticket != "A001" || b.Person.ID.Reveal() != "F131104093" {
		t.Errorf("who waits with a number is %v", b)
	}
}

func TestWhoArrivedStaysOnTheListThoughTheRestoredCentralKnowsNoBooking(t *testing.T) {
	r, rows := counter(t)
	booking := rows[1].Booking.ID
	says(t, r, booking, clinic.CheckedIn)
	if err := r.Acknowledge(t.Context(), syncproto.Ack{AckedSeq: 1, Verdicts: []syncproto.Verdict{{Seq: 1, Outcome: syncproto.Accepted}}}); err != nil {
		t.Fatal(err)
	}
	if err := r.Welcome(t.Context(), restored()); err != nil {
		t.Fatal(err)
	}
	parked := syncproto.Ack{AckedSeq: 1, Verdicts: []syncproto.Verdict{{Seq: 1, Outcome: syncproto.Parked, Code: "ORPHAN"}}}
	if err := r.Acknowledge(t.Context(), parked); err != nil {
		t.Fatal(err)
	}
	tell(t, r, 1, false, rows[0])
	if list := listed(t, r); len(list) != 1 || list[booking].Visit().Ticket != "A001" {
		t.Fatalf("the list is %v", list)
	}
	parked.Verdicts[0] = syncproto.Verdict{Seq: 1, Outcome: syncproto.Duplicate} // a person at central has dealt with it
	if err := r.Acknowledge(t.Context(), parked); err != nil {
		t.Fatal(err)
	}
	tell(t, r, 2, false, rows[0])
	if list := listed(t, r); len(list) != 0 {
		t.Errorf("afterwards the list is %v", list)
	}
}

func TestWhatAnotherDeviceDidGoesOnlyAtTheEnd(t *testing.T) {
	r, rows := counter(t)
	there := rows[1]
	there.Booking.Events = []syncproto.EventRow{{Device: replicatest.NewID(), Epoch: 1, Op: syncproto.Op{
		Seq: 1, Kind: clinic.CheckedIn, Booking: there.Booking.ID, Staff: "kiosk", Ticket: "B001",
	}}}
	there.Seq = 5
	tell(t, r, 5, false, there)
	if err := r.Welcome(t.Context(), restored()); err != nil {
		t.Fatal(err)
	}
	before := *there.Booking
	before.Events = nil
	tell(t, r, 2, true, rows[0], syncproto.Row{Seq: 2, Booking: &before})
	if ticket := listed(t, r)[there.Booking.ID].Visit().Ticket; ticket != "B001" {
		t.Errorf("who took a number at the kiosk has %q before the kiosk could tell again", ticket)
	}
	tell(t, r, 2, false)
	if _, known := listed(t, r)[there.Booking.ID]; !known || listed(t, r)[there.Booking.ID].Visit().Ticket != "" {
		t.Error("at the end the booking is not as central has it")
	}
}
