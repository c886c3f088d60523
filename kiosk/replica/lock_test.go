package replica_test

import (
	"errors"
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

func TestADeviceWhoseGrantHasEndedIsLocked(t *testing.T) {
	now := replicatest.Now
	dir := t.TempDir()
	open := func() *replica.Replica { return replicatest.Open(t, dir, func() time.Time { return now }) }
	r := open()
	slot, booking := replicatest.Booked("A123456789", "王小明", wang, replicatest.Today)
	replicatest.Fill(t, r, 2, replicatest.Programme(t), slot, booking)
	id, err := r.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id.Grant.Expires = now.Add(time.Hour).Unix()
	if err := r.SaveIdentity(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	locked := func() bool {
		t.Helper()
		l, err := r.Locked(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	now = now.Add(time.Hour - time.Second)
	if locked() {
		t.Fatal("locked before the end")
	}
	now = now.Add(time.Second)
	if !locked() {
		t.Fatal("open after the end")
	}
	if _, err := r.Act(t.Context(), booking.Booking.ID, checkIn); !errors.Is(err, clinic.Refuse(replica.RefusedLocked)) {
		t.Fatalf("a locked device checks in with %v", err)
	}
	if out, err := r.Outbox(t.Context(), 1); err != nil || out.Max != 0 {
		t.Fatalf("%d events, %v", out.Max, err)
	}
	id.Grant.Expires = now.Add(time.Hour).Unix()
	if err := r.SaveIdentity(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Act(t.Context(), booking.Booking.ID, checkIn); err != nil {
		t.Fatalf("a renewed grant does not open it: %v", err)
	}
}

func TestAClockThatIsTurnedBackOpensNothing(t *testing.T) {
	now := replicatest.Now
	dir := t.TempDir()
	r := replicatest.Open(t, dir, func() time.Time { return now })
	id, err := r.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	end := now.Add(24 * time.Hour)
	id.Grant.Expires = end.Unix()
	if err := r.SaveIdentity(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	welcome := syncproto.Welcome{Version: 1, History: clinic.ID{1}, Time: end.UnixMilli(), Site: "3817010001", ChainHead: make([]byte, 32)}
	if err := r.Welcome(t.Context(), welcome); err != nil { // central was heard at the grant's end
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	now = now.Add(-48 * time.Hour)
	r = replicatest.Open(t, dir, func() time.Time { return now })
	if locked, err := r.Locked(t.Context()); err != nil || !locked {
		t.Errorf("open again, %v", err)
	}
}

func TestADeviceThatIsNotEnrolledIsNotLocked(t *testing.T) {
	r, err := replica.Open(t.Context(), replica.Config{Dir: t.TempDir(), Clock: standing, NewID: replicatest.NewID})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	if locked, err := r.Locked(t.Context()); err != nil || locked {
		t.Errorf("locked %v, %v", locked, err)
	}
}
