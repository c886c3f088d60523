package booking

import (
	"cmp"
	"context"
	"fmt"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
)

// MoveRequest asks for another time. Number and Birth prove who asks; Slot is of
// the same vaccine; Hold is the hold whose place it is, zero takes a free one.
type MoveRequest struct {
	ID     clinic.ID
	Number clinic.IDNumber
	Birth  clinic.Birth
	Slot   clinic.ID
	Hold   clinic.ID
}

// Move puts a booking into another slot in one step and gives it back as it is
// then: it keeps its id and code, and its old place when the new one can't be
// had. Asked again it changes nothing. It refuses as Cancel does for the place to
// give up and as Book does for the new one.
func (e *Engine) Move(ctx context.Context, m MoveRequest) (clinic.Booking, error) {
	before, owner, err := e.proven(ctx, m.ID, m.Number, m.Birth)
	if err != nil {
		return clinic.Booking{}, err
	}
	return e.move(ctx, "public", before, m, func(b *batch, h *held) error {
		if _, err := b.owned(m.ID, owner); err != nil {
			return err
		}
		return b.tooLate(h)
	})
}

// MoveFor moves for somebody who called, also after the public's deadline for
// giving a place up. It refuses with RefusedNotFound and RefusedOutside beyond the
// actor's scope.
func (e *Engine) MoveFor(ctx context.Context, actor Actor, id, slot clinic.ID) (clinic.Booking, error) {
	before, err := e.View(ctx, actor, id)
	if err != nil {
		return clinic.Booking{}, err
	}
	if s, ok := e.Slot(slot); ok {
		if site, _ := e.Catalogue().Site(s.Site); !actor.Scope.Covers(site) {
			return clinic.Booking{}, clinic.Refuse(RefusedOutside)
		}
	}
	return e.move(ctx, actor.Account, before, MoveRequest{ID: id, Slot: slot}, func(*batch, *held) error { return nil })
}

func (e *Engine) move(ctx context.Context, actor string, before clinic.Booking, m MoveRequest, may func(*batch, *held) error) (clinic.Booking, error) {
	err := e.do(ctx, func(b *batch) error {
		h, ok := b.bookings[m.ID]
		if !ok {
			return clinic.Refuse(clinic.RefusedNotFound)
		}
		if err := may(b, h); err != nil {
			return err
		}
		return b.move(h, before.Person, m, actor)
	})
	if err != nil {
		return clinic.Booking{}, err
	}
	return e.Booking(ctx, m.ID)
}

// tooLate judges whether the public may still give a booking's place up.
func (b *batch) tooLate(h *held) error {
	if h.cancelled != 0 || h.attendance > clinic.NoShow {
		return nil // the next rule says why
	}
	if h.attendance == clinic.NoShow || h.place.period.Cancellable(b.now, h.place.slot.Date) != nil {
		site, _ := b.e.catalogue.Load().Site(h.place.slot.Site)
		return clinic.Refuse(clinic.RefusedCancelTooLate, "phone", site.Phone)
	}
	return nil
}

// move decides in the writer. Nothing is changed before the last refusal.
func (b *batch) move(h *held, person clinic.Person, m MoveRequest, actor string) error {
	switch {
	case h.cancelled != 0:
		return clinic.Refuse(clinic.RefusedAlreadyGone)
	case h.attendance > clinic.NoShow:
		return clinic.Refuse(clinic.RefusedArrived)
	case h.attendance == clinic.NoShow: // it is forfeited, for staff too
		site, _ := b.e.catalogue.Load().Site(h.place.slot.Site)
		return clinic.Refuse(clinic.RefusedCancelTooLate, "phone", site.Phone)
	}
	p, ok := b.places[m.Slot]
	if !ok || p.slot.Vaccine != h.place.slot.Vaccine {
		return clinic.Refuse(clinic.RefusedNoSuchSlot)
	}
	if p == h.place {
		return nil
	}
	a := &asked{catalogue: b.e.catalogue.Load(), request: Request{ID: h.id, Dose: h.dose}}
	if err := a.judge(a.catalogue, p.slot, b.now); err != nil {
		return err
	}
	if err := a.rule.Admits(person.Birth, p.slot.Date); err != nil {
		return err
	}
	stale, err := b.eligible(a, &store.Booking{ID: h.id, Person: h.person, Programme: p.slot.Programme, Date: p.slot.Date}, p)
	if err != nil {
		return err
	}
	kept, err := b.heldFor(m.Hold, m.Slot, 1)
	if err != nil {
		return err
	}
	if kept == nil && p.slot.Left() == 0 || p.room() <= 0 {
		return clinic.Refuse(clinic.RefusedFull)
	}
	tx, err := b.tx()
	if err != nil {
		return err
	}
	if err := b.supersede(tx, stale); err != nil {
		return err
	}
	if kept != nil {
		b.use(kept, 1)
	}
	from := h.place.slot
	if err := b.relocate(tx, h, p, person.Birth.AgeOn(p.slot.Date), 0); err != nil {
		return err
	}
	b.note(actor, "move", h.id, from.Site+" "+from.Date.String()+" to "+p.slot.Site+" "+p.slot.Date.String())
	if err := tx.ForgetReminder(h.id); err != nil {
		return err
	}
	if _, due := a.programme.Reminder(p.slot.Date); !due.After(b.now) { // the person has just read it
		return tx.SaveReminder(store.Reminder{Booking: h.id, Channel: channel, Due: due.UnixMilli(), State: store.ReminderNeedless})
	}
	return nil
}

// supersede lets bookings whose day is over no longer stand in the way.
func (b *batch) supersede(tx *store.Tx, stale []*held) error {
	for _, h := range stale {
		if err := tx.ReleaseBooking(h.id); err != nil {
			return err
		}
		h.holds = false
	}
	return nil
}

// relocate puts a booking that stands into another place, overflow of it beyond
// the capacity, and tells the devices of both sites.
func (b *batch) relocate(tx *store.Tx, h *held, to *place, age, overflow int) error {
	from := h.place
	from.giveBack(b)
	to.take(b, 1, overflow)
	h.place = to
	h.version++
	if err := tx.MoveBooking(h.id, to.slot, age, h.version, to.site.next(b)); err != nil {
		return err
	}
	if from.site == to.site {
		return nil
	}
	if err := tx.DropDeparture(to.site.code, h.id); err != nil {
		return err
	}
	return tx.SaveDeparture(store.Departure{Site: from.site.code, Booking: h.id, Slot: from.slot.ID, Date: from.slot.Date, Stamp: from.site.next(b), At: b.now.UnixMilli()})
}

// putBack puts a booking where it was given up, for somebody who came there all
// the same: who stands at the desk wins. A place that is left, else one beyond
// the capacity.
func (b *batch) putBack(tx *store.Tx, h *held, left store.Departure) error {
	row, ok, err := store.BookingByID(context.Background(), b.reads(), h.id)
	if err != nil || !ok {
		return fmt.Errorf("read booking %s: %w", h.id, cmp.Or(err, store.ErrStale))
	}
	person, err := b.e.reveal(&row)
	if err != nil {
		return err
	}
	to, over := b.places[left.Slot], 0
	if to.slot.Left() == 0 {
		over = 1
	}
	return b.relocate(tx, h, to, person.Birth.AgeOn(to.slot.Date), over)
}
