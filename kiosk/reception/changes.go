package reception

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
)

// Openings lists where a booking may be moved to, as far as this device knows: later
// slots of the site with the same vaccine and places left, by time, within the days
// that it has.
func (c *Counter) Openings(ctx context.Context, booking clinic.ID) ([]clinic.Slot, error) {
	b, err := c.Replica.Booking(ctx, booking)
	if err != nil {
		return nil, fmt.Errorf("look for other times: %w", err)
	}
	now := c.Replica.Now()
	var out []clinic.Slot
	for day := range daysAhead {
		slots, err := c.Replica.Slots(ctx, clinic.DateOf(now).AddDays(day))
		if err != nil {
			return nil, err
		}
		for _, s := range slots {
			if s.ID != b.Slot.ID && s.Vaccine == b.Slot.Vaccine && s.Left() > 0 && now.Before(s.Date.At(s.Start)) {
				out = append(out, s)
			}
		}
	}
	return out, nil
}

// daysAhead is how many days a device holds, today among them.
const daysAhead = 15

// Asked lists the bookings about which this device has asked central for something,
// by day; Entry.Asked says what, and what the answer was. One that has left the site
// is not listed.
func (c *Counter) Asked(ctx context.Context) ([]Entry, error) {
	asked, err := c.Replica.Asked(ctx)
	if err != nil {
		return nil, err
	}
	var bookings []clinic.Booking
	for id := range asked {
		b, err := c.Replica.Booking(ctx, id)
		if errors.Is(err, replica.ErrNoBooking) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read what was asked for: %w", err)
		}
		bookings = append(bookings, b)
	}
	slices.SortFunc(bookings, func(a, b clinic.Booking) int {
		if byDay := a.Slot.Date.Compare(b.Slot.Date); byDay != 0 {
			return byDay
		}
		if byTime := int(a.Slot.Start - b.Slot.Start); byTime != 0 {
			return byTime
		}
		return slices.Compare(a.ID[:], b.ID[:])
	})
	return c.entries(ctx, bookings)
}
