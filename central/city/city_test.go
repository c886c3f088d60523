package city

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	assets "ezhitong.tw/assets/city"
	"ezhitong.tw/clinic"
	"ezhitong.tw/clinic/twid"
)

// today is a Tuesday, within the booking window of the week.
var today = clinic.Date{Year: 2026, Month: 11, Day: 24}

func load(t *testing.T, day clinic.Date) Profile {
	t.Helper()
	p, err := Load(day)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTaichungIsAllThere(t *testing.T) {
	p := load(t, today)
	if len(p.Districts) != 29 || len(p.Programmes) != 3 || len(p.Periods) != 4 {
		t.Errorf("%d districts, %d programmes, %d periods", len(p.Districts), len(p.Programmes), len(p.Periods))
	}
	clinics, centres := map[string]int{}, map[string]int{}
	for _, s := range p.Sites {
		if s.Kind == "health_centre" {
			centres[s.District]++
		} else {
			clinics[s.District]++
		}
	}
	for _, name := range twid.Districts() {
		if clinics[name] == 0 || centres[name] != 1 {
			t.Errorf("%s: %d clinics, %d health centres", name, clinics[name], centres[name])
		}
	}
	if n := len(p.Sites) - len(p.Districts); n < 60 {
		t.Errorf("only %d contract clinics", n)
	}
	for _, s := range p.Slots {
		if s.Capacity < 10 || s.Capacity > 30 {
			t.Errorf("slot %s has %d places", s.ID, s.Capacity)
		}
	}
	t.Logf("%d sites, %d slots", len(p.Sites), len(p.Slots))
}

func TestTheSameDayGivesTheSameCity(t *testing.T) {
	if !reflect.DeepEqual(load(t, today), load(t, today)) {
		t.Error("two loads differ")
	}
	// The next day keeps the ids of the slots that both have.
	ids := map[clinic.ID]clinic.Slot{}
	for _, s := range load(t, today).Slots {
		ids[s.ID] = s
	}
	same := 0
	for _, s := range load(t, today.AddDays(1)).Slots {
		if old, ok := ids[s.ID]; ok {
			same++
			if old != s {
				t.Fatalf("slot %s was %+v, is %+v", s.ID, old, s)
			}
		}
	}
	if same < len(ids)/2 {
		t.Errorf("only %d of %d slots are there the next day", same, len(ids))
	}
	if id := SlotID("3566110001", "influenza", today, 9*60); id.String() != "9f338c92-7385-8a1c-ad31-cf1f1ee89db0" {
		t.Errorf("the id of a slot has changed to %s", id)
	}
}

// bookable counts the slots of a programme that the public can book at an instant.
func bookable(p Profile, programme string, now time.Time) int {
	n := 0
	for _, s := range p.Slots {
		if s.Programme != programme {
			continue
		}
		i := slices.IndexFunc(p.Periods, func(q clinic.Period) bool { return q.ID == s.Period })
		if p.Periods[i].Bookable(now, s.Date) == nil {
			n++
		}
	}
	return n
}

func TestAFreshStartHasSomethingToBookAtAnyHourOfAnyDay(t *testing.T) {
	for i := range 14 {
		day := today.AddDays(i)
		p := load(t, day)
		here := 0
		for _, s := range p.Slots {
			if s.Date == day {
				here++
			}
			if s.Date.Before(day) {
				t.Fatalf("%s: a slot lies in the past: %+v", day, s)
			}
		}
		if here == 0 {
			t.Errorf("%s: no clinic vaccinates today, nobody can walk in", day)
		}
		for _, hour := range []int{0, 8, 9, 12, 19, 20, 23} {
			now := day.At(clinic.TimeOfDay(hour * 60))
			if bookable(p, "influenza", now) == 0 {
				t.Errorf("%s %d h: no influenza to book", day, hour)
			}
			weekday := isoWeekday(day)
			open := weekday == 2 || weekday == 1 && hour >= 9 || weekday == 3 && hour < 20
			for _, code := range []string{"covid19", "mpox"} {
				if got := bookable(p, code, now) > 0; got != open {
					t.Errorf("%s %d h, weekday %d: %s can be booked: %v", day, hour, weekday, code, got)
				}
			}
		}
	}
}

func TestWhenAWindowIsClosedTheNextOneIsAnnounced(t *testing.T) {
	friday := clinic.Date{Year: 2026, Month: 11, Day: 27}
	p := load(t, friday)
	last := p.Periods[2]
	if last.ID != "weekly-2026-49" || last.Label["zh-TW"] != "115年第49期" || !last.Opens.Equal(clinic.Date{Year: 2026, Month: 11, Day: 30}.At(9*60)) {
		t.Errorf("%+v", last)
	}
	var refusal *clinic.Refusal
	if err := last.Open(friday.At(0)); !errors.As(err, &refusal) || refusal.Args["opens"] != "2026-11-30T09:00:00+08:00" {
		t.Errorf("%v", err)
	}
}

func TestPeriodsAreNumberedAsTheCityDoes(t *testing.T) {
	p := load(t, clinic.Date{Year: 2023, Month: 5, Day: 31})
	q := p.Periods[1]
	if q.Year != 2023 || q.Number != 22 || q.First.String() != "2023-06-05" || q.Last.String() != "2023-06-11" ||
		q.Opens.Format(time.RFC3339) != "2023-05-29T09:00:00+08:00" || q.Closes.Format(time.RFC3339) != "2023-05-31T20:00:00+08:00" {
		t.Errorf("%+v", q)
	}
	for _, day := range []string{"2026-12-31", "2027-01-01", "2027-01-03", "2028-02-29"} {
		d, err := clinic.ParseDate(day)
		if err != nil {
			t.Fatal(err)
		}
		load(t, d) // validates
	}
}

func TestEveryVaccineAndDoseHasAPlace(t *testing.T) {
	p := load(t, today)
	for _, programme := range p.Programmes {
		for _, v := range programme.Vaccines {
			if !slices.ContainsFunc(p.Slots, func(s clinic.Slot) bool { return s.Vaccine == v.Code }) {
				t.Errorf("no slot for %s", v.Code)
			}
		}
	}
}

func TestTheRulesOfTheSourceAreTheData(t *testing.T) {
	rules := map[string]clinic.DoseRule{}
	for _, p := range load(t, today).Programmes {
		for _, v := range p.Vaccines {
			for _, d := range v.Doses {
				rules[v.Code+" "+d.Code] = d
			}
		}
	}
	born := func(s string) clinic.Birth {
		d, err := clinic.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return clinic.NewBirth(d)
	}
	for _, c := range []struct {
		dose, born, code string
	}{
		{"influenza single", "2026-05-24", ""},
		{"influenza single", "2020-11-24", clinic.RefusedTooYoung},
		{"influenza single", "1961-11-24", ""},
		{"bnt-infant primary3", "2021-11-24", clinic.RefusedTooOld},
		{"bnt-child booster", "2021-11-24", ""},
		{"bnt-adult booster", "2014-11-25", clinic.RefusedTooYoung},
		{"moderna-infant primary2", "2020-11-25", ""},
		{"mpox dose2", "1990-01-01", ""},
	} {
		rule, ok := rules[c.dose]
		if !ok {
			t.Errorf("there is no %s", c.dose)
			continue
		}
		if err := rule.Admits(born(c.born), today); (err == nil) != (c.code == "") || c.code != "" && !errors.Is(err, clinic.Refuse(c.code)) {
			t.Errorf("%s, born %s: %v", c.dose, c.born, err)
		}
	}
	if rules["mpox dose2"].IntervalDays != 28 || rules["bnt-adult booster"].IntervalDays != 84 {
		t.Error("28 days for mpox, 84 for a booster")
	}
}

func TestTheInventedPeopleCouldBook(t *testing.T) {
	people, err := assets.People()
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[twid.Kind]int{}
	for _, p := range people {
		n, err := twid.ParseID(p.ID)
		if err != nil || string(n.Sex) != p.Sex {
			t.Errorf("%s: %v, %s on the number, %s on the card", p.ID, err, n.Sex, p.Sex)
		}
		if _, err := twid.ParseBirth(p.Birth, today); err != nil {
			t.Errorf("%s: %v", p.ID, err)
		}
		kinds[n.Kind]++
	}
	if len(kinds) != 3 {
		t.Errorf("kinds of number: %v", kinds)
	}
}

func TestAProgrammeThatIsNotGoodIsNotLoaded(t *testing.T) {
	good, err := assets.Files.ReadFile("programmes/mpox.json")
	if err != nil {
		t.Fatal(err)
	}
	bad := strings.Replace(string(good), `"dose2"`, `"dose1"`, 1)
	files := fstest.MapFS{"programmes/a.json": {Data: good}, "programmes/b.json": {Data: []byte(bad)}}
	_, err = programmes(files)
	for _, words := range []string{"programmes/b.json:2:11: ", "the programme mpox is in programmes/a.json, line 2", "the dose dose1 stands twice"} {
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%q was not said, but: %v", words, err)
		}
	}
	if list, err := Programmes(); err != nil || len(list) != 3 || list[0].Code != "covid19" {
		t.Errorf("%d programmes, %v", len(list), err)
	}
}

