package hub_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/store/storetest"
	"ezhitong.tw/syncproto"
)

// listens opens the poke stream of a device and gives a channel that is closed
// when central ends it.
func (d *device) listens() <-chan struct{} {
	d.t.Helper()
	ctx, stop := context.WithCancel(d.t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.w.url+syncproto.PathPoke, nil)
	must(d.t, err)
	req.Header.Set(syncproto.HeaderSession, d.session)
	res, err := http.DefaultClient.Do(req)
	must(d.t, err)
	if res.StatusCode != http.StatusOK {
		d.t.Fatalf("the stream answers %s", res.Status)
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		_, _ = io.Copy(io.Discard, res.Body)
	}()
	d.t.Cleanup(func() {
		stop()
		<-over
		_ = res.Body.Close()
	})
	return over
}

// diesWithin revokes a device at one central and measures until its stream at
// another has ended.
func diesWithin(t *testing.T, at *world, d *device, limit time.Duration) {
	t.Helper()
	over := d.listens()
	began := time.Now()
	must(t, at.fleet.Revoke(t.Context(), "admin", d.grant.Device))
	select {
	case <-over:
	case <-time.After(limit):
		t.Fatalf("the stream lives %v after the revocation", limit)
	}
	took := time.Since(began)
	t.Logf("the stream ended after %v", took)
	if took > limit {
		t.Errorf("the stream ended after %v", took)
	}
	wantProblem(t, d.pull(10), syncproto.ProblemRevoked) // sealed, in the live session
	wantProblem(t, d.pull(10), syncproto.ProblemUnknownSession)
	_, err := d.connect()
	wantProblem(t, err, syncproto.ProblemRevoked)
}

func TestARevokedDeviceIsCutOffAtOnce(t *testing.T) {
	w := newWorld(t)
	diesWithin(t, w, connected(t, w, syncproto.RoleDesk), time.Second)
}

func TestARevokedDeviceIsCutOffAtEveryCentralWithinASecond(t *testing.T) {
	dsn := storetest.FreshServer(t)
	here := newWorldIn(t, bookingtest.StartAt(t, dsn, 5), t.TempDir())
	there := newWorldIn(t, bookingtest.Join(t, dsn), here.keys)
	ctx, stop := context.WithCancel(t.Context())
	followed := make(chan error, 1)
	go func() { followed <- there.fleet.Follow(ctx) }()
	t.Cleanup(func() { stop(); must(t, <-followed) })
	for range 3 {
		diesWithin(t, here, connected(t, there, syncproto.RoleDesk), time.Second)
	}
}
