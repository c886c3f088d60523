package reception

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ezhitong.tw/clinic"
)

// Queue is who waits for the chair, as this device calls them.
type Queue struct {
	Waiting []Place // who is to be called, in order of arrival
	Called  []Place // who was called and is not seen to yet, the last one called first
	Skipped []Place // who was called and did not come
	Pace    time.Duration
}

// Place is somebody's place in the queue.
type Place struct {
	Entry Entry
	Wait  time.Duration // about how long until their turn, for who is to be called
	Room  string        // where they were called to
	At    time.Time     // when
	Times int           // how often
}

// ErrNobody says that nobody is left to be called.
var ErrNobody = errors.New("nobody waits")

const (
	usualPace = 4 * time.Minute // from one person to the next, until it is known better
	leastPace = time.Minute
	mostPace  = 15 * time.Minute
	paceOver  = time.Hour // what the pace is taken from
	paceFrom  = 3         // people, at least
)

// Queue reads who waits.
func (c *Counter) Queue(ctx context.Context) (Queue, error) {
	today, err := c.Today(ctx)
	if err != nil {
		return Queue{}, err
	}
	calls, err := c.Replica.Calls(ctx)
	if err != nil {
		return Queue{}, fmt.Errorf("read whom we called: %w", err)
	}
	entries := make(map[clinic.ID]Entry)
	for _, e := range today {
		if e.Visit.Attendance == clinic.Arrived {
			entries[e.Booking.ID] = e
		}
	}
	q := Queue{Pace: pace(today, c.Replica.Now())}
	called := make(map[clinic.ID]bool)
	for _, call := range calls {
		e, waits := entries[call.Booking]
		if !waits {
			continue
		}
		called[call.Booking] = true
		p := Place{Entry: e, Room: call.Room, At: call.At, Times: call.Times}
		if call.Skipped {
			q.Skipped = append(q.Skipped, p)
		} else {
			q.Called = append(q.Called, p)
		}
	}
	for _, e := range today {
		if e.Visit.Attendance == clinic.Arrived && !called[e.Booking.ID] {
			q.Waiting = append(q.Waiting, Place{Entry: e})
		}
	}
	slices.SortStableFunc(q.Waiting, func(a, b Place) int { return a.Entry.Visit.ArrivedAt.Compare(b.Entry.Visit.ArrivedAt) })
	for i := range q.Waiting {
		q.Waiting[i].Wait = time.Duration(i+1) * q.Pace
	}
	return q, nil
}

// pace is how long it takes from one person to the next, from who was seen to within
// the last hour.
func pace(today []Entry, now time.Time) time.Duration {
	var first, last time.Time
	n := 0
	for _, e := range today {
		at := e.Visit.GivenAt
		if at.IsZero() || now.Sub(at) > paceOver {
			continue
		}
		n++
		if first.IsZero() || at.Before(first) {
			first = at
		}
		if at.After(last) {
			last = at
		}
	}
	if n < paceFrom {
		return usualPace
	}
	return min(max(last.Sub(first)/time.Duration(n-1), leastPace), mostPace)
}

// CallNext calls who has waited longest to a room, or gives ErrNobody.
func (c *Counter) CallNext(ctx context.Context, room string) (Entry, error) {
	q, err := c.Queue(ctx)
	if err != nil {
		return Entry{}, err
	}
	if len(q.Waiting) == 0 {
		return Entry{}, ErrNobody
	}
	e := q.Waiting[0].Entry
	return e, c.Call(ctx, e.Booking.ID, room)
}

// Call calls somebody to a room, or once more.
func (c *Counter) Call(ctx context.Context, booking clinic.ID, room string) error {
	return c.Replica.Call(ctx, booking, room)
}

// Skip puts somebody aside who was called and did not come (過號).
func (c *Counter) Skip(ctx context.Context, booking clinic.ID) error {
	return c.Replica.Skip(ctx, booking)
}
