package agent_test

import (
	"context"
	"testing"

	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

// renewed has central sign the device's grant with another end.
func (f *far) renewed(t *testing.T, r *replica.Replica, days int) syncproto.Grant {
	t.Helper()
	id, err := r.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h, err := id.Holder()
	if err != nil {
		t.Fatal(err)
	}
	g := id.Grant
	g.Expires = replicatest.Now.AddDate(0, 0, days).Unix()
	g.SignFor(h.Noise, h.Sign, f.sign)
	return g
}

func ends(t *testing.T, r *replica.Replica) int64 {
	t.Helper()
	id, err := r.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return id.Grant.Expires
}

func TestARenewedGrantIsKept(t *testing.T) {
	a, r, f, _ := pair(t)
	g := f.renewed(t, r, 30)
	f.renewal.Grant = &g
	if err := a.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if ends(t, r) != g.Expires {
		t.Error("the device holds the old grant")
	}
}

func TestATamperedGrantIsNotKeptAndTheRoundGoesOn(t *testing.T) {
	a, r, f, booking := pair(t)
	before := ends(t, r)
	g := f.renewed(t, r, 30)
	g.Expires += 3600
	f.renewal.Grant = &g
	if err := a.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if ends(t, r) != before {
		t.Error("the device took a grant that central did not sign")
	}
	arrive(t, r, booking)
	if err := a.Round(t.Context()); err != nil || len(f.ops) != 1 {
		t.Errorf("%d events at central, %v", len(f.ops), err)
	}
}

func TestADeviceThatWasOfflineTooLongSaysThatItIsLocked(t *testing.T) {
	a, r, f, _ := pair(t)
	f.cut = true
	id, err := r.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id.Grant.Expires = replicatest.Now.Unix()
	if err := r.SaveIdentity(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); a.Run(ctx) }()
	defer func() { stop(); <-done }()
	waitFor(t, a, func(s replica.Standing) bool { return s.State == replica.Locked })
}
