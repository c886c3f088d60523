package clinic_test

import (
	"testing"
	"time"

	"ezhitong.tw/clinic"
)

func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04:05", s, clinic.Taipei)
	if err != nil {
		panic(err)
	}
	return t
}

var (
	// 第47期: Monday 09:00 to Wednesday 20:00 for the days of the next week (C3).
	fixed = clinic.Period{
		Kind: clinic.FixedPeriod, Number: 47, Label: clinic.Text{"zh-TW": "第47期", "en": "period 47"}, Programmes: []string{"covid19", "mpox"},
		Opens: at("2026-11-23 09:00:00"), Closes: at("2026-11-25 20:00:00"),
		First: day("2026-11-30"), Last: day("2026-12-06"), LeadDays: 1, CancelDays: 2,
	}
	// 2022年第1期 had hours: 06:00 to 23:59 each day.
	hours = clinic.Period{
		Kind: clinic.FixedPeriod, Label: clinic.Text{"zh-TW": "第1期"},
		Opens: at("2022-06-30 00:00:00"), Closes: at("2022-07-02 00:00:00"), DailyFrom: 6 * 60, DailyUntil: 23*60 + 59,
		First: day("2022-07-04"), Last: day("2022-07-10"), LeadDays: 1,
	}
	// Open every day, until noon of the day before (C4).
	rolling = clinic.Period{
		Kind: clinic.RollingPeriod, Label: clinic.Text{"zh-TW": "流感"}, Programmes: []string{"influenza"},
		First: day("2026-11-01"), Last: day("2026-12-15"), LeadDays: 1, CloseDays: 1, CloseAt: 12 * 60, CancelDays: 2,
	}
	// Influenza in 2022 offered dates from D+6 on.
	sixDays = clinic.Period{Kind: clinic.RollingPeriod, First: day("2026-11-01"), Last: day("2026-12-15"), LeadDays: 6}
)

func TestABookingWindowOpensAndCloses(t *testing.T) {
	for _, c := range []struct {
		story       string
		p           clinic.Period
		now         string
		code, opens string
	}{
		{"a second before nine", fixed, "2026-11-23 08:59:59", clinic.RefusedWindowNotOpen, "2026-11-23T09:00:00+08:00"},
		{"at nine", fixed, "2026-11-23 09:00:00", "", ""},
		{"in the night between", fixed, "2026-11-24 03:00:00", "", ""},
		{"a second before eight", fixed, "2026-11-25 19:59:59", "", ""},
		{"at eight", fixed, "2026-11-25 20:00:00", clinic.RefusedWindowClosed, ""},
		{"before the daily hours", hours, "2022-06-30 05:59:59", clinic.RefusedWindowNotOpen, "2022-06-30T06:00:00+08:00"},
		{"in the last minute of the day", hours, "2022-06-30 23:59:59", "", ""},
		{"the next morning", hours, "2022-07-01 00:00:00", clinic.RefusedWindowNotOpen, "2022-07-01T06:00:00+08:00"},
		{"after the last hour", hours, "2022-07-02 00:00:00", clinic.RefusedWindowClosed, ""},
		{"a rolling period has no window", rolling, "2026-11-10 03:00:00", "", ""},
		{"until its last day is over", rolling, "2026-12-15 23:59:59", "", ""},
		{"then it is closed", rolling, "2026-12-16 00:00:00", clinic.RefusedWindowClosed, ""},
	} {
		r := refusal(t, c.p.Open(at(c.now)))
		if r.Code != c.code || r.Args["opens"] != c.opens {
			t.Errorf("%s: %q %v", c.story, r.Code, r.Args)
		}
		if c.code != "" && r.Args["period"] != c.p.Label["zh-TW"] {
			t.Errorf("%s: the refusal does not name the period: %v", c.story, r.Args)
		}
	}
	if r := refusal(t, fixed.Open(at("2026-11-20 00:00:00"))); r.Args["period@en"] != "period 47" {
		t.Errorf("an English reader gets %v", r.Args)
	}
}

