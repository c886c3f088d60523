package reception

import (
	"context"

	"ezhitong.tw/clinic"
)

// Session is a slot of today that is not over, as a desk sees it that takes somebody
// in without a booking.
type Session struct {
	Slot      clinic.Slot
	Vaccine   clinic.Vaccine
	Programme clinic.Programme
	Left      int  // places that this device may give by itself
	Asked     bool // more were asked of central, which has not answered
}

// Sessions lists the slots of today that are not over, by time.
func (c *Counter) Sessions(ctx context.Context) ([]Session, error) {
	now := c.Replica.Now()
	slots, err := c.Replica.Slots(ctx, clinic.DateOf(now))
	if err != nil {
		return nil, err
	}
	programmes, err := c.Replica.Programmes(ctx)
	if err != nil {
		return nil, err
	}
	errands, err := c.Replica.Errands(ctx)
	if err != nil {
		return nil, err
	}
	var out []Session
	for _, s := range slots {
		programme := programmes[s.Programme]
		v, ok := programme.Vaccine(s.Vaccine)
		if !ok || !now.Before(s.Date.At(s.End)) {
			continue
		}
		left, err := c.Replica.Left(ctx, s.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, Session{Slot: s, Vaccine: v, Programme: programme, Left: left, Asked: wished(errands, s.ID)})
	}
	return out, nil
}

// Dose gives the dose of the session's vaccine that a person may have by age: the
// first that admits them, or why none does.
func (s Session) Dose(p clinic.Person) (i int, err error) {
	for i, d := range s.Vaccine.Doses {
		if err = d.Admits(p.Birth, s.Slot.Date); err == nil {
			return i, nil
		}
	}
	return -1, err
}
