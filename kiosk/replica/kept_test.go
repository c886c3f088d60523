package replica_test

import (
	"slices"
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

// burnt is a site whose device B did three things that A has heard of, a walk-in among
// them, and that central has; A holds them aside.
func burnt(t *testing.T, now *time.Time) (a *replica.Replica, n syncproto.Neighbours, stranger clinic.IDNumber) {
	t.Helper()
	all, n := replicatest.Site(t, func() time.Time { return *now }, "A", "B")
	ids, slot := booked(t, all)
	arrive(t, all[1], ids[0])
	stranger = clinic.NewIDNumber("B222222229")
	if _, err := all[1].Register(t.Context(), replica.WalkIn{Person: clinic.Person{ID: stranger, Name: clinic.NewName("林美麗"), Birth: clinic.NewBirth(wang)}, Slot: slot, Dose: "single"},
		func(replica.Room) error { return nil }); err != nil {
		t.Fatal(err)
	}
	arrive(t, all[1], ids[1])
	if kept, err := pass(t, all[1], all[0]); err != nil || kept != 3 {
		t.Fatalf("%d kept, %v", kept, err)
	}
	n = acked(n, 3)
	if err := all[0].TakeNeighbours(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	if holds, err := all[0].HoldsPassed(t.Context()); err != nil || holds {
		t.Fatalf("what central has waits: %v, %v", holds, err)
	}
	return all[0], n, stranger
}

// acked is the site as central tells it that has so many events of B.
func acked(n syncproto.Neighbours, seq uint64) syncproto.Neighbours {
	n.Devices = slices.Clone(n.Devices)
	n.Devices[1].Acked = seq
	return n
}

// carries gives the numbers of B's events that A would carry to a central that has
// what n says.
func carries(t *testing.T, a *replica.Replica, n syncproto.Neighbours) (seqs []uint64) {
	t.Helper()
	if err := a.BringBack(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	b := n.Devices[1]
	p, err := a.PassOn(t.Context(), syncproto.Heads{Heads: []syncproto.Head{{Device: b.Device, Epoch: b.Epoch, Seq: b.Acked}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range p.Events {
		if err := syncproto.VerifyPush(e, b.Sign); err != nil {
			t.Errorf("event %d: %v", e.Ops[0].Seq, err)
		}
		seqs = append(seqs, e.Ops[0].Seq)
	}
	return seqs
}

func TestARestoredCentralIsBroughtWhatABurntDeviceDid(t *testing.T) {
	now := replicatest.Now
	a, n, stranger := burnt(t, &now)
	holdsNone(t, a.Folder(), stranger.Reveal(), "林美麗")
	if got := carries(t, a, acked(n, 1)); len(got) != 0 {
		t.Errorf("a central whose history is the same is brought %d", got)
	}
	if err := a.Welcome(t.Context(), restored()); err != nil {
		t.Fatal(err)
	}
	lost := acked(n, 1)
	if got := carries(t, a, lost); !slices.Equal(got, []uint64{2, 3}) {
		t.Fatalf("a central that has the first is brought %d", got)
	}
	if found, err := a.ByPerson(t.Context(), stranger); err != nil || len(found) != 1 || found[0].Visit().Attendance != clinic.Arrived {
		t.Errorf("the walk-in is seen as %v, %v", found, err)
	}
	if err := a.TakeNeighbours(t.Context(), lost); err != nil {
		t.Fatal(err)
	}
	if holds, err := a.HoldsPassed(t.Context()); err != nil || !holds {
		t.Errorf("what central lacks waits no more: %v, %v", holds, err)
	}
	settles := func() {
		t.Helper()
		if err := a.TakeNeighbours(t.Context(), acked(n, 3)); err != nil {
			t.Fatal(err)
		}
		if holds, err := a.HoldsPassed(t.Context()); err != nil || holds {
			t.Errorf("what central has waits: %v, %v", holds, err)
		}
	}
	settles()
	if err := a.Welcome(t.Context(), restored()); err != nil { // restored once more
		t.Fatal(err)
	}
	if got := carries(t, a, acked(n, 2)); !slices.Equal(got, []uint64{3}) {
		t.Errorf("a central that has the second is brought %d", got)
	}
	settles() // what it said the last time, too
}

func TestWhatARestoredCentralHasAllTheSameIsNotBrought(t *testing.T) {
	now := replicatest.Now
	a, n, _ := burnt(t, &now)
	if err := a.Welcome(t.Context(), restored()); err != nil {
		t.Fatal(err)
	}
	if got := carries(t, a, n); len(got) != 0 {
		t.Errorf("it is brought %d", got)
	}
	if err := a.TakeNeighbours(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	if holds, err := a.HoldsPassed(t.Context()); err != nil || holds {
		t.Errorf("%v, %v", holds, err)
	}
}

func TestADeviceThatWasShutOutSinceIsSpokenForOnce(t *testing.T) {
	now := replicatest.Now
	a, n, _ := burnt(t, &now)
	n = acked(n, 0)
	n.Devices[1].Revoked = true
	if err := a.Welcome(t.Context(), restored()); err != nil {
		t.Fatal(err)
	}
	if got := carries(t, a, n); !slices.Equal(got, []uint64{1, 2, 3}) {
		t.Errorf("central is brought %d", got)
	}
	if err := a.TakeNeighbours(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	if got := carries(t, a, n); len(got) != 0 {
		t.Errorf("and again %d", got)
	}
}

func TestWhatIsKeptAsideWaitsForTheEventBefore(t *testing.T) {
	all, n := replicatest.Site(t, standing, "A", "B")
	ids, _ := booked(t, all)
	arrive(t, all[1], ids[0])
	if err := all[0].TakeNeighbours(t.Context(), acked(n, 1)); err != nil { // A never heard of the first from B
		t.Fatal(err)
	}
	arrive(t, all[1], ids[1])
	if kept, err := pass(t, all[1], all[0]); err != nil || kept != 1 {
		t.Fatalf("%d kept, %v", kept, err)
	}
	if err := all[0].TakeNeighbours(t.Context(), acked(n, 2)); err != nil {
		t.Fatal(err)
	}
	if err := all[0].Welcome(t.Context(), restored()); err != nil {
		t.Fatal(err)
	}
	if got := carries(t, all[0], acked(n, 0)); len(got) != 0 {
		t.Errorf("central, which can't take it, is brought %d", got)
	}
	if got := carries(t, all[0], acked(n, 1)); !slices.Equal(got, []uint64{2}) { // another neighbour had the first
		t.Errorf("now it is brought %d", got)
	}
}

func TestWhatIsKeptAsideIsForgottenAfterThirtyDays(t *testing.T) {
	now := replicatest.Now
	a, n, _ := burnt(t, &now)
	now = now.AddDate(0, 0, 31)
	a.Contact(now.UnixMilli())
	if err := a.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.Welcome(t.Context(), restored()); err != nil {
		t.Fatal(err)
	}
	if got := carries(t, a, acked(n, 0)); len(got) != 0 {
		t.Errorf("after 31 days it holds %d", got)
	}
}

func TestASiteThatWantsNoHelpAnyMoreKeepsNothing(t *testing.T) {
	all, n := replicatest.Site(t, standing, "A", "B")
	ids, _ := booked(t, all)
	arrive(t, all[1], ids[0])
	if kept, err := pass(t, all[1], all[0]); err != nil || kept != 1 {
		t.Fatalf("%d kept, %v", kept, err)
	}
	if err := all[0].TakeNeighbours(t.Context(), syncproto.Neighbours{}); err != nil {
		t.Fatal(err)
	}
	if err := all[0].Welcome(t.Context(), restored()); err != nil {
		t.Fatal(err)
	}
	if got := carries(t, all[0], n); len(got) != 0 {
		t.Errorf("it holds %d", got)
	}
}
