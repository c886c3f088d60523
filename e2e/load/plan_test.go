package load

import (
	"bytes"
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"ezhitong.tw/clinic"
)

func bodyOf(t testing.TB, s *Shot) (body struct {
	ID       clinic.ID `json:"id"`
	Slot     clinic.ID `json:"slot"`
	IDNumber string    `json:"id_number"`
},
) {
	t.Helper()
	_, text, ok := bytes.Cut(s.raw, []byte("\r\n\r\n"))
	if err := json.Unmarshal(text, &body); err != nil || !ok {
		t.Fatal(err)
	}
	return body
}

func TestAPlanGivesEachPlaceOnceAndEachPersonOnePlace(t *testing.T) {
	trial, _ := started(t, 3, 1, nil)
	all := trial.Places()
	shots, err := trial.Bookings(all)
	if err != nil {
		t.Fatal(err)
	}
	slots, people := map[clinic.ID]int{}, map[string]bool{}
	for _, s := range shots {
		b := bodyOf(t, s)
		slots[b.Slot]++
		people[b.IDNumber] = true
		if b.ID != s.ID || s.ID[6]>>4 != 7 {
			t.Fatalf("the id %s is sent as %s", s.ID, b.ID)
		}
	}
	for id, n := range slots {
		if n != 3 {
			t.Errorf("slot %s is asked for %d times", id, n)
		}
	}
	if len(people) != all || len(slots) != all/3 || trial.Places() != 0 {
		t.Errorf("%d people for %d places in %d slots, %d left", len(people), all, len(slots), trial.Places())
	}
	if _, err := trial.Bookings(1); err == nil {
		t.Error("a full city has one more place")
	}
}

func TestASeedDecidesWhoBooksWhat(t *testing.T) {
	trial, _ := started(t, 3, 1, nil)
	first := func(seed uint64) (number string, slot clinic.ID) {
		p, err := ReadPlan(t.Context(), trial.target, seed)
		if err != nil {
			t.Fatal(err)
		}
		shots, err := p.Bookings(1)
		if err != nil {
			t.Fatal(err)
		}
		b := bodyOf(t, shots[0])
		return b.IDNumber, b.Slot
	}
	a, slotA := first(1)
	b, slotB := first(1)
	c, _ := first(2)
	if a != b || slotA != slotB || a == c {
		t.Errorf("%s in %s, %s in %s, %s", a, slotA, b, slotB, c)
	}
}

func TestAMixHasItsShareEverywhere(t *testing.T) {
	trial, _ := started(t, 3, 1, nil)
	rapid.Check(t, func(rt *rapid.T) {
		n, share := rapid.IntRange(1, 60).Draw(rt, "n"), rapid.Float64Range(0, 1).Draw(rt, "share")
		p := *trial.Plan
		p.slots = append([]slot(nil), trial.slots...)
		shots, err := p.Mix(n, share)
		if err != nil {
			rt.Fatal(err)
		}
		booked := 0
		for i, s := range shots {
			if s.books() {
				booked++
			}
			if want := share * float64(i+1); float64(booked) > want+1e-9 || float64(booked) < want-2 {
				rt.Fatalf("%d bookings among the first %d", booked, i+1)
			}
		}
		if booked != int(float64(n)*share) || len(shots) != n {
			rt.Fatalf("%d of %d", booked, len(shots))
		}
	})
}
