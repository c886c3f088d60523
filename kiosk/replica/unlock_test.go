package replica_test

import (
	"errors"
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
)

func TestAManagerOpensALockedDeviceForADayOfCheckingIn(t *testing.T) {
	now := replicatest.Now
	dir := t.TempDir()
	open := func() *replica.Replica { return replicatest.Open(t, dir, func() time.Time { return now }) }
	r := open()
	slot, one := replicatest.Booked("A123456789", "王小明", wang, replicatest.Today)
	_, two := replicatest.Booked("F131104093", "陳美", wang, replicatest.Today)
	_, three := replicatest.Booked("F131104093", "陳美", wang, replicatest.Today)
	two.Booking.Slot, three.Booking.Slot = slot.Slot.ID, slot.Slot.ID
	replicatest.Fill(t, r, 4, slot, one, two, three)
	id, err := r.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id.Grant.Expires = now.Add(time.Hour).Unix()
	if err := r.SaveIdentity(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Unlock(t.Context(), "chief"); !errors.Is(err, clinic.Refuse(replica.NotLocked)) {
		t.Fatalf("a device in order is opened with %v", err)
	}
	now = now.Add(time.Hour)
	end := now.Add(24 * time.Hour)
	if until, err := r.Unlock(t.Context(), "chief"); err != nil || !until.Equal(end) {
		t.Fatalf("open until %s, %v", until, err)
	}
	after, err := r.Act(t.Context(), one.Booking.ID, checkIn)
	if err != nil || after.Visit().Ticket != "A001" {
		t.Fatalf("ticket %q, %v", after.Visit().Ticket, err)
	}
	if out, err := r.Outbox(t.Context(), 10); err != nil || out.Ops[0].Reason != "UNLOCKED chief" {
		t.Errorf("central will not hear who opened the device: %+v, %v", out.Ops, err)
	}
	locked := clinic.Refuse(replica.RefusedLocked)
	if _, err := r.Act(t.Context(), one.Booking.ID, func(clinic.Booking) (replica.Draft, error) {
		return replica.Draft{Kind: clinic.VaccineGiven, Staff: "nurse", Lot: "L1"}, nil
	}); !errors.Is(err, locked) {
		t.Errorf("a dose on a device that is open for arrivals: %v", err)
	}
	walkIn := replica.WalkIn{Person: clinic.Person{ID: clinic.NewIDNumber("F131104093")}, Slot: slot.Slot.ID, Dose: "single"}
	if _, err := r.Register(t.Context(), walkIn, func(replica.Room) error { return nil }); !errors.Is(err, locked) {
		t.Errorf("a walk-in on a device that is open for arrivals: %v", err)
	}

	now = end.Add(-time.Minute)
	if _, err := r.Act(t.Context(), two.Booking.ID, checkIn); err != nil {
		t.Fatalf("a minute before the end: %v", err)
	}
	now = end.Add(-10 * time.Hour) // the clock is turned back, and the program begins anew
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r = open()
	if until, err := r.Unlocked(t.Context()); err != nil || !until.Equal(end) {
		t.Errorf("open until %s, %v", until, err)
	}
	now = end
	if _, err := r.Act(t.Context(), three.Booking.ID, checkIn); !errors.Is(err, locked) {
		t.Errorf("after 24 hours: %v", err)
	}
	if _, err := r.Unlock(t.Context(), "chief"); !errors.Is(err, clinic.Refuse(replica.UnlockUsed)) {
		t.Errorf("opened a second time: %v", err)
	}
}

func TestALockedDeviceTakesNoWalkIn(t *testing.T) {
	r := replicatest.Open(t, t.TempDir(), standing)
	slot, _ := replicatest.Booked("A123456789", "王小明", wang, replicatest.Today)
	replicatest.Fill(t, r, 1, slot)
	id, err := r.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id.Grant.Expires = replicatest.Now.Unix()
	if err := r.SaveIdentity(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	walkIn := replica.WalkIn{Person: clinic.Person{ID: clinic.NewIDNumber("F131104093")}, Slot: slot.Slot.ID, Dose: "single"}
	if _, err := r.Register(t.Context(), walkIn, func(replica.Room) error { return nil }); !errors.Is(err, clinic.Refuse(replica.RefusedLocked)) {
		t.Errorf("a walk-in on a locked device: %v", err)
	}
}
