package reception

import (
	"context"
	"fmt"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
)

// The codes with which something is refused of the standby list. Each has a text under
// "finding." in every language.
const (
	StandbyTaken  = "standby_taken"   // it is not their turn (any more): another desk has asked, or somebody stands before them
	StandbyNoDose = "standby_no_dose" // every dose that is left is promised
	StandbyHere   = "standby_here"    // they have checked in, which is taken back first
)

// Leftover is what is left of a product in open vials, and who waits for a place with
// it today (候補), in the drawn order.
type Leftover struct {
	Vaccine  string // code of the product
	Name     string // in zh-TW
	Doses    int    // left in open vials
	Promised int    // of them, to people on the list who come or are being asked
	Expected int    // people with a booking of today who have not been seen to
	People   []Waiting
}

// Free is how many doses may still be offered.
func (l Leftover) Free() int { return max(0, l.Doses-l.Promised) }

// StandbyEntry is somebody who waits for a place of today.
type StandbyEntry = replica.StandbyEntry

// Waiting is somebody on the standby list; Arrived means that they accepted, and have come.
type Waiting struct{ StandbyEntry }

// Turn is who is offered the next dose: the place in People; -1 where nobody waits.
func (l Leftover) Turn() int {
	for i, w := range l.People {
		if w.Answer == clinic.StandbyWaiting {
			return i
		}
	}
	return -1
}

// Leftovers gives the products of which doses lie open and for which somebody waits or
// was asked.
func (c *Counter) Leftovers(ctx context.Context) ([]Leftover, error) {
	lots, err := c.Stock(ctx)
	if err != nil {
		return nil, err
	}
	list, err := c.Replica.Standby(ctx)
	if err != nil {
		return nil, err
	}
	today, err := c.Replica.Day(ctx, c.Replica.Today())
	if err != nil {
		return nil, err
	}
	var out []Leftover
	for _, s := range lots {
		open := max(0, s.InOpen())
		if open == 0 {
			continue
		}
		i := 0
		for i < len(out) && out[i].Vaccine != s.Vaccine {
			i++
		}
		if i == len(out) {
			out = append(out, Leftover{Vaccine: s.Vaccine, Name: s.Name})
		}
		out[i].Doses += open
	}
	kept := out[:0]
	for _, l := range out {
		if l.fill(list, today); len(l.People) > 0 {
			kept = append(kept, l)
		}
	}
	return kept, nil
}

// fill adds who waits and who is expected.
func (l *Leftover) fill(list []replica.StandbyEntry, today []clinic.Booking) {
	visits := make(map[clinic.ID]clinic.Attendance, len(today))
	for _, b := range today {
		at := b.Visit().Attendance
		visits[b.ID] = at
		if b.Slot.Vaccine == l.Vaccine && b.Active() && (at == clinic.NotArrived || at == clinic.Arrived) {
			l.Expected++
		}
	}
	for _, e := range list {
		if e.Slot.Vaccine != l.Vaccine {
			continue
		}
		at := visits[e.ID]
		e.Arrived = at >= clinic.Arrived
		l.People = append(l.People, Waiting{e})
		coming := e.Answer == clinic.StandbyAccepted && at < clinic.Vaccinated
		if coming || e.Answer == clinic.StandbyOffered {
			l.Promised++
		}
		if coming {
			l.Expected--
		}
	}
}

// leftoverOf gives the product for which an entry waits; none lies open where that is
// zero.
func (c *Counter) leftoverOf(ctx context.Context, entry clinic.ID) (Leftover, error) {
	lists, err := c.Leftovers(ctx)
	if err != nil {
		return Leftover{}, err
	}
	for _, l := range lists {
		for _, w := range l.People {
			if w.ID == entry {
				return l, nil
			}
		}
	}
	return Leftover{}, nil
}

// Offer notes that the next person on the list is being asked whether they want a dose
// that is left. It refuses with StandbyTaken whom it is not the turn of, and with
// StandbyNoDose.
func (c *Counter) Offer(ctx context.Context, entry clinic.ID) error {
	of, err := c.leftoverOf(ctx, entry)
	if err != nil {
		return err
	}
	if of.Free() == 0 {
		return clinic.Refuse(StandbyNoDose)
	}
	return c.tell(ctx, entry, clinic.StandbyOffered, func(list []StandbyEntry) error {
		for _, e := range list { // the first who waits for the product
			if e.Slot.Vaccine == of.Vaccine && e.Answer == clinic.StandbyWaiting {
				if e.ID == entry {
					return nil
				}
				break
			}
		}
		return clinic.Refuse(StandbyTaken)
	})
}

// Answered notes what somebody said who was asked. Who was not reached and calls back
// may still accept, while a dose is left, or decline. It refuses with StandbyTaken
// where there is nothing to answer, and with StandbyNoDose.
func (c *Counter) Answered(ctx context.Context, entry clinic.ID, said clinic.StandbyAnswer) error {
	of, err := c.leftoverOf(ctx, entry)
	if err != nil {
		return err
	}
	return c.tell(ctx, entry, said, func(list []StandbyEntry) error {
		for _, e := range list {
			switch {
			case e.ID != entry:
			case e.Answer == clinic.StandbyOffered:
				return nil
			case e.Answer == clinic.StandbyUnreached && said == clinic.StandbyAccepted && of.Free() == 0:
				return clinic.Refuse(StandbyNoDose)
			case e.Answer == clinic.StandbyUnreached && said != clinic.StandbyUnreached:
				return nil
			}
		}
		return clinic.Refuse(StandbyTaken)
	})
}

// NotComing takes back that somebody comes, who was marked so by mistake: they are being
// asked again, and their place is free. It refuses with StandbyTaken who is not marked so
// any more, and with StandbyHere who has checked in.
func (c *Counter) NotComing(ctx context.Context, entry clinic.ID) error {
	err := c.Replica.TakeBackStandby(ctx, entry, c.author(), "undo", func(list []StandbyEntry) error {
		for _, e := range list {
			switch {
			case e.ID != entry || len(e.Accepted) == 0:
			case e.Arrived:
				return clinic.Refuse(StandbyHere)
			default:
				return nil
			}
		}
		return clinic.Refuse(StandbyTaken)
	})
	if err != nil {
		return fmt.Errorf("take back that somebody comes for a leftover dose: %w", err)
	}
	return nil
}

func (c *Counter) tell(ctx context.Context, entry clinic.ID, said clinic.StandbyAnswer, may func([]StandbyEntry) error) error {
	err := c.Replica.AnswerStandby(ctx, entry, c.author(), func(list []StandbyEntry) (clinic.StandbyAnswer, error) { return said, may(list) })
	if err != nil {
		return fmt.Errorf("note an answer to a leftover dose: %w", err)
	}
	return nil
}
