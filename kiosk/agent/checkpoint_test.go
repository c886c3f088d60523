package agent_test

import (
	"errors"
	"testing"

	"ezhitong.tw/kiosk/agent"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

// wanted makes a round and gives the checkpoint that its last pull asked after, -1 where
// it wanted none.
func wanted(t *testing.T, a *agent.Agent, f *far) (seq int64) {
	t.Helper()
	if err := a.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.set(func() {
		seq = -1
		if c := f.asked[len(f.asked)-1].Checkpoint; c != nil {
			seq = *c
		}
	})
	return seq
}

func TestADeviceWithNeighboursKeepsACheckpointOfItsRows(t *testing.T) {
	a, r, f, _ := pairWith(t, func(c *agent.Config) { c.LAN = true })
	_, n := replicatest.Site(t, r.Now, "B")
	n.Devices = append(n.Devices, neighbour(t, r))
	f.set(func() {
		f.neighbours = n
		f.checkpoint = func(seq int64) *syncproto.Checkpoint {
			c := replicatest.Checkpoint(f.history, seq, f.rows...)
			return &c
		}
	})
	if got := wanted(t, a, f); got != -1 { // it knows of no neighbours yet
		t.Errorf("the first round asks after %d", got)
	}
	at, err := r.Position(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []int64{0, at.Cursor} { // then it has the one of its rows
		if got := wanted(t, a, f); got != want {
			t.Errorf("asked after %d, want %d", got, want)
		}
		if c, err := r.Checkpoint(t.Context()); err != nil || c == nil || c.Seq != at.Cursor {
			t.Errorf("it holds %+v, %v", c, err)
		}
	}
	f.set(func() { f.version, f.channel = 3, nil }) // another central, of the version before
	if err := a.Round(t.Context()); err == nil {
		t.Error("its session goes on")
	}
	if got := wanted(t, a, f); got != -1 {
		t.Errorf("a central of version 3 is asked after %d", got)
	}
}

func TestADeviceAloneAsksForNoCheckpoint(t *testing.T) {
	a, _, f, _ := pair(t)
	for range 2 {
		if got := wanted(t, a, f); got != -1 {
			t.Errorf("asked after %d", got)
		}
	}
}

func TestWhileCentralIsAskedNobodyElseMovesTheBase(t *testing.T) {
	a, r, f, _ := pairWith(t, func(c *agent.Config) { c.LAN = true })
	if err := a.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	at, err := r.Position(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	later := replicatest.Checkpoint(at.History, at.Cursor+1)
	tried := false
	f.set(func() {
		later.Sign(f.sign)
		f.meanwhile = func() {
			tried = true
			if _, err := r.Compare(t.Context(), later); !errors.Is(err, replica.ErrMoved) {
				t.Errorf("rows from elsewhere while central is asked: %v", err)
			}
		}
	})
	if err := a.Round(t.Context()); err != nil || !tried {
		t.Fatalf("%v, %v", tried, err)
	}
	if _, err := r.Compare(t.Context(), later); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
