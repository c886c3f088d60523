package agent_test

import (
	"errors"
	"slices"
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

// However often the line breaks, each page of what comes ahead is asked for once, and
// none after the first pull.
func TestWhatComesAheadGoesOnWhereTheLineBroke(t *testing.T) {
	a, r, f, id := pair(t)
	slot, tomorrow := replicatest.Booked("A123456789", "王小明", clinic.Date{Year: 1961, Month: 6, Day: 15}, replicatest.Today.AddDays(1))
	slot.Seq, tomorrow.Seq = 4, 5
	f.rows = append(f.rows, slot, tomorrow)
	today := syncproto.DayOf(replicatest.Today)
	for range 3 { // the programme, and two pages of today
		f.set(func() { f.cut, f.alone = false, 1 })
		if err := a.Round(t.Context()); !errors.Is(err, errCut) {
			t.Fatalf("the line breaks: %v", err)
		}
	}
	if b, err := r.ByPerson(t.Context(), clinic.NewIDNumber("A123456789")); err != nil || len(b) != 1 || b[0].ID != id {
		t.Fatalf("%v is found before the first page, %v", b, err)
	}
	for range 2 {
		f.set(func() { f.cut = false })
		if err := a.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if want := []syncproto.Day{syncproto.NoDay, today, today}; !slices.Equal(f.ahead, want) {
		t.Errorf("the days %v were asked for, want %v", f.ahead, want)
	}
	if b, err := r.Day(t.Context(), replicatest.Today.AddDays(1)); err != nil || len(b) != 1 {
		t.Errorf("%d bookings of tomorrow came, %v", len(b), err)
	}
}
