package reception

import (
	"context"
	"fmt"

	"ezhitong.tw/clinic"
	"ezhitong.tw/clinic/twid"
	"ezhitong.tw/kiosk/replica"
)

// The codes with which a walk-in is refused here. Each has a text under "finding."
// in every language.
const (
	NoPlace       = "no_place"       // nothing left that this device may give by itself
	BookedToday   = "booked_today"   // has a booking here today: check in
	Unreadable    = "unreadable"     // no right ID number, name or date of birth
	SessionClosed = "session_closed" // the slot is of another day, or over
)

// WalkIn is somebody who came without a booking (現場), from a card or typed.
type WalkIn struct {
	Person clinic.Person
	Slot   clinic.ID // of today
	Dose   string
	// Beyond takes somebody in though this device has no place left: central finds
	// one, or counts them beyond the capacity, or has staff decide. A kiosk never
	// does.
	Beyond bool
}

// WalkIn takes somebody in who has no booking and hands out a queue number. The
// receipt is on disk.
func (c *Counter) WalkIn(ctx context.Context, w WalkIn) (Receipt, error) {
	number, err := twid.ReadID(w.Person.ID.Reveal())
	if err != nil || w.Person.Name.IsZero() || w.Person.Birth.IsZero() {
		return Receipt{}, clinic.Refuse(Unreadable)
	}
	w.Person.ID = number.ID
	made := replica.WalkIn{Person: w.Person, Slot: w.Slot, Dose: w.Dose, Staff: c.author()}
	after, err := c.Replica.Register(ctx, made, func(room replica.Room) error {
		now := c.Replica.Now()
		if room.Slot.Date != clinic.DateOf(now) || !now.Before(room.Slot.Date.At(room.Slot.End)) {
			return clinic.Refuse(SessionClosed)
		}
		for _, b := range room.Bookings {
			if b.Active() && b.Slot.Date == room.Slot.Date && b.Slot.Programme == room.Slot.Programme {
				return clinic.Refuse(BookedToday)
			}
		}
		if room.Left == 0 && !w.Beyond {
			return clinic.Refuse(NoPlace)
		}
		return nil
	})
	if err != nil {
		return Receipt{}, fmt.Errorf("take in a walk-in: %w", err)
	}
	return c.receipt(ctx, after, false)
}

// Places is how many people without a booking this device may still take into a
// slot by itself.
func (c *Counter) Places(ctx context.Context, slot clinic.ID) (int, error) {
	return c.Replica.Left(ctx, slot)
}

// HoldPlaces asks central for places of a slot for people without a booking. They
// come with the next synchronisation, as far as there are any.
func (c *Counter) HoldPlaces(ctx context.Context, slot clinic.ID, places int) error {
	return c.Replica.Wish(ctx, slot, places)
}

// FreePlaces gives back what is left of a slot's places.
func (c *Counter) FreePlaces(ctx context.Context, slot clinic.ID) error {
	return c.Replica.GiveBack(ctx, slot)
}
