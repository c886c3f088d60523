package booking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/clinic/twid"
	"ezhitong.tw/syncproto"
)

// walkInColumn is the column's name in sealed values.
const walkInColumn = "walk_in"

// keepWalkIn seals whom a walk-in event is about into its row.
func (e *Engine) keepWalkIn(r *store.Event) error {
	if r.Op.Contact != nil {
		return e.keepContact(r)
	}
	if r.Op.WalkIn == nil {
		return nil
	}
	text, err := json.Marshal(r.Op.WalkIn)
	if err != nil {
		return fmt.Errorf("keep a walk-in: %w", err)
	}
	r.WalkIn = e.keys.Seal(store.EventTable, walkInColumn, store.EventKey(r.Ref()), text)
	return nil
}

// openWalkIn opens whom a row's walk-in is about; nil where it is about no walk-in.
func (e *Engine) openWalkIn(r *store.Event) (*syncproto.WalkIn, error) {
	if r.WalkIn == nil || r.Op.Kind == clinic.ContactAsked {
		return nil, nil
	}
	text, err := e.keys.Open(store.EventTable, walkInColumn, store.EventKey(r.Ref()), r.WalkIn)
	if err != nil {
		return nil, err
	}
	var w *syncproto.WalkIn
	if err := json.Unmarshal(text, &w); err != nil {
		return nil, errors.New("the body of a walk-in cannot be read")
	}
	return w, nil
}

// walksIn makes a booking of somebody who came without one. The place comes out of
// the device's lease, else it is one that nobody has, else it stands beyond the
// capacity, up to the site's bound or, with force, beyond that too. Nobody who has
// booked loses anything by it. What cannot be understood is parked.
func (b *batch) walksIn(tx *store.Tx, e *store.Event, force bool) error {
	w := e.Op.WalkIn
	e.Outcome, e.Code = syncproto.Parked, CodeNoSlot
	p, ok := b.places[w.Slot]
	if !ok || p.site.code != e.Site {
		return nil
	}
	_, vaccine, _ := b.e.catalogue.Load().Vaccine(p.slot.Vaccine)
	if _, ok := vaccine.Dose(w.Dose); !ok {
		return nil
	}
	person, err := readWalkIn(w)
	if err != nil {
		e.Code = CodeWho
		return nil //nolint:nilerr // a fact is never refused; people read it
	}
	key := b.who(b.e.personKey(person.ID))
	if h := b.bookedHere(key, p); h != nil { // no second place
		e.Op.Booking = h.id
		if err := b.happens(tx, h, e); err != nil {
			return err
		}
		if e.Outcome == syncproto.Accepted {
			e.Outcome, e.Code = syncproto.Flagged, CodeHasBooking
		}
		return nil
	}
	e.Outcome, e.Code, err = b.walkInPlace(tx, e.Device, p, force)
	if err != nil || e.Outcome == syncproto.Parked {
		return err
	}
	outcome, code := e.Outcome, e.Code
	h, elsewhere, err := b.addWalkIn(tx, e, p, person, key)
	if err != nil {
		return err
	}
	if err := b.happens(tx, h, e); err != nil {
		return err
	}
	if err := b.adopt(tx, h, e.Fact()); err != nil {
		return err
	}
	switch {
	case outcome != syncproto.Accepted:
		e.Outcome, e.Code = outcome, code
	case elsewhere:
		e.Outcome, e.Code = syncproto.Flagged, CodeBookedElsewhere
	}
	return nil
}

func readWalkIn(w *syncproto.WalkIn) (clinic.Person, error) {
	number, err := twid.ReadID(w.IDNumber)
	if err != nil {
		return clinic.Person{}, err
	}
	if !isName(w.Name) || w.Birth == syncproto.NoDay {
		return clinic.Person{}, clinic.Refuse(clinic.RefusedName)
	}
	return clinic.Person{ID: number.ID, Name: clinic.NewName(w.Name), Birth: clinic.NewBirth(w.Birth.Date())}, nil
}

