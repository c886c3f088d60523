package main

import (
	"context"
	"errors"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/clinic"
	"ezhitong.tw/clinic/twid"
	"ezhitong.tw/internal/clock"
)

// unstored stands in for the engine where bar R2 asks what storing costs: it
// judges a request by the same rules and says yes, but writes nothing down.
type unstored struct {
	*booking.Engine // for what is on offer
	clock           clock.Clock
}

// Book judges a request and keeps nothing of it.
func (u unstored) Book(_ context.Context, r booking.Request) (clinic.Booking, error) {
	now := u.clock()
	slot, ok := u.Slot(r.Slot)
	if !ok {
		return clinic.Booking{}, clinic.Refuse(clinic.RefusedNoSuchSlot)
	}
	c := u.Catalogue()
	period, ok := c.Period(slot.Period)
	if !ok || !period.Covers(slot.Programme) {
		return clinic.Booking{}, clinic.Refuse(clinic.RefusedNoSuchSlot)
	}
	if err := period.Bookable(now, slot.Date); err != nil {
		return clinic.Booking{}, err
	}
	rule, err := doseOf(c, slot.Vaccine, r.Dose)
	if err != nil {
		return clinic.Booking{}, err
	}
	p := r.Person
	number, err := twid.ReadID(p.ID.Reveal())
	if err != nil {
		return clinic.Booking{}, err
	}
	if p.Mobile, err = twid.ParseMobile(p.Mobile.Reveal()); err != nil {
		return clinic.Booking{}, err
	}
	p.ID = number.ID
	if err := rule.Admits(p.Birth, slot.Date); err != nil {
		return clinic.Booking{}, err
	}
	if slot.Left() == 0 {
		return clinic.Booking{}, clinic.Refuse(clinic.RefusedFull)
	}
	return clinic.Booking{ID: r.ID, Slot: slot, Dose: r.Dose, Person: p, Created: now.Truncate(time.Millisecond)}, nil
}

func doseOf(c *booking.Catalogue, vaccine, dose string) (clinic.DoseRule, error) {
	_, v, ok := c.Vaccine(vaccine)
	if !ok {
		return clinic.DoseRule{}, clinic.Refuse(clinic.RefusedNoSuchVaccine)
	}
	rule, ok := v.Dose(dose)
	if !ok {
		return clinic.DoseRule{}, clinic.Refuse(clinic.RefusedNoSuchVaccine)
	}
	return rule, nil
}

// errUnstored answers what a stand-in cannot know.
var errUnstored = errors.New("nothing is stored here")

// LookUp finds nothing.
func (u unstored) LookUp(context.Context, clinic.IDNumber, clinic.Birth) ([]clinic.Booking, error) {
	return nil, errUnstored
}

// Cancel has nothing to cancel.
func (u unstored) Cancel(context.Context, booking.Cancellation) (clinic.Booking, error) {
	return clinic.Booking{}, errUnstored
}

// Booking finds nothing.
func (u unstored) Booking(context.Context, clinic.ID) (clinic.Booking, error) {
	return clinic.Booking{}, errUnstored
}
