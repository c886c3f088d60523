package reception

import (
	"context"
	"errors"
	"fmt"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
)

// Closing is how a day stands at its end (結班).
type Closing struct {
	Day        clinic.Date
	Booked     int // without those that were cancelled
	Vaccinated int
	Deferred   int
	NoShow     int
	Cancelled  int
	Open       []Entry // have arrived; neither vaccinated nor deferred
	Absent     []Entry // have not arrived
	Doses      []Doses
	Unsent     int // events that central has not acknowledged
	Doubts     []Doubt
}

// Doubt is what central has not counted, or wants looked at, of what happened here.
type Doubt struct {
	replica.Doubt
	Entry Entry // without a person where its booking is not known here any more
}

// Doses counts what was given of a vaccine.
type Doses struct {
	Vaccine string // in zh-TW
	Given   int
}

// Closing sums today up, as far as this device knows.
func (c *Counter) Closing(ctx context.Context) (Closing, error) {
	today, err := c.Today(ctx)
	if err != nil {
		return Closing{}, err
	}
	out := Summarise(c.Replica.Today(), today)
	waiting, err := c.Replica.Outbox(ctx, 1)
	if err != nil && !errors.Is(err, replica.ErrNotEnrolled) {
		return Closing{}, fmt.Errorf("count what is not sent: %w", err)
	}
	out.Unsent = int(waiting.Max - min(waiting.Max, waiting.Acked))
	doubts, err := c.Replica.Doubts(ctx, out.Day)
	if err != nil {
		return Closing{}, err
	}
	known := make(map[clinic.ID]Entry, len(today))
	for _, e := range today {
		known[e.Booking.ID] = e
	}
	for _, d := range doubts {
		out.Doubts = append(out.Doubts, Doubt{d, known[d.Booking]})
	}
	return out, nil
}

// Summarise sums a day's list up.
func Summarise(day clinic.Date, list []Entry) Closing {
	out := Closing{Day: day}
	given := make(map[string]int) // vaccine → index in Doses
	for _, e := range list {
		done := e.Visit.Attendance
		if !e.Booking.Active() && done < clinic.Arrived {
			out.Cancelled++
			continue
		}
		out.Booked++
		switch done {
		case clinic.Vaccinated:
			out.Vaccinated++
			i, seen := given[e.Vaccine]
			if !seen {
				i = len(out.Doses)
				given[e.Vaccine] = i
				out.Doses = append(out.Doses, Doses{Vaccine: e.Vaccine})
			}
			out.Doses[i].Given++
		case clinic.Deferred:
			out.Deferred++
		case clinic.NoShow:
			out.NoShow++
		case clinic.Arrived:
			out.Open = append(out.Open, e)
		default:
			out.Absent = append(out.Absent, e)
		}
	}
	return out
}
