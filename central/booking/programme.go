package booking

import (
	"context"
	"slices"

	"ezhitong.tw/clinic"
)

// The refusals of SaveProgramme.
const (
	RefusedProgrammeInUse   = "programme_in_use"  // args: vaccine; there are slots or bookings for what was left out
	RefusedVaccineElsewhere = "vaccine_elsewhere" // args: vaccine, programme
)

// SaveProgramme adds a programme at the end of the citizens' menu, or changes
// one in its place; every clinic's devices hear of it. It tells whether anything
// changed. A vaccine that has slots and a dose that has bookings can't be left
// out. Whoever calls has checked what the programme says (package rules).
func (e *Engine) SaveProgramme(ctx context.Context, actor Actor, p clinic.Programme) (changed bool, err error) {
	if !actor.Scope.All {
		return false, clinic.Refuse(RefusedOutside)
	}
	err = e.doAlone(ctx, func(b *batch) error {
		changed = false // a run may be repeated
		c := b.e.catalogue.Load()
		position, known := c.programmes[p.Code]
		if !known {
			position = len(c.Programmes)
		} else if same(c.Programmes[position], p) {
			return nil
		}
		for _, v := range p.Vaccines {
			if other, taken := c.vaccines[v.Code]; taken && other != p.Code {
				return clinic.Refuse(RefusedVaccineElsewhere, "vaccine", v.Code, "programme", other)
			}
		}
		if err := b.leavesOut(p); err != nil {
			return err
		}
		tx, err := b.tx()
		if err != nil {
			return err
		}
		if err := tx.SaveProgramme(p, position); err != nil {
			return err
		}
		if err := b.stampProgrammes(tx, []clinic.Programme{p}, []string{p.Code}); err != nil {
			return err
		}
		changed = true
		b.noteText(actor.Account, "save_programme", p.Code, "")
		return b.reload()
	})
	return changed && err == nil, err
}

// leavesOut refuses a programme that lacks a vaccine which its slots offer, or
// a dose that somebody booked.
func (b *batch) leavesOut(p clinic.Programme) error {
	for _, place := range b.places {
		if place.slot.Programme != p.Code {
			continue
		}
		if _, ok := p.Vaccine(place.slot.Vaccine); !ok {
			return clinic.Refuse(RefusedProgrammeInUse, "vaccine", place.slot.Vaccine)
		}
	}
	for _, h := range b.bookings {
		if h.place.slot.Programme != p.Code {
			continue
		}
		v, _ := p.Vaccine(h.place.slot.Vaccine)
		if _, ok := v.Dose(h.dose); !ok {
			return clinic.Refuse(RefusedProgrammeInUse, "vaccine", v.Code+" "+h.dose)
		}
	}
	return nil
}

// with gives programmes and those of the catalogue that are not among them.
func (c *Catalogue) with(programmes []clinic.Programme) []clinic.Programme {
	all := slices.Clone(programmes)
	for _, p := range c.Programmes {
		if !slices.ContainsFunc(programmes, func(q clinic.Programme) bool { return q.Code == p.Code }) {
			all = append(all, p)
		}
	}
	return all
}