func TestWhatDoesNotFitIsSaidInWords(t *testing.T) {
	for words, spoil := range map[string]func(*Profile){
		"district 中區 stands twice":     func(p *Profile) { p.Districts[1] = p.Districts[0] },
		"is no district of Taichung":   func(p *Profile) { p.Districts[0].Name = "信義區" },
		"its health centre x is none":  func(p *Profile) { p.Districts[0].HealthCentre = "x" },
		"site 2366010001 stands twice": func(p *Profile) { p.Sites[1] = p.Sites[0] },
		"which is no district":         func(p *Profile) { p.Sites[0].District = "" },
		"ten digits":                   func(p *Profile) { p.Sites[0].Code = "12" },
		"rings nowhere":                func(p *Profile) { p.Sites[0].Phone = "12" },
		"offers \"x\"":                 func(p *Profile) { p.Sites[0].Offers = []string{"x"} },
		"is for \"x\"":                 func(p *Profile) { p.Periods[0].Programmes = []string{"x"} },
		"there is no kind \"x\"":       func(p *Profile) { p.Periods[0].Kind = "x" },
		"lasts from 2026-11-23 to":     func(p *Profile) { p.Periods[0].Last = p.Periods[0].First.AddDays(-1) },
		"opens at":                     func(p *Profile) { p.Periods[0].Closes = p.Periods[0].Opens },
		"is rolling and has a window":  func(p *Profile) { p.Periods[3].Opens = p.Periods[0].Opens },
		"which is no period":           func(p *Profile) { p.Slots[0].Period = "x" },
		"which is no site":             func(p *Profile) { p.Slots[0].Site = "x" },
		"is no vaccine of programme":   func(p *Profile) { p.Slots[0].Vaccine = "x" },
		"is no day of period":          func(p *Profile) { p.Slots[0].Date = today.AddDays(99) },
		"lasts from 10:00 to 10:00":    func(p *Profile) { p.Slots[0].Start, p.Slots[0].End = 600, 600 },
		"1 of 0 places are taken":      func(p *Profile) { p.Slots[0].Capacity, p.Slots[0].Taken = 0, 1 },
		"-8a1c-ad31-cf1f1ee89db0 stands twice": func(p *Profile) {
			p.Slots[0].ID = SlotID("3566110001", "influenza", today, 9*60)
			p.Slots[1].ID = p.Slots[0].ID
		},
	} {
		p := load(t, today)
		spoil(&p)
		if err := Validate(p); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%q was not said, but: %v", words, err)
		}
	}
}
