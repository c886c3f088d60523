package clinic

import (
	"fmt"
	"time"
)

// Taipei is the time zone of every date and time of day here. Taiwan has kept
// UTC+8 without summer time since 1980 (IANA time zone database, Asia/Taipei).
var Taipei = time.FixedZone("Asia/Taipei", 8*60*60)

// Date is a day of the calendar in Taiwan, without a time.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf gives the day in Taipei at the instant t.
func DateOf(t time.Time) Date {
	y, m, d := t.In(Taipei).Date()
	return Date{y, m, d}
}

// ParseDate reads 2006-01-02 and refuses days that no calendar has.
func ParseDate(s string) (Date, error) {
	t, err := time.ParseInLocation(time.DateOnly, s, Taipei)
	if err != nil {
		return Date{}, fmt.Errorf("a date reads 2026-11-24: %w", err)
	}
	return DateOf(t), nil
}

// IsZero reports whether no date was given.
func (d Date) IsZero() bool { return d == Date{} }

// String gives 2006-01-02.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }

// MarshalText writes the form of String; the zero date is empty.
func (d Date) MarshalText() ([]byte, error) {
	if d.IsZero() {
		return nil, nil
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads the form of MarshalText.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// At gives the instant of a time of day on this date.
func (d Date) At(t TimeOfDay) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, int(t), 0, 0, Taipei)
}

// AddDays gives the date n days later, or earlier for a negative n.
func (d Date) AddDays(n int) Date {
	return DateOf(time.Date(d.Year, d.Month, d.Day+n, 12, 0, 0, 0, Taipei))
}

// Weekday gives the day of the week.
func (d Date) Weekday() time.Weekday { return d.At(12 * 60).Weekday() }

// Compare is negative when d is before other, zero when equal.
func (d Date) Compare(other Date) int {
	if d.Year != other.Year {
		return d.Year - other.Year
	}
	if d.Month != other.Month {
		return int(d.Month - other.Month)
	}
	return d.Day - other.Day
}

// Before reports whether d is an earlier day than other.
func (d Date) Before(other Date) bool { return d.Compare(other) < 0 }

// After reports whether d is a later day than other.
func (d Date) After(other Date) bool { return d.Compare(other) > 0 }

// DaysSince counts the days from other to d.
func (d Date) DaysSince(other Date) int {
	return int(d.At(12*60).Sub(other.At(12*60)).Hours()) / 24
}

// MonthsSince counts the whole months from other to d, as ages are counted: a
// child born on 31 August is one month old on 1 October, because September has
// no 31st.
func (d Date) MonthsSince(other Date) int {
	months := (d.Year-other.Year)*12 + int(d.Month-other.Month)
	if d.Day < other.Day {
		months--
	}
	return months
}

// TimeOfDay counts minutes since midnight in Taipei.
type TimeOfDay int

// ParseTimeOfDay reads 15:04, from 00:00 to 23:59.
func ParseTimeOfDay(s string) (TimeOfDay, error) {
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != 5 {
		return 0, fmt.Errorf("a time of day reads 09:30, not %q", s)
	}
	return TimeOfDay(t.Hour()*60 + t.Minute()), nil
}

// TimeOfDayOf gives the time of day in Taipei at the instant t.
func TimeOfDayOf(t time.Time) TimeOfDay {
	h, m, _ := t.In(Taipei).Clock()
	return TimeOfDay(h*60 + m)
}

// String gives 15:04.
func (t TimeOfDay) String() string { return fmt.Sprintf("%02d:%02d", int(t)/60, int(t)%60) }

// MarshalText writes the form of String.
func (t TimeOfDay) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads the form of String.
func (t *TimeOfDay) UnmarshalText(text []byte) error {
	parsed, err := ParseTimeOfDay(string(text))
	if err != nil {
		return err
	}
	*t = parsed
	return nil
}
