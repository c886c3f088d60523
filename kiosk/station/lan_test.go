package station_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/kiosk/station"
)

func TestADeviceStartedWithoutHelpForgetsTheOthers(t *testing.T) {
	folder := t.TempDir()
	for _, c := range []struct {
		lan  bool
		want int
	}{{true, 1}, {false, 0}} {
		r := replicatest.Open(t, folder, func() time.Time { return replicatest.Now })
		if c.lan {
			_, n := replicatest.Site(t, r.Now, "B")
			if err := r.TakeNeighbours(t.Context(), n); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		s, err := station.Open(t.Context(), station.Options{Data: folder, LAN: c.lan, Clock: r.Now, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		n, err := s.Replica.Neighbours(t.Context())
		if err != nil || len(n.Devices) != c.want {
			t.Errorf("with help %v: %+v, %v", c.lan, n, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAStationWithHelpEndsWithItsContext(t *testing.T) {
	folder := t.TempDir()
	enrolled(t, folder)
	s, err := station.Open(t.Context(), station.Options{
		Data: folder, LAN: true, Central: "http://127.0.0.1:9", Clock: func() time.Time { return replicatest.Now }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); s.Run(ctx) }()
	for standing := range s.Agent.Standings() { // it is at work
		if standing.State == replica.Offline {
			break
		}
	}
	stop()
	<-ended
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
