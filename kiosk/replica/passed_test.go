package replica_test

import (
	"crypto/ed25519"
	"errors"
	"slices"
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

// pass has one replica give another what it lacks.
func pass(t *testing.T, from, to *replica.Replica) (int, error) {
	t.Helper()
	heads, err := to.Heads(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p, err := from.PassOn(t.Context(), heads)
	if err != nil {
		t.Fatal(err)
	}
	return to.TakePassed(t.Context(), p)
}

// booked fills every replica with the same bookings of today.
func booked(t *testing.T, all []*replica.Replica) (ids []clinic.ID, slot clinic.ID) {
	t.Helper()
	s, first := replicatest.Booked("A123456789", "王小明", wang, replicatest.Today)
	_, second := replicatest.Booked("F131104093", "陳美", wang, replicatest.Today)
	second.Booking.Slot = s.Slot.ID
	for _, r := range all {
		replicatest.Fill(t, r, 4, replicatest.Programme(t), s, first, second)
	}
	return []clinic.ID{first.Booking.ID, second.Booking.ID}, s.Slot.ID
}

func arrive(t *testing.T, r *replica.Replica, booking clinic.ID) clinic.Booking {
	t.Helper()
	b, err := r.Act(t.Context(), booking, checkIn)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAnArrivalIsPassedOnAlsoByAThirdDevice(t *testing.T) {
	all, _ := replicatest.Site(t, standing, "A", "B", "C")
	ids, _ := booked(t, all)
	arrive(t, all[0], ids[0])
	for _, hop := range [][2]int{{0, 1}, {1, 2}} { // C never hears A
		if kept, err := pass(t, all[hop[0]], all[hop[1]]); err != nil || kept != 1 {
			t.Fatalf("%d kept, %v", kept, err)
		}
	}
	b, err := all[2].Booking(t.Context(), ids[0])
	if err != nil {
		t.Fatal(err)
	}
	if s := clinic.Fold(b.Events); s.Attendance != clinic.Arrived || s.Ticket != "A001" {
		t.Errorf("C sees %+v", s)
	}
	if again, err := pass(t, all[0], all[2]); err != nil || again != 0 {
		t.Errorf("told twice: %d, %v", again, err)
	}
	if out, err := all[2].Outbox(t.Context(), -1); err != nil || len(out.Ops) != 0 {
		t.Errorf("C would send another's events: %+v, %v", out, err)
	}
}

func TestAWalkInOfAnotherDeviceIsSeenAndSealed(t *testing.T) {
	all, n := replicatest.Site(t, standing, "A", "B")
	_, slot := booked(t, all)
	person := clinic.Person{ID: clinic.NewIDNumber("B222222229"), Name: clinic.NewName("林美麗"), Birth: clinic.NewBirth(wang)}
	if _, err := all[0].Register(t.Context(), replica.WalkIn{Person: person, Slot: slot, Dose: "single"}, func(replica.Room) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if kept, err := pass(t, all[0], all[1]); err != nil || kept != 1 {
		t.Fatalf("%d kept, %v", kept, err)
	}
	found, err := all[1].ByPerson(t.Context(), person.ID)
	if err != nil || len(found) != 1 || found[0].Person.Name.Reveal() != "林美麗" || clinic.Fold(found[0].Events).Ticket != "A001" {
		t.Fatalf("%v, %v", found, err)
	}
	holdsNone(t, all[1].Folder(), "B222222229", "林美麗", string(n.Key))
	// and on to a third one it is still as A signed it
	heads := syncproto.Heads{Heads: []syncproto.Head{{Device: found[0].Events[0].Ref.Device, Epoch: 1}}}
	p, err := all[1].PassOn(t.Context(), heads)
	if err != nil || len(p.Events) != 1 || p.Events[0].Ops[0].WalkIn == nil || p.Events[0].Ops[0].WalkIn.Name != "林美麗" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestWhatWasNotSignedByADeviceOfTheSiteIsRefused(t *testing.T) {
	all, n := replicatest.Site(t, standing, "A", "B")
	ids, _ := booked(t, all)
	arrive(t, all[0], ids[0])
	arrive(t, all[0], ids[1])
	heads, err := all[1].Heads(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	good, err := all[0].PassOn(t.Context(), heads)
	if err != nil || len(good.Events) != 2 {
		t.Fatalf("%+v, %v", good, err)
	}
	_, foreign, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	changed := func(change func(*syncproto.Push)) syncproto.Push {
		p := good.Events[0]
		p.Ops = slices.Clone(p.Ops)
		change(&p)
		return p
	}
	for name, p := range map[string]syncproto.Push{
		"tampered":          changed(func(p *syncproto.Push) { p.Ops[0].Booking = ids[1] }),
		"another's ticket":  changed(func(p *syncproto.Push) { p.Ops[0].Ticket = "B001"; _ = p.Sign(foreign) }),
		"forged":            changed(func(p *syncproto.Push) { _ = p.Sign(foreign) }),
		"of a foreign site": changed(func(p *syncproto.Push) { p.Device = replicatest.NewID(); _ = p.Sign(foreign) }),
		"of another epoch":  changed(func(p *syncproto.Push) { p.Epoch = 2 }),
		"in B's own name":   changed(func(p *syncproto.Push) { p.Device = n.Devices[1].Device; _ = p.Sign(foreign) }),
		"out of turn":       good.Events[1],
	} {
		if kept, err := all[1].TakePassed(t.Context(), syncproto.Passed{Events: []syncproto.Push{p}}); kept != 0 || !errors.Is(err, replica.ErrPassed) {
			t.Errorf("%s: %d kept, %v", name, kept, err)
		}
	}
	if kept, err := all[1].TakePassed(t.Context(), good); kept != 2 || err != nil {
		t.Fatalf("%d kept, %v", kept, err)
	}
	if kept, err := all[1].TakePassed(t.Context(), good); kept != 0 || err != nil {
		t.Errorf("replayed: %d kept, %v", kept, err)
	}
}

// A disk that was cloned tells two stories under one number.
func TestASecondStoryUnderTheSameNumberIsRefused(t *testing.T) {
	all, _ := replicatest.Site(t, standing, "A", "B")
	ids, _ := booked(t, all)
	arrive(t, all[0], ids[0])
	if _, err := pass(t, all[0], all[1]); err != nil {
		t.Fatal(err)
	}
	id, err := all[0].Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for seq, previous := range map[uint64][]byte{1: make([]byte, 32), 2: make([]byte, 32)} {
		other := syncproto.Push{Device: id.Grant.Device, Epoch: 1, Previous: previous, Ops: []syncproto.Op{{Seq: seq, Kind: clinic.CheckedIn, Booking: ids[1]}}}
		if err := other.Sign(ed25519.NewKeyFromSeed(id.Sign)); err != nil {
			t.Fatal(err)
		}
		if kept, err := all[1].TakePassed(t.Context(), syncproto.Passed{Events: []syncproto.Push{other}}); kept != 0 || !errors.Is(err, replica.ErrPassed) {
			t.Errorf("number %d: %d kept, %v", seq, kept, err)
		}
	}
}

func TestARevokedDeviceIsNotHeardAndWhatItSaidGoes(t *testing.T) {
	all, n := replicatest.Site(t, standing, "A", "B")
	ids, _ := booked(t, all)
	arrive(t, all[0], ids[0])
	if _, err := pass(t, all[0], all[1]); err != nil {
		t.Fatal(err)
	}
	n.Devices = slices.Clone(n.Devices)
	n.Devices[0].Revoked = true
	if err := all[1].TakeNeighbours(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	if b, err := all[1].Booking(t.Context(), ids[0]); err != nil || len(b.Events) != 0 {
		t.Errorf("B still sees %v, %v", b.Events, err)
	}
	heads := syncproto.Heads{Heads: []syncproto.Head{{Device: n.Devices[0].Device, Epoch: 1}}}
	p, err := all[0].PassOn(t.Context(), heads)
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := all[1].TakePassed(t.Context(), p); kept != 0 || !errors.Is(err, replica.ErrPassed) {
		t.Errorf("%d kept, %v", kept, err)
	}
}

func TestWhatCentralHasGoesFromWhatWasPassedOn(t *testing.T) {
	all, n := replicatest.Site(t, standing, "A", "B")
	ids, _ := booked(t, all)
	arrive(t, all[0], ids[0])
	arrive(t, all[0], ids[1])
	if _, err := pass(t, all[0], all[1]); err != nil {
		t.Fatal(err)
	}
	before, err := all[1].Day(t.Context(), replicatest.Today)
	if err != nil {
		t.Fatal(err)
	}
	out, err := all[0].Outbox(t.Context(), -1)
	if err != nil {
		t.Fatal(err)
	}
	n.Devices = slices.Clone(n.Devices)
	for i, op := range out.Ops { // central hears A event by event, and tells B
		s, b := replicatest.Booked("A123456789", "王小明", wang, replicatest.Today)
		b.Booking.ID, b.Booking.Slot, s.Slot.ID = op.Booking, before[0].Slot.ID, before[0].Slot.ID
		b.Booking.Events = []syncproto.EventRow{{Device: n.Devices[0].Device, Epoch: 1, Op: op}}
		replicatest.Fill(t, all[1], int64(6+2*i), s, b)
		if day, err := all[1].Day(t.Context(), replicatest.Today); err != nil || len(day[0].Events) != 1 || len(day[1].Events) != 1 {
			t.Fatalf("an event is seen twice or not at all: %+v, %v", day, err)
		}
		n.Devices[0].Acked = op.Seq
		if err := all[1].TakeNeighbours(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		if holds, err := all[1].HoldsPassed(t.Context()); err != nil || holds != (i == 0) {
			t.Errorf("after event %d: %v, %v", op.Seq, holds, err)
		}
	}
	if kept, err := pass(t, all[0], all[1]); err != nil || kept != 0 {
		t.Errorf("what central has came again: %d, %v", kept, err)
	}
	given := func(clinic.Booking) (replica.Draft, error) { return replica.Draft{Kind: clinic.VaccineGiven}, nil }
	if _, err := all[0].Act(t.Context(), ids[0], given); err != nil {
		t.Fatal(err)
	}
	if kept, err := pass(t, all[0], all[1]); err != nil || kept != 1 { // the chain goes on
		t.Errorf("%d kept, %v", kept, err)
	}
}

func TestASiteThatTurnsTheHelpOffForgetsIt(t *testing.T) {
	all, _ := replicatest.Site(t, standing, "A", "B")
	ids, _ := booked(t, all)
	arrive(t, all[0], ids[0])
	if _, err := pass(t, all[0], all[1]); err != nil {
		t.Fatal(err)
	}
	if err := all[1].TakeNeighbours(t.Context(), syncproto.Neighbours{}); err != nil {
		t.Fatal(err)
	}
	if holds, err := all[1].HoldsPassed(t.Context()); err != nil || holds {
		t.Errorf("%v, %v", holds, err)
	}
	if n, err := all[1].Neighbours(t.Context()); err != nil || len(n.Key) != 0 || len(n.Devices) != 0 {
		t.Errorf("%+v, %v", n, err)
	}
}
