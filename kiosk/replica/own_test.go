package replica_test

import (
	"bytes"
	"errors"
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

// counter is a replica with three bookings of one slot, at the end of a pull.
func counter(t *testing.T) (r *replica.Replica, rows []syncproto.Row) {
	t.Helper()
	r = replicatest.Open(t, t.TempDir(), standing)
	slot, one := replicatest.Booked("A123456789", "王小明", wang, replicatest.Today)
	rows = []syncproto.Row{slot, one}
	for range 2 {
		_, b := replicatest.Booked("A123456789", "王小明", wang, replicatest.Today)
		b.Booking.Slot = slot.Slot.ID
		rows = append(rows, b)
	}
	replicatest.Fill(t, r, 4, rows...)
	return r, rows
}

func says(t *testing.T, r *replica.Replica, booking clinic.ID, kind clinic.EventKind) {
	t.Helper()
	if _, err := r.Act(t.Context(), booking, func(clinic.Booking) (replica.Draft, error) {
		return replica.Draft{Kind: kind, Staff: "nurse", Ticket: kind == clinic.CheckedIn}, nil
	}); err != nil {
		t.Fatal(err)
	}
}

// digest is that of what the replica holds.
func digest(t *testing.T, r *replica.Replica) syncproto.Digest {
	t.Helper()
	buckets, err := r.Buckets(t.Context(), syncproto.DayOf(replicatest.Today))
	if err != nil {
		t.Fatal(err)
	}
	return syncproto.SumOf(buckets)
}

// central is the digest of central's rows once it has the events of a replica, each
// row under the sequence that it gave out for the last of its events.
func central(t *testing.T, r *replica.Replica, rows []syncproto.Row, begin int64) (d syncproto.Digest) {
	t.Helper()
	id, err := r.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out, err := r.Outbox(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if row.Booking != nil {
			b := *row.Booking
			for _, op := range out.Ops {
				if op.Booking == b.ID {
					b.Events = append(b.Events, syncproto.EventRow{Device: id.Grant.Device, Epoch: id.Grant.Epoch, Op: op})
					b.Version++
					row.Seq = begin + int64(op.Seq)
				}
			}
			row.Booking = &b
		}
		d = d.Add(row)
	}
	return d
}

func TestOwnEventsAreTakenIntoTheBaseByTheirNumbers(t *testing.T) {
	r, rows := counter(t)
	says(t, r, rows[1].Booking.ID, clinic.CheckedIn)
	says(t, r, rows[2].Booking.ID, clinic.CheckedIn)
	says(t, r, rows[1].Booking.ID, clinic.VaccineGiven)
	want := central(t, r, rows, 4)
	digest(t, r) // counted before: the days are counted again
	page := syncproto.Page{Next: 7, AckedSeq: 3, Time: replicatest.Now.UnixMilli(), Own: []syncproto.OwnRun{{First: 1, Seq: 5, More: 2}}}
	for range 2 { // told twice it counts once
		if err := r.Apply(t.Context(), page); err != nil {
			t.Fatal(err)
		}
		if got := digest(t, r); !bytes.Equal(got[:], want[:]) {
			t.Fatalf("the base comes to %x, central's rows to %x", got, want)
		}
	}
	b, err := r.Booking(t.Context(), rows[1].Booking.ID)
	if err != nil || b.Version != 3 || b.Visit().Attendance != clinic.Vaccinated {
		t.Errorf("version %d, %s, %v", b.Version, b.Visit().Attendance, err)
	}
	at, err := r.Position(t.Context())
	if err != nil || at.Cursor != 7 || at.Whole != 7 {
		t.Errorf("it stands at %+v, %v", at, err)
	}
	if out, err := r.Outbox(t.Context(), 10); err != nil || len(out.Ops) != 0 {
		t.Errorf("%d events wait, %v", len(out.Ops), err)
	}
}

func TestAPageThatNamesForeignEventsIsRefusedWhole(t *testing.T) {
	unknown, elsewhere := replicatest.Booked("A123456789", "王小明", wang, replicatest.Today)
	for story, c := range map[string]struct {
		run    syncproto.OwnRun
		before func(t *testing.T, r *replica.Replica, rows []syncproto.Row)
	}{
		"an event that was not made here": {syncproto.OwnRun{First: 1, Seq: 5, More: 1}, func(*testing.T, *replica.Replica, []syncproto.Row) {}},
		"a booking that is not here": {syncproto.OwnRun{First: 1, Seq: 9}, func(t *testing.T, r *replica.Replica, rows []syncproto.Row) {
			replicatest.Fill(t, r, 8, syncproto.Row{Gone: &syncproto.GoneRow{ID: rows[1].Booking.ID}})
		}},
	} {
		t.Run(story, func(t *testing.T) {
			r, rows := counter(t)
			says(t, r, rows[1].Booking.ID, clinic.CheckedIn)
			c.before(t, r, rows)
			before, err := r.Position(t.Context())
			if err != nil || before.Whole == 0 {
				t.Fatal(before, err)
			}
			unknown.Seq, elsewhere.Seq = 10, 11
			err = r.Apply(t.Context(), syncproto.Page{
				Rows: []syncproto.Row{unknown, elsewhere}, Next: 12, AckedSeq: 1, Time: replicatest.Now.UnixMilli(), Own: []syncproto.OwnRun{c.run},
			})
			if !errors.Is(err, replica.ErrOwn) {
				t.Fatalf("the page: %v", err)
			}
			if _, err := r.Booking(t.Context(), elsewhere.Booking.ID); !errors.Is(err, replica.ErrNoBooking) {
				t.Errorf("a row of it was kept: %v", err)
			}
			if at, err := r.Position(t.Context()); err != nil || at.Cursor != before.Cursor || at.Whole != 0 {
				t.Errorf("it stands at %+v, %v; nothing may come in short now", at, err)
			}
			if out, err := r.Outbox(t.Context(), 10); err != nil || len(out.Ops) != 1 {
				t.Errorf("%d events wait, %v", len(out.Ops), err)
			}
		})
	}
}

func TestOnlyACompletePullCounts(t *testing.T) {
	r, rows := counter(t)
	page := syncproto.Page{Rows: rows[:1], Next: 9, More: true, Time: replicatest.Now.UnixMilli()}
	if err := r.Apply(t.Context(), page); err != nil {
		t.Fatal(err)
	}
	if at, err := r.Position(t.Context()); err != nil || at.Cursor != 9 || at.Whole != 4 {
		t.Errorf("it stands at %+v, %v", at, err)
	}
	if err := r.Welcome(t.Context(), syncproto.Welcome{History: clinic.ID{7}, Time: replicatest.Now.UnixMilli()}); err != nil {
		t.Fatal(err)
	}
	if at, err := r.Position(t.Context()); err != nil || at.Cursor != 0 || at.Whole != 0 {
		t.Errorf("after central was restored it stands at %+v, %v", at, err)
	}
}

func TestAVerdictOfARunIsNotedForEach(t *testing.T) {
	r, rows := counter(t)
	for range 2 {
		says(t, r, rows[1].Booking.ID, clinic.CancelAsked)
	}
	says(t, r, rows[2].Booking.ID, clinic.CancelAsked)
	ack := syncproto.Ack{AckedSeq: 3, Verdicts: []syncproto.Verdict{{Seq: 1, Outcome: syncproto.Accepted}, {Seq: 2, Outcome: syncproto.Rejected, Code: "STALE", More: 1}}}
	if err := r.Acknowledge(t.Context(), ack); err != nil {
		t.Fatal(err)
	}
	asked, err := r.Asked(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:3] {
		if c := asked[row.Booking.ID]; c.Outcome != syncproto.Rejected || c.Code != "STALE" {
			t.Errorf("the answer is %+v", c)
		}
	}
}
