package reception

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
)

// Queue is who waits for the chair, as the desks of the site call them.
type Queue struct {
	Waiting []Place // who is to be called, in order of arrival
	Called  []Place // who was called and is not seen to yet, the last one called first
	Skipped []Place // who was called and did not come
	Pace    time.Duration
	Room    string // where this device called to last; empty while it has not
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
	room, err := c.Replica.Setting(ctx, settingRoom)
	if err != nil {
		return Queue{}, fmt.Errorf("read the room: %w", err)
	}
	q := Queue{Pace: pace(today, c.Replica.Now()), Room: string(room)}
	for _, e := range today {
		call := e.Visit.Call
		p := Place{Entry: e, Room: call.Room, At: call.At, Times: call.Times}
		switch {
		case e.Visit.Attendance != clinic.Arrived:
		case call.Times == 0:
			q.Waiting = append(q.Waiting, p)
		case call.Skipped:
			q.Skipped = append(q.Skipped, p)
		default:
			q.Called = append(q.Called, p)
		}
	}
	last := func(a, b Place) int { return b.At.Compare(a.At) }
	slices.SortStableFunc(q.Called, last)
	slices.SortStableFunc(q.Skipped, last)
	slices.SortStableFunc(q.Waiting, func(a, b Place) int { return a.Entry.Visit.ArrivedAt.Compare(b.Entry.Visit.ArrivedAt) })
	for i := range q.Waiting {
		q.Waiting[i].Wait = time.Duration(i+1) * q.Pace
	}
	return q, nil
}

// settingRoom is the replica's setting of a Queue's Room.
const settingRoom = "room"

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
	for {
		q, err := c.Queue(ctx)
		if err != nil {
			return Entry{}, err
		}
		if len(q.Waiting) == 0 {
			return Entry{}, ErrNobody
		}
		e := q.Waiting[0].Entry
		first := false
		err = c.call(ctx, e.Booking.ID, func(v clinic.Visit) replica.Draft {
			if first = v.Call.Times == 0; !first { // another desk was quicker
				return replica.Draft{}
			}
			return replica.Draft{Kind: clinic.Called, Reason: room}
		})
		if err != nil || first {
			return e, errors.Join(err, c.keepRoom(ctx, q.Room, room))
		}
	}
}

// Call calls somebody who waits to a room, or once more. Who has been seen to
// meanwhile is not called.
func (c *Counter) Call(ctx context.Context, booking clinic.ID, room string) error {
	kept, err := c.Replica.Setting(ctx, settingRoom)
	if err != nil {
		return fmt.Errorf("read the room: %w", err)
	}
	err = c.call(ctx, booking, func(clinic.Visit) replica.Draft { return replica.Draft{Kind: clinic.Called, Reason: room} })
	return errors.Join(err, c.keepRoom(ctx, string(kept), room))
}

func (c *Counter) keepRoom(ctx context.Context, before, room string) error {
	if room == before {
		return nil
	}
	return c.Replica.Keep(ctx, settingRoom, []byte(room))
}

// Skip puts somebody aside who was called and did not come (過號).
func (c *Counter) Skip(ctx context.Context, booking clinic.ID) error {
	return c.call(ctx, booking, func(v clinic.Visit) replica.Draft {
		if v.Call.Times == 0 || v.Call.Skipped {
			return replica.Draft{}
		}
		return replica.Draft{Kind: clinic.PassedOver}
	})
}

// call notes what decide makes of somebody who waits.
func (c *Counter) call(ctx context.Context, booking clinic.ID, decide func(clinic.Visit) replica.Draft) error {
	_, err := c.Replica.Act(ctx, booking, func(b clinic.Booking) (replica.Draft, error) {
		v := b.Visit()
		if v.Attendance != clinic.Arrived {
			return replica.Draft{}, nil
		}
		d := decide(v)
		d.Staff = c.author()
		return d, nil
	})
	if err != nil {
		return fmt.Errorf("call %s: %w", booking, err)
	}
	return nil
}
