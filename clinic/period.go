package clinic

import "time"

// The two kinds of period.
const (
	FixedPeriod   = "fixed"   // books in a window for the days of one week (C3)
	RollingPeriod = "rolling" // open every day, each slot closes by itself (C4)
)

// Period is a round of booking (期別). Lead time, closing time and cancel
// deadline are its data.
type Period struct {
	ID         string   `json:"id"`
	Number     int      `json:"number"` // 第47期; 0 for a rolling period
	Year       int      `json:"year"`   // Gregorian
	Kind       string   `json:"kind"`
	Label      Text     `json:"label"`
	Programmes []string `json:"programmes"`

	// Opens and Closes bound the booking window; a rolling period has none and
	// both are zero.
	Opens  time.Time `json:"opens,omitzero"`
	Closes time.Time `json:"closes,omitzero"`
	// DailyFrom and DailyUntil are the hours of each day in which one may book;
	// both zero means all day. The minute of DailyUntil still counts.
	DailyFrom  TimeOfDay `json:"daily_from,omitzero"`
	DailyUntil TimeOfDay `json:"daily_until,omitzero"`
	// First and Last are the vaccination days.
	First Date `json:"first"`
	Last  Date `json:"last"`

	// LeadDays is the least number of days between booking and vaccination: 1
	// means no same-day booking, 6 opens dates from D+6 on.
	LeadDays int `json:"lead_days"`
	// A slot closes CloseDays before its day at CloseAt; CloseDays 1 and 12:00
	// is noon of the day before. CloseDays 0 with CloseAt 0 means LeadDays
	// alone decides.
	CloseDays int       `json:"close_days,omitempty"`
	CloseAt   TimeOfDay `json:"close_at,omitzero"`
	// CancelDays before the day is the last day on which one may cancel online.
	CancelDays int `json:"cancel_days"`
	// HoldMinutes is how long a place is kept for somebody who has chosen it and
	// fills in the form; 0 means StandardHold. Longer where elders book.
	HoldMinutes int `json:"hold_minutes,omitempty"`
}

// StandardHold is how many minutes a chosen place is kept.
const StandardHold = 10

// HeldUntil gives the instant until which a place on a day is kept for somebody
// who chooses it now: never beyond the moment at which it can no longer be booked.
func (p Period) HeldUntil(now time.Time, day Date) time.Time {
	minutes := p.HoldMinutes
	if minutes == 0 {
		minutes = StandardHold
	}
	until := now.Add(time.Duration(minutes) * time.Minute)
	ends := []time.Time{p.SlotCloses(day)}
	if !p.Closes.IsZero() {
		ends = append(ends, p.Closes)
	}
	if p.DailyUntil != 0 {
		ends = append(ends, DateOf(now).At(p.DailyUntil+1)) // its minute still counts
	}
	for _, end := range ends {
		if end.Before(until) {
			until = end
		}
	}
	return until
}

// Covers reports whether the period books a programme.
func (p Period) Covers(programme string) bool {
	for _, code := range p.Programmes {
		if code == programme {
			return true
		}
	}
	return false
}

// Open judges the booking window at an instant.
func (p Period) Open(now time.Time) error {
	if !p.Opens.IsZero() && now.Before(p.Opens) {
		return p.opensAt(p.Opens)
	}
	if p.closedAt(now) {
		return Refuse(RefusedWindowClosed, p.Label.Args("period")...)
	}
	if p.DailyFrom == 0 && p.DailyUntil == 0 {
		return nil
	}
	today := DateOf(now)
	next := today.At(p.DailyFrom)
	switch t := TimeOfDayOf(now); {
	case t < p.DailyFrom:
	case p.DailyUntil != 0 && t > p.DailyUntil:
		next = today.AddDays(1).At(p.DailyFrom)
	default:
		return nil
	}
	if p.closedAt(next) { // the last day's hours are over
		return Refuse(RefusedWindowClosed, p.Label.Args("period")...)
	}
	return p.opensAt(next)
}

func (p Period) closedAt(t time.Time) bool {
	return !p.Closes.IsZero() && !t.Before(p.Closes) || DateOf(t).After(p.Last)
}

func (p Period) opensAt(t time.Time) error {
	return Refuse(RefusedWindowNotOpen, append(p.Label.Args("period"), "opens", t.In(Taipei).Format(time.RFC3339))...)
}

// Bookable judges whether a slot on a day may be booked at an instant: the
// window, the period's days, the lead time and the closing time.
func (p Period) Bookable(now time.Time, day Date) error {
	if err := p.Open(now); err != nil {
		return err
	}
	if day.Before(p.First) || day.After(p.Last) {
		return Refuse(RefusedNoSuchSlot)
	}
	if closed := p.SlotCloses(day); !now.Before(closed) {
		return Refuse(RefusedSlotClosed, "closed", closed.Format(time.RFC3339))
	}
	return nil
}

// SlotCloses gives the instant from which a day's slots can no longer be
// booked by the public.
func (p Period) SlotCloses(day Date) time.Time {
	closes := day.AddDays(-p.LeadDays + 1).At(0) // the end of the last day that keeps the lead
	if p.CloseDays != 0 || p.CloseAt != 0 {
		if at := day.AddDays(-p.CloseDays).At(p.CloseAt); at.Before(closes) {
			closes = at
		}
	}
	return closes
}

// Cancellable judges whether a booking for a day may still be cancelled online.
// The refusal lacks the site's phone; whoever knows the site adds it.
func (p Period) Cancellable(now time.Time, day Date) error {
	if DateOf(now).After(day.AddDays(-p.CancelDays)) {
		return Refuse(RefusedCancelTooLate)
	}
	return nil
}