func TestAfterTheLastDaysHoursNobodyIsToldToComeTomorrow(t *testing.T) {
	p := hours
	p.Closes, p.DailyUntil = at("2022-07-02 00:00:00"), 20*60
	if r := refusal(t, p.Open(at("2022-06-30 21:00:00"))); r.Code != clinic.RefusedWindowNotOpen || r.Args["opens"] != "2022-07-01T06:00:00+08:00" {
		t.Errorf("on the first evening: %q %v", r.Code, r.Args)
	}
	if r := refusal(t, p.Open(at("2022-07-01 21:00:00"))); r.Code != clinic.RefusedWindowClosed {
		t.Errorf("on the last evening: %q %v", r.Code, r.Args)
	}
}

func TestASlotCanBeBookedUntilItsPeriodSaysNo(t *testing.T) {
	for _, c := range []struct {
		story    string
		p        clinic.Period
		now, day string
		code     string
	}{
		{"Monday of next week", fixed, "2026-11-23 09:00:00", "2026-11-30", ""},
		{"Sunday of next week", fixed, "2026-11-25 19:59:59", "2026-12-06", ""},
		{"a day before the period", fixed, "2026-11-23 09:00:00", "2026-11-29", clinic.RefusedNoSuchSlot},
		{"a day after the period", fixed, "2026-11-23 09:00:00", "2026-12-07", clinic.RefusedNoSuchSlot},
		{"the window decides first", fixed, "2026-11-22 09:00:00", "2026-11-30", clinic.RefusedWindowNotOpen},
		{"tomorrow, before noon", rolling, "2026-11-24 11:59:59", "2026-11-25", ""},
		{"tomorrow, at noon", rolling, "2026-11-24 12:00:00", "2026-11-25", clinic.RefusedSlotClosed},
		{"the day after, in the afternoon", rolling, "2026-11-24 12:00:00", "2026-11-26", ""},
		{"today is never booked by the public", rolling, "2026-11-24 00:00:00", "2026-11-24", clinic.RefusedSlotClosed},
		{"the sixth day", sixDays, "2026-11-24 23:59:59", "2026-11-30", ""},
		{"the fifth day", sixDays, "2026-11-24 00:00:00", "2026-11-29", clinic.RefusedSlotClosed},
	} {
		if r := refusal(t, c.p.Bookable(at(c.now), day(c.day))); r.Code != c.code {
			t.Errorf("%s: %q %v", c.story, r.Code, r.Args)
		}
	}
}

func TestWhenADaysSlotsClose(t *testing.T) {
	for _, c := range []struct {
		story  string
		p      clinic.Period
		closes string
	}{
		{"lead of a day: at midnight", clinic.Period{LeadDays: 1}, "2026-11-30 00:00:00"},
		{"no lead: at the end of the day itself", clinic.Period{}, "2026-12-01 00:00:00"},
		{"lead of six days", clinic.Period{LeadDays: 6}, "2026-11-25 00:00:00"},
		{"noon of the day before", clinic.Period{LeadDays: 1, CloseDays: 1, CloseAt: 12 * 60}, "2026-11-29 12:00:00"},
		{"eight on the day itself", clinic.Period{CloseAt: 8 * 60}, "2026-11-30 08:00:00"},
		{"the earlier of lead and closing", clinic.Period{LeadDays: 3, CloseDays: 1, CloseAt: 12 * 60}, "2026-11-28 00:00:00"},
	} {
		if got := c.p.SlotCloses(day("2026-11-30")); !got.Equal(at(c.closes)) {
			t.Errorf("%s: %s", c.story, got)
		}
	}
}

func TestOneMayCancelUntilTwoDaysBefore(t *testing.T) {
	for now, code := range map[string]string{
		"2026-11-28 23:59:59": "",
		"2026-11-29 00:00:00": clinic.RefusedCancelTooLate,
		"2026-11-30 08:00:00": clinic.RefusedCancelTooLate,
	} {
		if r := refusal(t, fixed.Cancellable(at(now), day("2026-11-30"))); r.Code != code {
			t.Errorf("%s: %q", now, r.Code)
		}
	}
	// The day in Taipei counts, whatever zone the clock is in.
	if r := refusal(t, fixed.Cancellable(time.Date(2026, 11, 28, 16, 30, 0, 0, time.UTC), day("2026-11-30"))); r.Code != clinic.RefusedCancelTooLate {
		t.Error("half past midnight in Taipei passed for the day before")
	}
}

func TestAPeriodCoversItsProgrammes(t *testing.T) {
	if !fixed.Covers("mpox") || fixed.Covers("influenza") {
		t.Error("the period covers something else")
	}
}