// bookedHere finds the booking that a walk-in has at the site on the slot's day.
func (b *batch) bookedHere(key [32]byte, p *place) *held {
	for h := b.people[key]; h != nil; h = h.before {
		s := h.place.slot
		if h.cancelled == 0 && s.Site == p.slot.Site && s.Date == p.slot.Date && s.Programme == p.slot.Programme {
			return h
		}
	}
	return nil
}

// walkInPlace takes a place for a walk-in and says what kind of one it is.
func (b *batch) walkInPlace(tx *store.Tx, device clinic.ID, p *place, force bool) (syncproto.Outcome, string, error) {
	leased, err := b.consume(tx, device, p)
	if err != nil {
		return 0, "", err
	}
	site, _ := b.e.catalogue.Load().Site(p.slot.Site)
	switch {
	case leased && p.slot.Taken < p.slot.Capacity+p.overflow || !leased && p.unclaimed() > 0:
		p.take(b, 1, 0)
		return syncproto.Accepted, "", nil
	case leased || force || p.overflow < site.OverflowCap:
		p.take(b, 1, 1)
		return syncproto.Flagged, CodeOverflow, nil
	}
	return syncproto.Parked, CodeOverCap, nil
}

// addWalkIn writes the booking of a walk-in; elsewhere says that the person has
// another one that stands.
func (b *batch) addWalkIn(tx *store.Tx, e *store.Event, p *place, person clinic.Person, key [32]byte) (h *held, elsewhere bool, err error) {
	s := p.slot
	row := store.Booking{
		ID: e.Op.Booking, Slot: s.ID, Site: s.Site, Period: s.Period, Programme: s.Programme, Vaccine: s.Vaccine, Dose: e.Op.WalkIn.Dose, Date: s.Date, Start: s.Start,
		Age: person.Birth.AgeOn(s.Date), Version: 1, Created: b.now.UnixMilli(), Stamp: p.site.next(b),
		Request: b.e.requestKey(s.ID, e.Op.WalkIn.Dose, person),
	}
	b.e.hide(&row, person)
	row.Person = key
	if h, elsewhere, err = b.enter(tx, &row, p); err == nil {
		b.note("device "+e.Device.String(), "walk_in", row.ID, s.Site)
	}
	return h, elsewhere, err
}

// enter writes a booking that the public's rules have not admitted. It holds its
// programme's place unless the person has another booking that stands.
func (b *batch) enter(tx *store.Tx, row *store.Booking, p *place) (h *held, elsewhere bool, err error) {
	today := clinic.DateOf(b.now)
	for o := b.people[row.Person]; o != nil; o = o.before {
		if o.holds && o.place.slot.Programme == p.slot.Programme {
			if o.active(today) {
				elsewhere = true
			} else if err := b.supersede(tx, []*held{o}); err != nil {
				return nil, false, err
			}
		}
	}
	row.Holds = !elsewhere
	if err := tx.InsertBooking(row); err != nil {
		return nil, false, err
	}
	h = &held{id: row.ID, place: p, person: row.Person, request: row.Request, dose: row.Dose, created: row.Created, version: 1, holds: row.Holds}
	b.add(h)
	return h, elsewhere, nil
}

// AdmitWalkIn lets a member of staff admit a walk-in that was parked because the
// slot is over its bound. It refuses with RefusedNotFound where there is none in
// the actor's scope that waits for it.
func (e *Engine) AdmitWalkIn(ctx context.Context, actor Actor, ref clinic.EventRef) (clinic.Booking, error) {
	var booking clinic.ID
	err := e.do(ctx, func(b *batch) error {
		r, err := b.waiting(ctx, actor, ref, CodeOverCap)
		if err != nil {
			return err
		}
		if r.Op.WalkIn, err = e.openWalkIn(&r); err != nil {
			return fmt.Errorf("admit a walk-in: %w", err)
		}
		tx, err := b.tx()
		if err != nil {
			return err
		}
		if err := b.walksIn(tx, &r, true); err != nil {
			return asFailure(err)
		}
		booking = r.Op.Booking
		b.noteText(actor.Account, "admit_walk_in", booking.String(), r.Site)
		return tx.LinkEvent(r)
	})
	if err != nil {
		return clinic.Booking{}, err
	}
	return e.Booking(ctx, booking)
}
