package agent_test

import (
	"errors"
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

func TestALineThatBreaksAfterARestoreOfCentralLeavesTheListThere(t *testing.T) {
	a, r, f, id := pair(t)
	for range 4 { // more than a page
		_, b := replicatest.Booked("A123456789", "王小明", clinic.Date{Year: 1961, Month: 6, Day: 15}, replicatest.Today)
		b.Booking.Slot = f.rows[1].Slot.ID
		b.Seq = int64(len(f.rows) + 1)
		f.rows = append(f.rows, b)
	}
	if err := a.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	lost := f.rows[len(f.rows)-1].Booking.ID
	f.set(func() { // the backup does not have the last booking
		f.history, f.channel, f.pages, f.rows = clinic.ID{2}, nil, 1, f.rows[:len(f.rows)-1]
	})
	if _, err := a.Step(t.Context()); !errors.Is(err, syncproto.Problem{Code: syncproto.ProblemUnknownSession}) {
		t.Fatalf("a central that was restarted: %v", err)
	}
	if _, err := a.Step(t.Context()); !errors.Is(err, errCut) {
		t.Fatalf("the line breaks: %v", err)
	}
	at, err := r.Position(t.Context())
	if err != nil || at.History != f.history || at.Cursor != 2 || at.Whole != 0 {
		t.Fatalf("it stands at %+v, %v", at, err)
	}
	if day, err := r.Day(t.Context(), replicatest.Today); err != nil || len(day) != 5 {
		t.Fatalf("%d of 5 people are on the list, %v", len(day), err)
	}
	arrive(t, r, id)
	arrive(t, r, lost)

	f.set(func() { f.cut, f.asked = false, nil })
	if err := a.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(f.ops) != 2 || f.asked[0].Cursor != 2 {
		t.Errorf("central has %d events and was asked %+v", len(f.ops), f.asked)
	}
	if day, err := r.Day(t.Context(), replicatest.Today); err != nil || len(day) != 4 {
		t.Errorf("%d people are on the list at the end, %v", len(day), err)
	}
}

func TestAVerdictThatWasLostOnTheWayIsHeardAfterwards(t *testing.T) {
	a, r, f, id := pair(t)
	if err := a.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	ask := func() {
		t.Helper()
		if _, err := r.Act(t.Context(), id, func(clinic.Booking) (replica.Draft, error) {
			return replica.Draft{Kind: clinic.CancelAsked, Staff: "nurse"}, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	ask()
	ask()
	f.set(func() { f.loseAck = true })
	if err := a.Round(t.Context()); !errors.Is(err, errCut) {
		t.Fatalf("the answer is lost: %v", err)
	}
	if err := a.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if asked, err := r.Asked(t.Context()); err != nil || asked[id].Outcome != syncproto.Rejected || asked[id].Code != "STALE" || len(f.ops) != 2 {
		t.Errorf("%+v, %v; central has %d events", asked[id], err, len(f.ops))
	}
	if left, err := r.Unanswered(t.Context(), 10); err != nil || len(left.Ops) != 0 {
		t.Errorf("%d verdicts are not heard, %v", len(left.Ops), err)
	}
}
