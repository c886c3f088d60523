package main

import (
	"errors"
	"path/filepath"
	"testing"
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
		if _, err := m.apply(filepath.Join("..", "..", m.file)); err != nil || names[m.name] {
			t.Errorf("%s: %v", m.name, err)
		}
		names[m.name] = true
		if m.with == "" {
			continue
		}
		if _, err := faultOf(m.with); err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
	}
}
