package agent_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"ezhitong.tw/kiosk/agent"
	"ezhitong.tw/syncproto"
)

var question = syncproto.AskOpenings{IDNumber: "A123456789", Birth: 3000}

// works lets an agent run until the test ends.
func works(t *testing.T, a *agent.Agent) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); a.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
}

func TestCentralIsAskedForSomebodyWhoWaits(t *testing.T) {
	a, _, f, _ := pair(t)
	f.openings = syncproto.Openings{Refused: "already_booked"}
	works(t, a)
	for range 2 { // in one session
		answer, sent, err := a.Ask(t.Context(), question)
		if got, ok := answer.(syncproto.Openings); err != nil || !sent || !ok || got.Refused != "already_booked" {
			t.Fatalf("%+v, sent %t, %v", answer, sent, err)
		}
	}
	f.set(func() { f.channel = nil }) // central was started again
	if _, _, err := a.Ask(t.Context(), question); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	f.set(func() { f.busy = true })
	if _, sent, err := a.Ask(t.Context(), question); sent || !errors.Is(err, syncproto.Problem{Code: syncproto.ProblemBusy}) {
		t.Errorf("a central that is busy: sent %t, %v", sent, err)
	}
}

func TestWhoeverWaitsIsToldWhetherCentralMayHaveIt(t *testing.T) {
	a, _, f, _ := pair(t)
	f.set(func() { f.cut = true })
	works(t, a)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, sent, err := a.Ask(ctx, question); sent || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("without a line: sent %t, %v", sent, err)
	}
	f.set(func() { f.cut, f.loseAnswers = false, 1 })
	if _, sent, err := a.Ask(t.Context(), question); !sent || err != nil {
		t.Errorf("an answer that was lost once: sent %t, %v", sent, err)
	}
	f.set(func() { f.busy, f.loseAnswers = true, 1 })
	if _, sent, err := a.Ask(t.Context(), question); !sent || err == nil {
		t.Errorf("lost once, and then told to wait: sent %t, %v", sent, err)
	}
	f.set(func() { f.loseAnswers = 1000 })
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, sent, err := a.Ask(ctx, question); !sent || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("an answer that never comes: sent %t, %v", sent, err)
	}
}

func TestAnOlderCentralIsNotAskedAboutPeople(t *testing.T) {
	a, _, f, _ := pair(t)
	f.version = 2
	works(t, a)
	if _, sent, err := a.Ask(t.Context(), question); sent || !errors.Is(err, syncproto.Problem{Code: syncproto.ProblemVersion}) {
		t.Errorf("sent %t, %v", sent, err)
	}
}
