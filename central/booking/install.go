package booking

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
)

// Profile is a city's data: what there is before anybody has booked.
type Profile struct {
	Districts  []string // in their official order
	Programmes []clinic.Programme
	Periods    []clinic.Period
	Sites      []clinic.Site
	Slots      []clinic.Slot // Taken is ignored; a zero ID gets one
}

// slotKey is what there can be only one slot of.
type slotKey struct {
	site, vaccine string
	date          clinic.Date
	start         clinic.TimeOfDay
}

func keyOf(s clinic.Slot) slotKey { return slotKey{s.Site, s.Vaccine, s.Date, s.Start} }

// Install loads a profile. It may run at every start: programmes are brought up
// to date; periods, sites and slots that are there already stay as staff have
// made them.
func (e *Engine) Install(ctx context.Context, p Profile) error {
	return e.doAlone(ctx, func(b *batch) error {
		tx, err := b.tx()
		if err != nil {
			return err
		}
		if err := b.installRules(tx, p); err != nil {
			return fmt.Errorf("install: %w", err)
		}
		known := make(map[slotKey]bool, len(b.places))
		for _, place := range b.places {
			known[keyOf(place.slot)] = true
		}
		added := 0
		for _, s := range p.Slots {
			if known[keyOf(s)] {
				continue
			}
			known[keyOf(s)] = true
			if err := b.addSlot(tx, s); err != nil {
				return fmt.Errorf("install slot of %s on %s: %w", s.Site, s.Date, err)
			}
			added++
		}
		b.noteText("central", "install", "", fmt.Sprintf("%d slots", added))
		return b.reload()
	})
}

// installRules writes districts, programmes, periods and sites.
func (b *batch) installRules(tx *store.Tx, p Profile) error {
	now := b.e.catalogue.Load()
	for i, d := range p.Districts {
		if err := tx.SaveDistrict(d, i); err != nil {
			return err
		}
	}
	var changed []string
	for i, programme := range p.Programmes {
		old, ok := now.Programme(programme.Code)
		if ok && same(old, programme) {
			continue
		}
		if err := tx.SaveProgramme(programme, i); err != nil {
			return err
		}
		changed = append(changed, programme.Code)
	}
	for _, period := range p.Periods {
		if known, ok := now.Period(period.ID); ok {
			if period.Kind != clinic.RollingPeriod || !period.Last.After(known.Last) {
				continue
			}
			known.Last = period.Last // it rolls on; all else stays as staff have made it
			period = known
		}
		if err := tx.SavePeriod(period); err != nil {
			return err
		}
		changed = append(changed, period.Programmes...)
	}
	if err := b.stampProgrammes(tx, now.with(p.Programmes), changed); err != nil { // for sites that had the other ones before
		return err
	}
	for i, s := range p.Sites {
		if _, ok := now.Site(s.Code); ok {
			continue
		}
		if err := b.addSite(tx, s, i, now.with(p.Programmes)); err != nil {
			return fmt.Errorf("site %s: %w", s.Code, err)
		}
	}
	return nil
}

// addSite writes a new site and gives it the programmes.
func (b *batch) addSite(tx *store.Tx, s clinic.Site, position int, programmes []clinic.Programme) error {
	counter := &site{code: s.Code}
	b.sites[s.Code] = counter
	if err := tx.SaveSite(store.Site{Site: s, Position: position, Stamp: counter.next(b)}); err != nil {
		return err
	}
	for _, programme := range programmes {
		if err := tx.StampProgramme(s.Code, programme.Code, counter.next(b)); err != nil {
			return err
		}
	}
	return nil
}

// addSlot writes a new slot; the programme follows from the vaccine when it is
// not given.
func (b *batch) addSlot(tx *store.Tx, s clinic.Slot) error {
	counter, ok := b.sites[s.Site]
	if !ok {
		return fmt.Errorf("there is no site %s", s.Site)
	}
	if s.ID.IsZero() {
		s.ID = b.e.newID()
	}
	s.Taken = 0
	return tx.InsertSlot(store.Slot{Slot: s, Stamp: counter.next(b)})
}

// same reports whether two documents are written alike.
func same(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// SavePeriod writes a new or changed period; every clinic's devices hear of it.
func (e *Engine) SavePeriod(ctx context.Context, actor Actor, p clinic.Period) error {
	if !actor.Scope.All {
		return clinic.Refuse(RefusedOutside)
	}
	return e.doAlone(ctx, func(b *batch) error {
		tx, err := b.tx()
		if err != nil {
			return err
		}
		if err := tx.SavePeriod(p); err != nil {
			return err
		}
		c := b.e.catalogue.Load()
		old, _ := c.Period(p.ID)
		if err := b.stampProgrammes(tx, c.Programmes, slices.Concat(old.Programmes, p.Programmes)); err != nil {
			return err
		}
		b.noteText(actor.Account, "save_period", p.ID, "")
		return b.reload()
	})
}

// SaveSite writes a new or changed site.
func (e *Engine) SaveSite(ctx context.Context, actor Actor, s clinic.Site) error {
	return e.doAlone(ctx, func(b *batch) error {
		c := b.e.catalogue.Load()
		old, exists := c.Site(s.Code)
		if !actor.Scope.Covers(s) || exists && !actor.Scope.Covers(old) || !exists && actor.Scope.Site != "" {
			return clinic.Refuse(RefusedOutside)
		}
		tx, err := b.tx()
		if err != nil {
			return err
		}
		position := len(c.Sites)
		if exists {
			position = c.sites[s.Code]
			err = tx.SaveSite(store.Site{Site: s, Position: position, Stamp: b.sites[s.Code].next(b)})
		} else {
			err = b.addSite(tx, s, position, c.Programmes)
		}
		if err != nil {
			return err
		}
		b.noteText(actor.Account, "save_site", s.Code, "")
		return b.reload()
	})
}
