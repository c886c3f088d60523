package booking

import (
	"context"
	"errors"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
)

// Opening is a dose that a person may have, with the slots that have a place for it
// and may be booked now, by time.
type Opening struct {
	Programme string
	Vaccine   string
	Dose      string
	Slots     []clinic.Slot
}

// Openings lists what a person may book at a site, judged by age and by what that
// person has booked and received before; who needs a guardian's consent may book
// nothing. Where the list is empty because a rule says no, that refusal is the error.
func (e *Engine) Openings(ctx context.Context, site string, p clinic.Person) ([]Opening, error) {
	var out []Opening
	var refused error
	err := e.do(ctx, func(b *batch) error {
		j := openings{batch: b, catalogue: b.e.catalogue.Load(), person: p, key: b.who(b.e.personKey(p.ID)), judged: make(map[onDay]error), at: make(map[onDay]int)}
		for _, s := range b.e.Slots(site, "") {
			if s.Left() > 0 {
				if err := j.add(s); err != nil {
					return err
				}
			}
		}
		out, refused = j.list, j.refused
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, refused
	}
	return out, nil
}

// openings collects them in the writer.
type openings struct {
	*batch
	catalogue *Catalogue
	person    clinic.Person
	key       [32]byte
	judged    map[onDay]error // what was judged before, dose by dose and day by day
	at        map[onDay]int   // a dose's place in the list
	list      []Opening
	refused   error // the rule beside age that said no last
}

// onDay is a dose on a day of a period; without these, a dose.
type onDay struct {
	vaccine, dose, period string
	day                   clinic.Date
}

// add puts a slot under every dose for which it may be booked.
func (o *openings) add(s clinic.Slot) error {
	programme, vaccine, ok := o.catalogue.Vaccine(s.Vaccine)
	if !ok {
		return nil
	}
	for _, dose := range vaccine.Doses {
		day := onDay{s.Vaccine, dose.Code, s.Period, s.Date}
		refused, known := o.judged[day]
		if !known {
			refused = o.judge(s, programme, dose)
			o.judged[day] = refused
		}
		var refusal *clinic.Refusal
		switch {
		case errors.As(refused, &refusal):
			continue
		case refused != nil:
			return refused
		}
		what := onDay{vaccine: s.Vaccine, dose: dose.Code}
		k, ok := o.at[what]
		if !ok {
			k = len(o.list)
			o.at[what] = k
			o.list = append(o.list, Opening{Programme: programme.Code, Vaccine: s.Vaccine, Dose: dose.Code})
		}
		o.list[k].Slots = append(o.list[k].Slots, s)
	}
	return nil
}

// judge applies every rule that Book applies, but those of phone and consents.
func (o *openings) judge(s clinic.Slot, programme clinic.Programme, dose clinic.DoseRule) error {
	a := &asked{catalogue: o.catalogue, request: Request{Slot: s.ID, Dose: dose.Code, Person: o.person}}
	if a.judge(o.catalogue, s, o.now) != nil || dose.Admits(o.person.Birth, s.Date) != nil {
		return clinic.Refuse(clinic.RefusedNoSuchSlot) // not for this day, or not for this age: nothing to tell
	}
	if programme.NeedsGuardian(o.person.Birth, s.Date) {
		o.refused = clinic.Refuse(clinic.RefusedGuardian, "limit", programme.Guardian().String())
		return o.refused
	}
	place, ok := o.places[s.ID]
	if !ok { // put up since the catalogue was read
		return clinic.Refuse(clinic.RefusedNoSuchSlot)
	}
	_, err := o.eligible(a, &store.Booking{Person: o.key, Programme: s.Programme, Date: s.Date}, place)
	if err != nil {
		o.refused = err
	}
	return err
}
