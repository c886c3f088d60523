package station_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/kiosk/station"
)

func TestAFreshDeviceAsksForPlacesAsSoonAsItKnowsTheDay(t *testing.T) {
	folder := t.TempDir()
	if err := replicatest.Open(t, folder, func() time.Time { return replicatest.Now }).Close(); err != nil { // enrolled
		t.Fatal(err)
	}
	s, err := station.Open(t.Context(), station.Options{
		Data: folder, Central: "http://127.0.0.1:9", Clock: func() time.Time { return replicatest.Now }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	changed, unwatch := s.Replica.Watch()
	defer unwatch()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); s.KeepPlaces(ctx, 5) }()
	slot, _ := replicatest.Booked("A123456789", "王小明", replicatest.Today.AddDays(-20000), replicatest.Today)
	replicatest.Fill(t, s.Replica, 1, slot)
	for range changed {
		errands, err := s.Replica.Errands(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(errands.Wishes) == 0 {
			continue
		}
		if w := errands.Wishes[0]; len(errands.Wishes) != 1 || w.Slot != slot.Slot.ID || w.Places != 5 {
			t.Errorf("wishes %+v", errands.Wishes)
		}
		break
	}
	stop()
	<-ended
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
