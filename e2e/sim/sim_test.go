package main

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// worlds is how many worlds every run of the tests plays; make sim plays more.
const worlds = 40

func stageFor(t *testing.T) *stage {
	t.Helper()
	set, err := newStage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := set.close(); err != nil {
			t.Error(err)
		}
	})
	return set
}

func TestWhateverGoesWrongNothingIsLost(t *testing.T) {
	total, err := playAll(t.Context(), stageFor(t), 1, worlds, 0)
	if err != nil {
		t.Fatal(err)
	}
	if total.worlds != worlds || total.checks == 0 || total.events == 0 {
		t.Errorf("%d worlds, %d checks, %d events", total.worlds, total.checks, total.events)
	}
}

func TestASeedIsTheSameWorldEveryTime(t *testing.T) {
	set, other := stageFor(t), stageFor(t)
	for _, seed := range []uint64{3, 7, 11} {
		var first, second journal
		if _, err := run(t.Context(), set, seed, &first); err != nil {
			t.Fatal(err)
		}
		if _, err := run(t.Context(), other, seed, &second); err != nil {
			t.Fatal(err)
		}
		if first.sum != second.sum {
			t.Errorf("seed %d is one world and then another", seed)
		}
	}
}

func TestWhatCentralDiedOfMayStand(t *testing.T) {
	for _, c := range []dying{{in: 1, before: true}, {in: 1}, {in: 2, before: true}, {in: 2}} {
		w, err := newWorld(t.Context(), stageFor(t), 303, &journal{})
		if err != nil {
			t.Fatal(err)
		}
		w.plan = plan{sites: 2, devices: 2, page: 40}
		if err := w.build(); err != nil {
			t.Fatal(err)
		}
		w.central.dying = c
		w.devices[0].revoke()
		w.central.start()
		w.heal()
		w.shut()
		if w.broken != nil {
			t.Errorf("central died at COMMIT %d of a revocation, before it %t: %v", c.in, c.before, w.broken)
		}
	}
}

func TestARevokedDeviceHandsInWhatARestoreLost(t *testing.T) {
	w, err := newWorld(t.Context(), stageFor(t), 303, &journal{})
	if err != nil {
		t.Fatal(err)
	}
	w.plan = plan{sites: 2, devices: 2, page: 40}
	if err := w.build(); err != nil {
		t.Fatal(err)
	}
	for range people {
		w.work.book()
	}
	w.until(begin.Add(time.Hour))
	d, backup := w.devices[0], filepath.Join(w.dir, "backup.db")
	w.must("back central up", w.central.store.CopyTo(w.ctx, backup))
	b, ok := d.pick(nil)
	d.tell("check-in", b, func() error { _, err := d.counter.CheckIn(w.ctx, b.ID); return err })
	w.until(w.now.Add(time.Hour))
	if !ok || d.at.acked != 1 {
		t.Fatalf("central acknowledged %d events: %v", d.at.acked, w.broken)
	}
	w.central.restore(backup)
	d.revoke()
	w.heal()
	w.shut()
	if w.broken != nil {
		t.Error(w.broken)
	}
}

func TestABrokenPromiseIsToldApartFromABrokenSimulator(t *testing.T) {
	w := &world{journal: &journal{}}
	w.journal.now = w.clock
	w.fail("the last place went to two people")
	if !errors.Is(w.verdict(nil), errBroken) {
		t.Error("a broken promise does not say so")
	}
	if err := (&world{}).verdict(errTimeout); errors.Is(err, errBroken) || !errors.Is(err, errTimeout) {
		t.Errorf("another fault is %v", err)
	}
}

func TestEveryMutantStillHasItsPlace(t *testing.T) {
	names := make(map[string]bool)
	for _, m := range mutants() {
		for _, e := range m.edits() {
			if _, err := e.apply(filepath.Join("..", "..", e.file)); err != nil || names[m.name] {
				t.Errorf("%s: %v", m.name, err)
			}
		}
		names[m.name] = true
		if m.with == "" {
			continue
		}
		for name := range strings.SplitSeq(m.with, ",") {
			if _, err := faultOf(name); err != nil {
				t.Errorf("%s: %v", m.name, err)
			}
		}
	}
}
