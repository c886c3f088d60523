package replica_test

import (
	"errors"
	"slices"
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

func TestWhatCentralDoubtsIsListedUntilItIsTakenBack(t *testing.T) {
	r, rows := counter(t)
	says(t, r, rows[1].Booking.ID, clinic.CheckedIn)
	says(t, r, rows[2].Booking.ID, clinic.CheckedIn)
	says(t, r, rows[2].Booking.ID, clinic.CancelAsked) // a command is told elsewhere
	if err := r.Acknowledge(t.Context(), syncproto.Ack{AckedSeq: 3, Verdicts: []syncproto.Verdict{
		{Seq: 1, Outcome: syncproto.Flagged, Code: "CANCELLED_THEN_ARRIVED"}, {Seq: 2, Outcome: syncproto.Parked, Code: "MOVED"}, {Seq: 3, Outcome: syncproto.Parked, Code: "ORPHAN"},
	}}); err != nil {
		t.Fatal(err)
	}
	doubts := func(day clinic.Date) []replica.Doubt {
		t.Helper()
		list, err := r.Doubts(t.Context(), day)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	list := doubts(r.Today())
	if len(list) != 2 || list[0].Booking != rows[1].Booking.ID || list[0].Parked || list[0].Code != "CANCELLED_THEN_ARRIVED" || list[0].Kind != clinic.CheckedIn ||
		!list[0].At.Equal(r.Now()) || list[1].Booking != rows[2].Booking.ID || !list[1].Parked || list[1].Code != "MOVED" {
		t.Fatalf("doubted: %+v", list)
	}
	if list := doubts(r.Today().AddDays(-1)); len(list) != 0 {
		t.Errorf("the day before: %+v", list)
	}
	if _, err := r.Act(t.Context(), rows[1].Booking.ID, func(b clinic.Booking) (replica.Draft, error) {
		return replica.Draft{Kind: clinic.EventVoided, Voids: b.Visit().Last}, nil
	}); err != nil {
		t.Fatal(err)
	}
	if list := doubts(r.Today()); len(list) != 2 || list[0].Decided.Kind != clinic.EventVoided || list[1].Decided.Kind != 0 {
		t.Errorf("after one was taken back: %+v", list)
	}
	hears(t, r, syncproto.Verdict{Seq: 4, Outcome: syncproto.Accepted})
	if list := doubts(r.Today()); len(list) != 1 || list[0].Code != "MOVED" {
		t.Errorf("after central heard of it: %+v", list)
	}
}

func hears(t *testing.T, r *replica.Replica, v syncproto.Verdict) {
	t.Helper()
	if err := r.Acknowledge(t.Context(), syncproto.Ack{AckedSeq: v.Seq, Verdicts: []syncproto.Verdict{v}}); err != nil {
		t.Fatal(err)
	}
}

func TestADecisionStandsOnADoubtUntilCentralHasIt(t *testing.T) {
	r, rows := counter(t)
	says(t, r, rows[1].Booking.ID, clinic.CheckedIn)
	hears(t, r, syncproto.Verdict{Seq: 1, Outcome: syncproto.Flagged, Code: "CANCELLED_THEN_ARRIVED"})
	only := func() replica.Doubt {
		t.Helper()
		list, err := r.Doubts(t.Context(), r.Today())
		if err != nil || len(list) != 1 {
			t.Fatalf("%+v, %v", list, err)
		}
		return list[0]
	}
	answer := func(decision, note string) {
		t.Helper()
		d := only()
		if err := r.Decide(t.Context(), d.Ref, replica.Draft{Kind: clinic.DoubtAnswered, Staff: "小美", Reason: clinic.Answer{Decision: decision, About: d.Ref, Note: note}.String()}); err != nil {
			t.Fatal(err)
		}
	}
	answer(clinic.AnswerLeft, "")
	hears(t, r, syncproto.Verdict{Seq: 2, Outcome: syncproto.Parked, Code: "UNKNOWN_KIND"}) // a central of before
	if d := only(); d.Decided.Staff != "小美" || d.Booking != rows[1].Booking.ID {
		t.Errorf("not shown as decided: %+v", d)
	}
	answer(clinic.AnswerRight, "確實有來")
	if a, err := clinic.ParseAnswer(only().Decided.Reason); err != nil || a.Note != "確實有來" {
		t.Errorf("%+v, %v", a, err)
	}
	b, err := r.Booking(t.Context(), rows[1].Booking.ID)
	if err != nil || b.Visit().Attendance != clinic.Arrived {
		t.Errorf("an answer moved the visit: %+v, %v", b.Visit(), err)
	}
	hears(t, r, syncproto.Verdict{Seq: 3, Outcome: syncproto.Accepted})
	if list, err := r.Doubts(t.Context(), r.Today()); err != nil || len(list) != 0 {
		t.Errorf("after central heard of it: %+v, %v", list, err)
	}
}

func TestADecisionNeedsNoBookingHere(t *testing.T) {
	r, rows := counter(t)
	gone := rows[2].Booking.ID
	says(t, r, gone, clinic.CheckedIn)
	hears(t, r, syncproto.Verdict{Seq: 1, Outcome: syncproto.Parked, Code: "MOVED"})
	replicatest.Fill(t, r, 1000, syncproto.Row{Gone: &syncproto.GoneRow{ID: gone}})
	list, err := r.Doubts(t.Context(), r.Today())
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	if err := r.Decide(t.Context(), list[0].Ref, replica.Draft{Kind: clinic.EventVoided, Voids: list[0].Ref, Reason: "沒有來"}); err != nil {
		t.Fatal(err)
	}
	hears(t, r, syncproto.Verdict{Seq: 2, Outcome: syncproto.Rejected, Code: "TAKEN_BACK"})
	if list, err := r.Doubts(t.Context(), r.Today()); err != nil || len(list) != 0 {
		t.Errorf("after central settled it: %+v, %v", list, err)
	}
	if err := r.Decide(t.Context(), clinic.EventRef{Seq: 99}, replica.Draft{Kind: clinic.DoubtAnswered}); err == nil {
		t.Error("a decision on nothing is written")
	}
}

func TestAWalkInThatNeverCountedLeavesTheListWhenItIsTakenBack(t *testing.T) {
	r, rows := counter(t)
	add := func(number, name string) clinic.ID {
		t.Helper()
		b, err := r.Register(t.Context(), replica.WalkIn{
			Person: clinic.Person{ID: clinic.NewIDNumber(number), Name: clinic.NewName(name), Birth: clinic.NewBirth(clinic.Date{Year: 1950, Month: 1, Day: 2})},
			Slot:   rows[1].Booking.Slot, Dose: "single",
		}, func(replica.Room) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		return b.ID
	}
	left, stays := add("B222222229", "林美麗"), add("C100000003", "陳大文")
	says(t, r, stays, clinic.VaccineGiven)
	for seq := uint64(1); seq <= 3; seq++ {
		hears(t, r, syncproto.Verdict{Seq: seq, Outcome: syncproto.Parked, Code: "OVER_CAP"})
	}
	list, err := r.Doubts(t.Context(), r.Today())
	if err != nil || len(list) != 3 {
		t.Fatalf("%+v, %v", list, err)
	}
	for _, d := range []replica.Doubt{list[0], list[2]} { // of the other only the dose
		if err := r.Decide(t.Context(), d.Ref, replica.Draft{Kind: clinic.EventVoided, Voids: d.Ref, Reason: "寫錯"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Booking(t.Context(), left); err != nil {
		t.Errorf("gone before central heard: %v", err)
	}
	hears(t, r, syncproto.Verdict{Seq: 4, More: 1, Outcome: syncproto.Rejected, Code: "TAKEN_BACK"})
	if _, err := r.Booking(t.Context(), left); !errors.Is(err, replica.ErrNoBooking) {
		t.Errorf("who never came is still on the list: %v", err)
	}
	if list, err = r.Doubts(t.Context(), r.Today()); err != nil || len(list) != 1 || list[0].Booking != stays || list[0].Kind != clinic.WalkInRegistered {
		t.Errorf("still doubted: %+v, %v", list, err)
	}
	if b, err := r.Booking(t.Context(), stays); err != nil || b.Visit().Attendance != clinic.Arrived {
		t.Errorf("who came is %v, %v", b.Visit().Attendance, err)
	}
}

func TestARestoredCentralIsAskedAgainWhatItDoubts(t *testing.T) {
	r, rows := counter(t)
	says(t, r, rows[1].Booking.ID, clinic.CheckedIn)
	says(t, r, rows[1].Booking.ID, clinic.CancelAsked)
	out, err := r.Outbox(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	link := syncproto.HashOp(syncproto.HashOp(syncproto.Hash{}, out.Ops[0]), out.Ops[1])
	hears(t, r, syncproto.Verdict{Seq: 1, Outcome: syncproto.Flagged, Code: "CANCELLED_THEN_ARRIVED"})
	hears(t, r, syncproto.Verdict{Seq: 2, Outcome: syncproto.Accepted})
	welcome := syncproto.Welcome{History: replicatest.NewID(), Time: r.Now().UnixMilli(), AckedSeq: 2, ChainHead: link[:]} // a neighbour was quicker
	if err := r.Welcome(t.Context(), welcome); err != nil {
		t.Fatal(err)
	}
	if again, err := r.Unanswered(t.Context(), 10); err != nil || len(again.Ops) != 2 || again.Ops[0].Seq != 1 {
		t.Fatalf("asked about again: %+v, %v", again.Ops, err)
	}
	hears(t, r, syncproto.Verdict{Seq: 1, More: 1, Outcome: syncproto.Duplicate}) // it was not cancelled in the backup
	if list, err := r.Doubts(t.Context(), r.Today()); err != nil || len(list) != 0 {
		t.Errorf("still doubted: %+v, %v", list, err)
	}
	if err := r.Welcome(t.Context(), welcome); err != nil { // the same central
		t.Fatal(err)
	}
	if again, err := r.Unanswered(t.Context(), 10); err != nil || len(again.Ops) != 0 {
		t.Errorf("asked about once more: %+v, %v", again.Ops, err)
	}
}

func TestWhatAnotherDeskTookBackIsAskedAboutAgain(t *testing.T) {
	all, n := replicatest.Site(t, standing, "A", "B")
	_, slot := booked(t, all)
	a, b := all[0], all[1]
	came, err := a.Register(t.Context(), replica.WalkIn{
		Person: clinic.Person{ID: clinic.NewIDNumber("B222222229"), Name: clinic.NewName("林美麗"), Birth: clinic.NewBirth(clinic.Date{Year: 1950, Month: 1, Day: 2})},
		Slot:   slot, Dose: "single",
	}, func(replica.Room) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	hears(t, a, syncproto.Verdict{Seq: 1, Outcome: syncproto.Parked, Code: "OVER_CAP"})
	if _, err := pass(t, a, b); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Act(t.Context(), came.ID, func(b clinic.Booking) (replica.Draft, error) {
		return replica.Draft{Kind: clinic.EventVoided, Voids: b.Visit().Last}, nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := pass(t, b, a); err != nil {
		t.Fatal(err)
	}
	n.Devices = slices.Clone(n.Devices)
	n.Devices[1].Acked = 1 // central has heard of it
	if err := a.TakeNeighbours(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	if again, err := a.Unanswered(t.Context(), 10); err != nil || len(again.Ops) != 1 {
		t.Fatalf("asked about again: %+v, %v", again.Ops, err)
	}
	hears(t, a, syncproto.Verdict{Seq: 1, Outcome: syncproto.Rejected, Code: "TAKEN_BACK"})
	if list, err := a.Doubts(t.Context(), a.Today()); err != nil || len(list) != 0 {
		t.Errorf("still doubted: %+v, %v", list, err)
	}
	if _, err := a.Booking(t.Context(), came.ID); !errors.Is(err, replica.ErrNoBooking) {
		t.Errorf("who never came is still on the list: %v", err)
	}
}
