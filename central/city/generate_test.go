package city

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

func TestACityAsLargeAsTaichung(t *testing.T) {
	p, err := Generate(1, 538, today)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Sites) != 538 || len(p.Districts) != 29 {
		t.Errorf("%d sites, %d districts", len(p.Sites), len(p.Districts))
	}
	monday, hours := today.AddDays(6), 0
	for _, s := range p.Slots {
		if !s.Date.Before(monday) && s.Date.Before(monday.AddDays(7)) && s.Programme == "influenza" {
			hours++
		}
	}
	if hours != 2*1574 { // a session lasts two hours, and each offers influenza
		t.Errorf("%d hours of influenza in a week", hours)
	}
}

func BenchmarkTaichung(b *testing.B) {
	for b.Loop() {
		if _, err := Generate(1, 538, today); err != nil {
			b.Fatal(err)
		}
	}
}

func TestTheSameSeedGivesTheSameCity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, n := rapid.Uint64().Draw(t, "seed"), rapid.IntRange(1, 40).Draw(t, "sites")
		day := today.AddDays(rapid.IntRange(0, 400).Draw(t, "day"))
		a, err := Generate(seed, n, day)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Generate(seed, n, day)
		if err != nil || !reflect.DeepEqual(a, b) {
			t.Fatalf("two cities of one seed differ: %v", err)
		}
		districts := map[string]bool{}
		for _, s := range a.Sites {
			districts[s.District] = true
		}
		if len(a.Sites) != n || len(districts) != min(n, 29) {
			t.Fatalf("%d sites in %d districts", len(a.Sites), len(districts))
		}
	})
}

func TestAnotherSeedGivesAnotherCity(t *testing.T) {
	a, errA := Generate(1, 29, today)
	b, errB := Generate(2, 29, today)
	if errA != nil || errB != nil || reflect.DeepEqual(a.Sites, b.Sites) {
		t.Errorf("%v %v", errA, errB)
	}
	for _, n := range []int{0, -1, 1 << 30} {
		if _, err := Generate(1, n, today); err == nil {
			t.Errorf("a city of %d sites", n)
		}
	}
}
