package agent_test

import (
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/agent"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

func rounds(t *testing.T, a *agent.Agent, n int) {
	t.Helper()
	for range n {
		if err := a.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestADeskHearsWhoWaitsAndThenWhatChanges(t *testing.T) {
	a, r, f, _ := pair(t)
	f.standby = syncproto.Standby{Day: syncproto.DayOf(replicatest.Today)}
	rounds(t, a, 3)
	if f.standbyAsks != 1 {
		t.Errorf("where nobody waits it asks %d times in three rounds", f.standbyAsks)
	}
	f.set(func() {
		f.channel = nil // another session
		f.standby.Entries = []syncproto.StandbyEntry{{ID: replicatest.NewID(), Slot: f.rows[1].Slot.ID, Dose: "single", IDNumber: "B222222229", Name: "林美麗"}}
	})
	if err := a.Round(t.Context()); err == nil {
		t.Fatal("the session goes on")
	}
	rounds(t, a, 3)
	list, err := r.Standby(t.Context())
	if err != nil || len(list) != 1 || list[0].Person.Name.Reveal() != "林美麗" || f.standbyAsks != 4 {
		t.Fatalf("%d wait, asked %d times, %v", len(list), f.standbyAsks, err)
	}
	err = r.AnswerStandby(t.Context(), list[0].ID, "nurse", func([]replica.StandbyEntry) (clinic.StandbyAnswer, error) { return clinic.StandbyOffered, nil })
	if err != nil {
		t.Fatal(err)
	}
	rounds(t, a, 1)
	if len(f.ops) != 1 || f.ops[0].Kind != clinic.StandbyAsked || f.ops[0].Booking != list[0].ID || f.ops[0].Staff != "nurse" {
		t.Errorf("central has %+v", f.ops)
	}
}

func TestACentralWithoutStandbyListsIsAskedOnce(t *testing.T) {
	for name, change := range map[string]func(*far){"an older version": func(f *far) { f.version = 3 }, "the version, and no lists": func(f *far) { f.before = true }} {
		a, r, f, _ := pair(t)
		change(f)
		rounds(t, a, 3)
		if list, err := r.Standby(t.Context()); err != nil || len(list) != 0 || f.standbyAsks > 1 || f.version == 3 && f.standbyAsks > 0 {
			t.Errorf("%s: asked %d times, %v", name, f.standbyAsks, err)
		}
	}
}
