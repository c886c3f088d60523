package station_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"ezhitong.tw/kiosk/agent"
	"ezhitong.tw/kiosk/station"
)

func TestACodeAloneGoesToTheDevicesOwnCentralAlsoAfterACodeOfAnother(t *testing.T) {
	var asked [2]atomic.Int32
	address := func(n int) string {
		nobody := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			asked[n].Add(1)
			w.WriteHeader(http.StatusNotFound)
		}))
		t.Cleanup(nobody.Close)
		return nobody.URL
	}
	own, other := address(0), address(1)
	s, err := station.Open(t.Context(), station.Options{Data: t.TempDir(), Central: own, Clock: time.Now, Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	defer s.Close()
	for _, invitation := range []string{"ezhitong:" + aCode + "@" + other, aCode} {
		if err := s.Enrol(t.Context(), invitation, nil); !errors.Is(err, agent.ErrUnreachable) {
			t.Fatalf("%s: %v", invitation, err)
		}
	}
	if asked[0].Load() != 1 || asked[1].Load() != 1 {
		t.Errorf("the own central was asked %d times, the other one %d times", asked[0].Load(), asked[1].Load())
	}
}
