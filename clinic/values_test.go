package clinic_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ezhitong.tw/clinic"
)

func TestADateIsADayInTaipei(t *testing.T) {
	if got := clinic.DateOf(time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC)); got != day("2026-11-24") {
		t.Errorf("midnight in Taipei: %s", got)
	}
	if got := day("2026-11-24").Weekday(); got != time.Tuesday {
		t.Error(got)
	}
	for _, s := range []string{"", "2026-02-30", "2026-1-1", "2026-13-01", "26-01-01", "2026/01/01", "2026-01-01 "} {
		if d, err := clinic.ParseDate(s); err == nil {
			t.Errorf("%q passed as %s", s, d)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d := day("1900-01-01").AddDays(rapid.IntRange(0, 80000).Draw(t, "d"))
		n := rapid.IntRange(-4000, 4000).Draw(t, "n")
		later := d.AddDays(n)
		if later.DaysSince(d) != n || (n > 0) != later.After(d) || (n < 0) != later.Before(d) || (n == 0) != (later == d) {
			t.Fatalf("%s + %d = %s", d, n, later)
		}
		if again, err := clinic.ParseDate(d.String()); err != nil || again != d {
			t.Fatalf("%s: %v", d, err)
		}
		if m := later.MonthsSince(d); n >= 0 && (m < 0 || m > n/28) {
			t.Fatalf("%s to %s: %d months", d, later, m)
		}
	})
}

func TestATimeOfDayIsFiveCharacters(t *testing.T) {
	for m := range 24 * 60 {
		v := clinic.TimeOfDay(m)
		if again, err := clinic.ParseTimeOfDay(v.String()); err != nil || again != v {
			t.Fatalf("%s: %v", v, err)
		}
	}
	for _, s := range []string{"", "9:30", "24:00", "09:60", "09:30 ", "0930", "-1:00"} {
		if v, err := clinic.ParseTimeOfDay(s); err == nil {
			t.Errorf("%q passed as %s", s, v)
		}
	}
	if got := clinic.TimeOfDayOf(time.Date(2026, 11, 24, 1, 30, 59, 0, time.UTC)); got.String() != "09:30" {
		t.Error(got)
	}
	if got := day("2026-11-24").At(9*60 + 30); got.Format(time.RFC3339) != "2026-11-24T09:30:00+08:00" {
		t.Error(got)
	}
}

func TestASlotSurvivesJSON(t *testing.T) {
	s := clinic.Slot{ID: clinic.ID{1, 2, 15: 255}, Site: "3536010012", Date: day("2026-11-30"), Start: 9 * 60, End: 10 * 60, Capacity: 20, Taken: 3}
	out, err := json.Marshal(s)
	if err != nil || !strings.Contains(string(out), `"date":"2026-11-30","start":"09:00","end":"10:00"`) {
		t.Fatalf("%s %v", out, err)
	}
	var again clinic.Slot
	if err := json.Unmarshal(out, &again); err != nil || again != s {
		t.Errorf("%+v %v", again, err)
	}
	if s.Left() != 17 || (clinic.Slot{Capacity: 2, Taken: 3}).Left() != 0 {
		t.Error("the places left are counted wrong")
	}
}

func TestAnIDIsAUUID(t *testing.T) {
	const s = "0190b4c2-7f3a-7c1d-9e2f-0123456789ab"
	id, err := clinic.ParseID(strings.ToUpper(s))
	if err != nil || id.String() != s || id.IsZero() {
		t.Errorf("%s %v", id, err)
	}
	for _, s := range []string{"", s[1:], s + "0", strings.ReplaceAll(s, "-", "_"), "g" + s[1:], "{" + s[2:] + "}"} {
		if _, err := clinic.ParseID(s); err == nil {
			t.Errorf("%q passed", s)
		}
	}
}

func TestABookingCodeCanBeReadAloud(t *testing.T) {
	id, err := clinic.ParseID("0190b4c2-7f3a-7c1d-9e2f-0123456789ab")
	if err != nil {
		t.Fatal(err)
	}
	if got := clinic.CodeOf(id); got != "4D2PF2DB" {
		t.Error(got)
	}
	rapid.Check(t, func(t *rapid.T) {
		tail := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id")
		code := clinic.CodeOf(clinic.ID(tail))
		if len(code) != 8 || strings.ContainsAny(code, "ILOU") {
			t.Fatal(code)
		}
		tail[15] ^= 1
		if clinic.CodeOf(clinic.ID(tail)) == code {
			t.Fatal("another tail, the same code")
		}
	})
}

func TestARefusalIsItsRule(t *testing.T) {
	err := fmt.Errorf("book: %w", clinic.Refuse(clinic.RefusedInterval, "days", "84", "earliest", "2026-12-20"))
	if !errors.Is(err, clinic.Refuse(clinic.RefusedInterval)) || errors.Is(err, clinic.Refuse(clinic.RefusedFull)) {
		t.Error("the rule is not recognised")
	}
	if r := refusal(t, err); r.Args["days"] != "84" || r.Error() != "refused: interval" {
		t.Errorf("%v", r)
	}
	if clinic.Refuse(clinic.RefusedFull).Args != nil {
		t.Error("arguments out of nothing")
	}
}

func TestEventsAreOrderedByDeviceEpochAndNumber(t *testing.T) {
	a := clinic.EventRef{Device: clinic.ID{1}, Epoch: 2, Seq: 3}
	for _, bigger := range []clinic.EventRef{
		{Device: clinic.ID{2}, Epoch: 1, Seq: 1}, {Device: clinic.ID{1}, Epoch: 3, Seq: 1}, {Device: clinic.ID{1}, Epoch: 2, Seq: 4},
	} {
		if a.Compare(bigger) >= 0 || bigger.Compare(a) <= 0 {
			t.Errorf("%v is not before %v", a, bigger)
		}
	}
	if a.Compare(a) != 0 || a.IsZero() || !(clinic.EventRef{}).IsZero() {
		t.Error("a reference differs from itself")
	}
}
