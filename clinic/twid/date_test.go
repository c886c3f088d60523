package twid_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"ezhitong.tw/clinic"
	"ezhitong.tw/clinic/twid"
)

var today = clinic.Date{Year: 2026, Month: 11, Day: 24}

func TestDatesReadAsInTaiwan(t *testing.T) {
	for _, c := range []struct {
		d                        clinic.Date
		long, short, slash, card string
	}{
		{clinic.Date{Year: 2026, Month: 11, Day: 24}, "115年11月24日", "11/24（二）", "115/11/24", "1151124"},
		{clinic.Date{Year: 2026, Month: 11, Day: 30}, "115年11月30日", "11/30（一）", "115/11/30", "1151130"},
		{clinic.Date{Year: 1961, Month: 6, Day: 5}, "50年6月5日", "6/5（一）", "050/06/05", "0500605"},
		{clinic.Date{Year: 1911, Month: 12, Day: 31}, "民國前1年12月31日", "12/31（日）", "000/12/31", ""},
	} {
		if l, s, sl, ca := twid.LongDate(c.d), twid.ShortDate(c.d), twid.SlashDate(c.d), twid.CardDate(c.d); l != c.long || s != c.short || sl != c.slash || ca != c.card {
			t.Errorf("%s: %s %s %s %s", c.d, l, s, sl, ca)
		}
	}
}

func TestABirthDateIsReadHoweverItIsWritten(t *testing.T) {
	for typed, want := range map[string]string{
		"1961-06-15":       "1961-06-15",
		"1961/6/15":        "1961-06-15",
		"1961.06.15":       "1961-06-15",
		"050/06/15":        "1961-06-15",
		"50/6/15":          "1961-06-15",
		"50-6-15":          "1961-06-15",
		"民國50年6月15日":       "1961-06-15",
		"民國 50 年 6 月 15 日": "1961-06-15",
		"50年6月15日":         "1961-06-15",
		"1961年6月15日":       "1961-06-15",
		"西元1961年6月15日":     "1961-06-15",
		"民國050/06/15":      "1961-06-15",
		"19610615":         "1961-06-15",
		"0500615":          "1961-06-15",
		"５０／６／１５":          "1961-06-15",
		" 1961-06-15 ":     "1961-06-15",
		"104/2/28":         "2015-02-28",
		"1040228":          "2015-02-28",
		"民國1年1月1日":         "1912-01-01",
		"2024-02-29":       "2024-02-29",
		"115/11/24":        "2026-11-24",
	} {
		d, err := twid.ParseBirth(typed, today)
		if err != nil || d.String() != want {
			t.Errorf("%q: %s %v, want %s", typed, d, err, want)
		}
	}
}

func TestABirthDateThatCouldMeanTwoDaysIsRefused(t *testing.T) {
	for _, typed := range []string{
		"", " ", "abc", "50", "50/6", "50/6/15/1", "1961-06/15",
		"500615", "61615", "15/6/1961", "06/15/1961", "8/6/15", "'61/6/15",
		"1961-02-29", "1961-13-01", "1961-00-10", "1961-06-31", "1961-6-0", "0000615", "000/06/15",
		"2026-11-25", "115/11/25", "1151125", "民國1961年6月15日", "2961-06-15",
		"1800-01-01", "0050-06-15", "西元50年6月15日", "民國前3年6月15日",
		"1961-006-15", "+961-06-15", "1961--6-15", "50年6月", "50年6月15日生",
		"99999999999999999999/1/1",
	} {
		if d, err := twid.ParseBirth(typed, today); !errors.Is(err, clinic.Refuse(clinic.RefusedBirth)) || !d.IsZero() {
			t.Errorf("%q: %s %v", typed, d, err)
		}
	}
}

func TestTheCardsSevenDigits(t *testing.T) {
	for s, want := range map[string]string{"0790215": "1990-02-15", "1120704": "2023-07-04", "0010101": "1912-01-01"} {
		if d, err := twid.ParseCardDate(s, today); err != nil || d.String() != want {
			t.Errorf("%s: %s %v", s, d, err)
		}
	}
	for _, s := range []string{"", "790215", "07902155", "079021a", "0000215", "0791315", "0790230", "1151125", "079 215"} {
		if _, err := twid.ParseCardDate(s, today); !errors.Is(err, clinic.Refuse(clinic.RefusedBirth)) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestEveryWayOfWritingADayMeansThatDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := clinic.Date{Year: 1921, Month: 1, Day: 1}.AddDays(rapid.IntRange(0, 38000).Draw(t, "days"))
		for _, s := range []string{d.String(), twid.LongDate(d), "民國" + twid.LongDate(d), twid.SlashDate(d), twid.CardDate(d)} {
			got, err := twid.ParseBirth(s, today)
			if d.After(today) {
				if err == nil {
					t.Fatalf("%s lies in the future", s)
				}
				continue
			}
			if err != nil || got != d {
				t.Fatalf("%q: %s %v, want %s", s, got, err, d)
			}
		}
	})
}

func FuzzParseBirth(f *testing.F) {
	for _, s := range []string{"1961-06-15", "050/06/15", "民國50年6月15日", "19610615", "0500615", "西元1961年6月15日", "5０/6/15", "500615"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := twid.ParseBirth(s, today)
		if err != nil {
			var refusal *clinic.Refusal
			if !errors.As(err, &refusal) || !d.IsZero() {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		if d.After(today) || d.Year < today.Year-130 {
			t.Fatalf("%q gave %s", s, d)
		}
		if again, err := twid.ParseBirth(d.String(), today); err != nil || again != d {
			t.Fatalf("%q gave %s, which gave %s %v", s, d, again, err)
		}
	})
}

func FuzzParseCardDate(f *testing.F) {
	f.Add("0790215")
	f.Add("1120704")
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := twid.ParseCardDate(s, today); err == nil && twid.CardDate(d) != s {
			t.Fatalf("%q gave %s, which is %q on a card", s, d, twid.CardDate(d))
		}
	})
}
