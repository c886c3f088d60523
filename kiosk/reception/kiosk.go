package reception

import (
	"context"
	"fmt"
	"slices"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
)

// News is what a waiting room may know of the day; it names nobody, and nobody's
// record is opened for it.
type News struct {
	Waiting  int           // people who arrived and have not been called
	Vaccines []clinic.Text // what is given
	From     clinic.TimeOfDay
	Until    clinic.TimeOfDay // the hours; both zero where nothing is given
	Periods  []clinic.Period  // that today's sessions belong to, by first day
	Bring    []clinic.Text    // what people bring for what is given
}

// News tells what a waiting room may know of today.
func (c *Counter) News(ctx context.Context) (n News, err error) {
	today := c.Replica.Today()
	err = c.Replica.EachVisit(ctx, today, func(_ clinic.ID, v clinic.Visit) {
		if v.Attendance == clinic.Arrived && v.Call.Times == 0 {
			n.Waiting++
		}
	})
	if err != nil {
		return n, fmt.Errorf("read how today is: %w", err)
	}
	programmes, err := c.Replica.Programmes(ctx)
	if err != nil {
		return n, err
	}
	slots, err := c.Replica.Slots(ctx, today)
	if err != nil {
		return n, err
	}
	for _, s := range slots {
		if n.Until == 0 || s.Start < n.From {
			n.From = s.Start
		}
		n.Until = max(n.Until, s.End)
		programme := programmes[s.Programme]
		v, _ := programme.Vaccine(s.Vaccine)
		n.Vaccines = addText(n.Vaccines, v.Name)
		for _, thing := range programme.Bring {
			n.Bring = addText(n.Bring, thing)
		}
	}
	periods, err := c.Replica.Periods(ctx)
	n.Periods = slices.DeleteFunc(periods, func(p clinic.Period) bool {
		return !slices.ContainsFunc(slots, func(s clinic.Slot) bool { return s.Period == p.ID })
	})
	return n, err
}

// addText adds a text to a list that does not have it.
func addText(list []clinic.Text, t clinic.Text) []clinic.Text {
	name := t.In(clinic.DefaultLocale)
	if name == "" || slices.ContainsFunc(list, func(other clinic.Text) bool { return other.In(clinic.DefaultLocale) == name }) {
		return list
	}
	return append(list, t)
}

// Offer is a place for somebody who came without a booking.
type Offer struct {
	Slot    clinic.Slot
	Dose    string
	Vaccine string // in zh-TW
	Names   clinic.Text
	Left    int // places that this device may still give
}

// Offers lists where a device may take somebody in by itself, one for each vaccine:
// the session that comes first. A dose that depends on earlier ones, or on a
// guardian, is for the desk.
func (c *Counter) Offers(ctx context.Context, p clinic.Person) ([]Offer, error) {
	now := c.Replica.Now()
	slots, err := c.Replica.Slots(ctx, clinic.DateOf(now))
	if err != nil {
		return nil, err
	}
	programmes, err := c.Replica.Programmes(ctx)
	if err != nil {
		return nil, err
	}
	var out []Offer
	for _, s := range slots {
		programme := programmes[s.Programme]
		v, _ := programme.Vaccine(s.Vaccine)
		known := slices.ContainsFunc(out, func(o Offer) bool { return o.Slot.Vaccine == s.Vaccine })
		if known || !now.Before(s.Date.At(s.End)) || p.Birth.IsZero() || programme.NeedsGuardian(p.Birth, s.Date) {
			continue
		}
		i := slices.IndexFunc(v.Doses, func(d clinic.DoseRule) bool {
			return len(d.After) == 0 && d.IntervalDays == 0 && d.Admits(p.Birth, s.Date) == nil
		})
		if i < 0 {
			continue
		}
		left, err := c.Replica.Left(ctx, s.ID)
		if err != nil {
			return nil, err
		}
		if left > 0 {
			out = append(out, Offer{Slot: s, Dose: v.Doses[i].Code, Vaccine: v.Name.In(clinic.DefaultLocale), Names: v.Name, Left: left})
		}
	}
	return out, nil
}

// wished tells whether places of a slot are asked for already.
func wished(e replica.Errands, slot clinic.ID) bool {
	return slices.ContainsFunc(e.Wishes, func(w syncproto.LeaseWish) bool { return w.Slot == slot })
}

// KeepPlaces has this device hold so many places of each session of today that is
// not over, as far as central gives them, and gives back those of the others. Call
// it now and then.
func (c *Counter) KeepPlaces(ctx context.Context, places int) error {
	now := c.Replica.Now()
	slots, err := c.Replica.Slots(ctx, clinic.DateOf(now))
	if err != nil {
		return err
	}
	errands, err := c.Replica.Errands(ctx)
	if err != nil {
		return err
	}
	for _, s := range slots {
		left, err := c.Replica.Left(ctx, s.ID)
		if err != nil {
			return err
		}
		switch over := !now.Before(s.Date.At(s.End)); {
		case over && left > 0:
			err = c.FreePlaces(ctx, s.ID)
		case !over && !wished(errands, s.ID) && left < places:
			err = c.HoldPlaces(ctx, s.ID, places-left)
		}
		if err != nil {
			return fmt.Errorf("keep places of %s: %w", s.ID, err)
		}
	}
	return nil
}
