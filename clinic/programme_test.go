package clinic_test

import (
	"encoding/json"
	"errors"
	"testing"

	"ezhitong.tw/clinic"
)

func day(s string) clinic.Date {
	d, err := clinic.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func age(s string) clinic.Age {
	a, err := clinic.ParseAge(s)
	if err != nil {
		panic(err)
	}
	return a
}

// refusal gives the code of a refusal, "" for nil; a failure fails the test.
func refusal(t *testing.T, err error) *clinic.Refusal {
	t.Helper()
	if err == nil {
		return &clinic.Refusal{}
	}
	var r *clinic.Refusal
	if !errors.As(err, &r) {
		t.Fatalf("not a refusal: %v", err)
	}
	return r
}

func TestADoseAdmitsByAgeOnTheDay(t *testing.T) {
	toddlers := []clinic.AgeBand{{From: age("6m"), Below: age("6y")}}
	elders := []clinic.AgeBand{{From: age("65y")}}
	influenza := append(append([]clinic.AgeBand{}, toddlers...), elders...)
	for _, c := range []struct {
		story, born, day string
		ages             []clinic.AgeBand
		code, limit      string
	}{
		{"six months today", "2026-05-24", "2026-11-24", toddlers, "", ""},
		{"six months tomorrow", "2026-05-25", "2026-11-24", toddlers, clinic.RefusedTooYoung, "6m"},
		{"born on the 31st, no 31st in November", "2026-05-31", "2026-11-30", toddlers, clinic.RefusedTooYoung, "6m"},
		{"so it is the first of December", "2026-05-31", "2026-12-01", toddlers, "", ""},
		{"the day before the sixth birthday", "2020-11-25", "2026-11-24", toddlers, "", ""},
		{"on the sixth birthday", "2020-11-24", "2026-11-24", toddlers, clinic.RefusedTooOld, "6y"},
		{"65 on the day", "1961-11-24", "2026-11-24", elders, "", ""},
		{"65 a day later", "1961-11-25", "2026-11-24", elders, clinic.RefusedTooYoung, "65y"},
		{"born on a leap day, on 28 February", "2012-02-29", "2018-02-28", toddlers, "", ""},
		{"born on a leap day, on 1 March", "2012-02-29", "2018-03-01", toddlers, clinic.RefusedTooOld, "6y"},
		{"between two bands: the next one counts", "1990-01-01", "2026-11-24", influenza, clinic.RefusedTooYoung, "65y"},
		{"before the first of two bands", "2026-11-01", "2026-11-24", influenza, clinic.RefusedTooYoung, "6m"},
		{"in the second band", "1940-01-01", "2026-11-24", influenza, "", ""},
		{"no limits", "1990-01-01", "2026-11-24", nil, "", ""},
		{"only an upper limit, born that day", "2026-11-24", "2026-11-24", []clinic.AgeBand{{Below: age("1y")}}, "", ""},
		{"not yet born", "2026-11-25", "2026-11-24", toddlers, clinic.RefusedBirth, ""},
		{"above two upper limits", "1990-01-01", "2026-11-24", []clinic.AgeBand{{Below: age("5y")}, {Below: age("6y")}}, clinic.RefusedTooOld, "6y"},
	} {
		rule := clinic.DoseRule{Ages: c.ages}
		r := refusal(t, rule.Admits(clinic.NewBirth(day(c.born)), day(c.day)))
		if r.Code != c.code || r.Args["limit"] != c.limit {
			t.Errorf("%s: %q %v", c.story, r.Code, r.Args)
		}
	}
	if r := refusal(t, clinic.DoseRule{Ages: elders}.Admits(clinic.Birth{}, day("2026-11-24"))); r.Code != clinic.RefusedBirth {
		t.Errorf("a birth nobody gave: %q", r.Code)
	}
}

func TestWholeMonthsAreCountedAsAgesAre(t *testing.T) {
	for _, c := range []struct {
		from, to string
		months   int
	}{
		{"2026-01-31", "2026-02-28", 0},
		{"2026-01-31", "2026-03-01", 1},
		{"2026-08-31", "2026-09-30", 0},
		{"2026-08-31", "2026-10-01", 1},
		{"2024-02-29", "2025-02-28", 11},
		{"2024-02-29", "2025-03-01", 12},
		{"2025-12-31", "2026-01-01", 0},
		{"2025-12-31", "2026-01-31", 1},
		{"2026-11-24", "2026-11-24", 0},
	} {
		if got := day(c.to).MonthsSince(day(c.from)); got != c.months {
			t.Errorf("%s to %s: %d, want %d", c.from, c.to, got, c.months)
		}
	}
}

func TestAnAgeReadsAsItIsWritten(t *testing.T) {
	for s, want := range map[string]string{"6m": "6m", "65y": "65y", "18m": "18m", "12m": "1y", "0y": "", "150y": "150y"} {
		if a, err := clinic.ParseAge(s); err != nil || a.String() != want {
			t.Errorf("%s: %v %v", s, a, err)
		}
	}
	for _, s := range []string{"", "y", "6", "+6m", "-6m", "6 m", "6d", "1801m", "99999999999y", "６m"} {
		if a, err := clinic.ParseAge(s); err == nil {
			t.Errorf("%q passed as %v", s, a)
		}
	}
}

func TestAProgrammeSurvivesJSON(t *testing.T) {
	text := `{"code":"mpox","name":{"zh-TW":"猴痘"},"summary":{"zh-TW":"高風險者"},"notices":null,"bring":null,"fee":{"zh-TW":"掛號費"},` +
		`"vaccines":[{"code":"mpox","name":{"zh-TW":"猴痘"},"doses":[{"code":"dose2","name":{"zh-TW":"第 2 劑"},"ages":[{"from":"18y"},{"below":"6y"}],"after":["dose1"],"interval_days":28}]}]}`
	var p clinic.Programme
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(p)
	if err != nil || string(out) != text {
		t.Errorf("%v\n got %s\nwant %s", err, out, text)
	}
	v, ok := p.Vaccine("mpox")
	d, ok2 := v.Dose("dose2")
	if !ok || !ok2 || d.IntervalDays != 28 || d.Ages[0].From.Months != 216 || d.Name.In("en") != "第 2 劑" {
		t.Errorf("%+v", d)
	}
	if _, ok := p.Vaccine("bnt"); ok {
		t.Error("found a vaccine that is not there")
	}
}
