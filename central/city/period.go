package city

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"ezhitong.tw/clinic"
)

// template is a period without its dates.
type template struct {
	Code       string           `json:"code"`
	Kind       string           `json:"kind"`
	NotUsed    string           `json:"not_used"` // why it stands in the file all the same
	Programmes []string         `json:"programmes"`
	Label      clinic.Text      `json:"label"`
	Opens      moment           `json:"opens"`
	Closes     moment           `json:"closes"`
	DailyFrom  clinic.TimeOfDay `json:"daily_from"`
	DailyUntil clinic.TimeOfDay `json:"daily_until"`
	FirstDay   int              `json:"first_day"`
	LastDay    int              `json:"last_day"`
	LeadDays   int              `json:"lead_days"`
	CloseDays  int              `json:"close_days"`
	CloseAt    clinic.TimeOfDay `json:"close_at"`
	CancelDays int              `json:"cancel_days"`
}

// moment is a time on a day of the week, 1 Monday to 7 Sunday.
type moment struct {
	Weekday int              `json:"weekday"`
	At      clinic.TimeOfDay `json:"at"`
}

// periods makes a template concrete for a day.
func (t template) periods(today clinic.Date) ([]clinic.Period, error) {
	if t.NotUsed != "" {
		return nil, nil
	}
	switch t.Kind {
	case clinic.FixedPeriod:
		monday := today.AddDays(1 - isoWeekday(today))
		return []clinic.Period{t.fixed(monday.AddDays(-7)), t.fixed(monday), t.fixed(monday.AddDays(7))}, nil
	case clinic.RollingPeriod:
		p := t.base(today.Year, 0)
		p.ID = fmt.Sprintf("%s-%d", t.Code, today.Year)
		p.First, p.Last = today.AddDays(t.FirstDay), today.AddDays(t.LastDay)
		return []clinic.Period{p}, nil
	}
	return nil, fmt.Errorf("template %q: there is no kind %q of period", t.Code, t.Kind)
}

// fixed gives the period whose window lies in the week of a Monday. The city numbers its periods by that week:
// 2023年22期 opened on 2023-05-29, in ISO week 22.
func (t template) fixed(monday clinic.Date) clinic.Period {
	year, week := monday.At(12 * 60).ISOWeek()
	p := t.base(year, week)
	p.ID = fmt.Sprintf("%s-%d-%02d", t.Code, year, week)
	p.Opens = monday.AddDays(t.Opens.Weekday - 1).At(t.Opens.At)
	p.Closes = monday.AddDays(t.Closes.Weekday - 1).At(t.Closes.At)
	p.First, p.Last = monday.AddDays(7), monday.AddDays(13)
	return p
}

func (t template) base(year, number int) clinic.Period {
	fill := strings.NewReplacer("{year}", strconv.Itoa(year), "{roc}", strconv.Itoa(year-1911), "{number}", strconv.Itoa(number))
	label := make(clinic.Text, len(t.Label))
	for locale, text := range t.Label {
		label[locale] = fill.Replace(text)
	}
	return clinic.Period{
		Kind: t.Kind, Number: number, Year: year, Label: label, Programmes: t.Programmes,
		DailyFrom: t.DailyFrom, DailyUntil: t.DailyUntil,
		LeadDays: t.LeadDays, CloseDays: t.CloseDays, CloseAt: t.CloseAt, CancelDays: t.CancelDays,
	}
}

// isoWeekday counts from 1, Monday, to 7, Sunday.
func isoWeekday(d clinic.Date) int {
	if w := d.Weekday(); w != time.Sunday {
		return int(w)
	}
	return 7
}
