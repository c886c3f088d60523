package agent_test

import (
	"slices"
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/agent"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

// neighbour is what central tells of a device whose replica is here.
func neighbour(t *testing.T, r *replica.Replica) syncproto.Neighbour {
	t.Helper()
	id, err := r.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h, err := id.Holder()
	if err != nil {
		t.Fatal(err)
	}
	return syncproto.Neighbour{Device: id.Grant.Device, Epoch: 1, Role: syncproto.RoleDesk, Letter: id.Grant.Letter, Noise: h.Noise, Sign: h.Sign}
}

func TestWhatAnotherDevicePassedOnGoesOnceCentralHasTold(t *testing.T) {
	a, r, f, booking := pairWith(t, func(c *agent.Config) { c.LAN = true })
	others, n := replicatest.Site(t, func() time.Time { return replicatest.Now }, "B")
	n.Devices = append(n.Devices, neighbour(t, r))
	if err := others[0].TakeNeighbours(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	f.set(func() { f.neighbours = n })
	if err := a.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if held, err := r.Neighbours(t.Context()); err != nil || len(held.Devices) != 2 {
		t.Fatalf("%+v, %v", held, err)
	}

	f.set(func() { f.cut = true }) // B does something, and we hear it from B
	var rows []syncproto.Row
	f.set(func() { rows = slices.Clone(f.rows) })
	replicatest.Fill(t, others[0], int64(len(rows)), rows...)
	arrive(t, others[0], booking)
	heads, err := r.Heads(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	passed, err := others[0].PassOn(t.Context(), heads)
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := r.TakePassed(t.Context(), passed); err != nil || kept != 1 {
		t.Fatalf("%d kept, %v", kept, err)
	}
	shows := func() int {
		t.Helper()
		b, err := r.Booking(t.Context(), booking)
		if err != nil {
			t.Fatal(err)
		}
		if b.Visit().Attendance != clinic.Arrived {
			t.Error("the arrival at B is not seen")
		}
		return len(b.Events)
	}
	if shows() != 1 {
		t.Error("the arrival is seen otherwise than once")
	}

	f.set(func() { f.cut = false }) // central is back and has not heard B: it stays
	if err := a.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if holds, err := r.HoldsPassed(t.Context()); err != nil || !holds || shows() != 1 {
		t.Errorf("%v, %v", holds, err)
	}
	f.set(func() { // but hears from us what B has signed
		if len(f.carried) != 1 || f.carried[0].Device != n.Devices[0].Device || syncproto.VerifyPush(f.carried[0], n.Devices[0].Sign) != nil {
			t.Errorf("central was brought %+v", f.carried)
		}
	})

	f.set(func() { // now it has, and tells the booking with it
		told := rows[slices.IndexFunc(rows, func(r syncproto.Row) bool { return r.Booking != nil && r.Booking.ID == booking })]
		b := *told.Booking
		b.Events = []syncproto.EventRow{{Device: n.Devices[0].Device, Epoch: 1, Op: passed.Events[0].Ops[0]}}
		f.rows = append(f.rows, syncproto.Row{Seq: int64(len(f.rows) + 1), Booking: &b})
		f.neighbours.Devices = slices.Clone(n.Devices)
		f.neighbours.Devices[0].Acked = 1
	})
	if err := a.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if holds, err := r.HoldsPassed(t.Context()); err != nil || holds || shows() != 1 {
		t.Errorf("%v, %v", holds, err)
	}
}

func TestADeviceThatWantsNoHelpAsksForNone(t *testing.T) {
	a, r, f, _ := pair(t)
	f.set(func() { f.neighbours = syncproto.Neighbours{Key: make([]byte, syncproto.LANKeySize)} })
	if err := a.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, err := r.Neighbours(t.Context()); err != nil || len(n.Key) != 0 {
		t.Errorf("%+v, %v", n, err)
	}
}
