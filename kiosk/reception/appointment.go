package reception

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
)

// What became of a question to central that was not answered. Each has a text under
// "kiosk.later.failed." in every language.
const (
	Unreached = "unreached" // central was not reached: nothing has happened
	Unsure    = "unsure"    // central may have booked, its answer did not come
)

// How long somebody at a kiosk waits for central.
const (
	openingsWait = 8 * time.Second
	bookingWait  = 20 * time.Second
)

// Central answers a question at once (agent.Agent.Ask).
type Central interface {
	Ask(ctx context.Context, m syncproto.Message) (answer syncproto.Message, sent bool, err error)
}

// Appointments books a later day for somebody who stands before a kiosk. Central
// decides, and nothing of it is kept here before central's own row comes.
type Appointments struct {
	Replica *replica.Replica // for the names of vaccines
	Central Central
	NewID   func() clinic.ID // UUIDs of version 7
}

// Opening is a dose that a person may have, with the slots that have a place, by time.
type Opening struct {
	Vaccine clinic.Vaccine
	Dose    clinic.DoseRule
	Slots   []clinic.Slot // Capacity is what was left; nothing is known of Taken
}

// Wish is what somebody has chosen and agreed to.
type Wish struct {
	Person clinic.Person // with a mobile number
	Slot   clinic.Slot
	Dose   string
}

// Appointment is a booking that central has made. It names nobody.
type Appointment struct {
	Slot    clinic.Slot
	Vaccine clinic.Text
	Dose    clinic.Text
	Code    string // the booking's code
	Ticket  string // the text of its QR code
}

// Openings asks central what a person may book here. Where there is nothing because a
// rule says no, that refusal is the error; Unreached where central does not answer.
func (a *Appointments) Openings(ctx context.Context, p clinic.Person) ([]Opening, error) {
	ctx, cancel := context.WithTimeout(ctx, openingsWait)
	defer cancel()
	answer, _, err := a.Central.Ask(ctx, syncproto.AskOpenings{IDNumber: p.ID.Reveal(), Birth: syncproto.DayOf(p.Birth.Reveal())})
	if err != nil {
		return nil, fmt.Errorf("ask for openings: %w", errors.Join(clinic.Refuse(Unreached), err))
	}
	told, ok := answer.(syncproto.Openings)
	if !ok {
		return nil, fmt.Errorf("ask for openings: central answered with message %d", answer.Kind())
	}
	if told.Refused != "" {
		return nil, clinic.Refuse(told.Refused)
	}
	programmes, err := a.Replica.Programmes(ctx)
	if err != nil {
		return nil, fmt.Errorf("name what is open: %w", err)
	}
	var out []Opening
	for _, d := range told.Doses {
		vaccine, _ := programmes[d.Programme].Vaccine(d.Vaccine)
		dose, ok := vaccine.Dose(d.Dose)
		if !ok {
			continue // its rules have not come yet, so nobody could say what it is
		}
		o := Opening{Vaccine: vaccine, Dose: dose}
		for _, s := range d.Slots {
			o.Slots = append(o.Slots, clinic.Slot{
				ID: s.ID, Programme: d.Programme, Vaccine: d.Vaccine, Date: s.Date.Date(), Start: clinic.TimeOfDay(s.Start), End: clinic.TimeOfDay(s.End), Capacity: s.Left,
			})
		}
		out = append(out, o)
	}
	return out, nil
}

// Book has central book. A refusal is central's; Unreached says that nothing was
// booked, Unsure that it may have been.
func (a *Appointments) Book(ctx context.Context, w Wish) (Appointment, error) {
	ctx, cancel := context.WithTimeout(ctx, bookingWait)
	defer cancel()
	id := a.NewID()
	answer, sent, err := a.Central.Ask(ctx, syncproto.AskBooking{
		ID: id, Slot: w.Slot.ID, Dose: w.Dose, IDNumber: w.Person.ID.Reveal(), Name: w.Person.Name.Reveal(),
		Birth: syncproto.DayOf(w.Person.Birth.Reveal()), Mobile: w.Person.Mobile.Reveal(),
	})
	if err != nil {
		why := Unreached
		if sent {
			why = Unsure
		}
		return Appointment{}, fmt.Errorf("ask for a booking: %w", errors.Join(clinic.Refuse(why), err))
	}
	booked, ok := answer.(syncproto.Booked)
	if !ok {
		return Appointment{}, fmt.Errorf("ask for a booking: central answered with message %d", answer.Kind())
	}
	if booked.Refused != "" {
		return Appointment{}, clinic.Refuse(booked.Refused)
	}
	out := Appointment{Slot: w.Slot, Code: clinic.CodeOf(id), Ticket: booked.Ticket}
	programmes, err := a.Replica.Programmes(ctx)
	if err != nil {
		return out, fmt.Errorf("name what was booked: %w", err)
	}
	vaccine, _ := programmes[w.Slot.Programme].Vaccine(w.Slot.Vaccine)
	dose, _ := vaccine.Dose(w.Dose)
	out.Vaccine, out.Dose = vaccine.Name, dose.Name
	return out, nil
}
