package hub

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"ezhitong.tw/syncproto"
)

func TestAPullWaitsForItsTurnAndNotForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &Hub{pulls: make(chan struct{}, 1)}
		if err := h.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		turn := make(chan error, 1)
		go func() { turn <- h.enter(t.Context()) }()
		synctest.Wait() // it stands in line
		<-h.pulls
		if err := <-turn; err != nil {
			t.Errorf("its turn came: %v", err)
		}
		if err := h.enter(t.Context()); !errors.Is(err, syncproto.Problem{Code: syncproto.ProblemBusy}) {
			t.Errorf("nobody leaves: %v", err)
		}
		gone, leave := context.WithCancel(t.Context())
		leave()
		if err := h.enter(gone); !errors.Is(err, context.Canceled) {
			t.Errorf("the device hung up: %v", err)
		}
	})
}
