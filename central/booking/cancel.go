package booking

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/clinic/twid"
)

// Booking reads one booking with its person and events, or refuses with
// RefusedNotFound.
func (e *Engine) Booking(ctx context.Context, id clinic.ID) (clinic.Booking, error) {
	var out clinic.Booking
	err := e.store.Read(ctx, func(q store.Querier) error {
		row, ok, err := store.BookingByID(ctx, q, id)
		if err != nil {
			return err
		}
		if !ok {
			return clinic.Refuse(clinic.RefusedNotFound)
		}
		out, err = e.assemble(ctx, q, &row)
		return err
	})
	return out, err
}

// assemble opens a row and adds its events.
func (e *Engine) assemble(ctx context.Context, q store.Querier, row *store.Booking) (clinic.Booking, error) {
	p, err := e.reveal(row)
	if err != nil {
		return clinic.Booking{}, err
	}
	var facts []clinic.Event
	if row.Version > 1 { // the first event makes it 2
		events, err := store.EventsOf(ctx, q, row.ID)
		if err != nil {
			return clinic.Booking{}, err
		}
		if facts, err = e.facts(events); err != nil {
			return clinic.Booking{}, err
		}
	}
	return e.complete(row, p, facts), nil
}

// LookUp lists the bookings of the person with this ID number and date of
// birth, the latest day first. Neither says whether the other is known:
// RefusedNotFound.
func (e *Engine) LookUp(ctx context.Context, n clinic.IDNumber, birth clinic.Birth) ([]clinic.Booking, error) {
	number, err := twid.ReadID(n.Reveal())
	if err != nil {
		return nil, err
	}
	ids, err := e.bookingsOf(ctx, number.ID)
	if err != nil {
		return nil, err
	}
	var out []clinic.Booking
	err = e.store.Read(ctx, func(q store.Querier) error {
		for _, id := range ids {
			row, ok, err := store.BookingByID(ctx, q, id)
			if err != nil {
				return err
			}
			if !ok {
				return fmt.Errorf("booking %s is not in the store", id)
			}
			b, err := e.assemble(ctx, q, &row)
			if err != nil {
				return err
			}
			if b.Person.Birth.Equal(birth) {
				out = append(out, b)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, clinic.Refuse(clinic.RefusedNotFound)
	}
	slices.SortStableFunc(out, func(a, b clinic.Booking) int {
		return cmp.Or(b.Slot.Date.Compare(a.Slot.Date), cmp.Compare(b.Slot.Start, a.Slot.Start))
	})
	return out, nil
}

// bookingsOf asks the writer, who knows who holds what: an index on persons
// would cost every booking a page of the log.
func (e *Engine) bookingsOf(ctx context.Context, n clinic.IDNumber) ([]clinic.ID, error) {
	key := e.personKey(n)
	var ids []clinic.ID
	err := e.do(ctx, func(b *batch) error {
		ids = nil
		for h := b.people[b.who(key)]; h != nil; h = h.before {
			ids = append(ids, h.id)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return ids, nil
}

// Cancellation gives a place back. Number and Birth prove who asks.
type Cancellation struct {
	ID     clinic.ID
	Number clinic.IDNumber
	Birth  clinic.Birth
}

// Cancel cancels a booking and gives it back as it is then. It refuses with
// RefusedNotFound, also when number or birth are not the booking's;
// RefusedAlreadyGone; RefusedArrived; RefusedCancelTooLate with the site's
// phone.
func (e *Engine) Cancel(ctx context.Context, c Cancellation) (clinic.Booking, error) {
	before, owner, err := e.proven(ctx, c.ID, c.Number, c.Birth)
	if err != nil {
		return clinic.Booking{}, err
	}
	var at, version int64
	err = e.do(ctx, func(b *batch) (err error) {
		h, err := b.owned(c.ID, owner)
		if err != nil {
			return err
		}
		if err := b.tooLate(h); err != nil {
			return err
		}
		at, version, err = b.cancel(h, "public")
		return err
	})
	if err != nil {
		return clinic.Booking{}, err
	}
	return e.gone(before, at, version), nil
}

// proven gives the booking that its holder asks about, who proves it with number and
// birth. Whose number it is, only the writer knows: see owned.
func (e *Engine) proven(ctx context.Context, id clinic.ID, n clinic.IDNumber, birth clinic.Birth) (before clinic.Booking, owner [32]byte, err error) {
	if before, err = e.Booking(ctx, id); err != nil {
		return clinic.Booking{}, owner, err
	}
	number, err := twid.ReadID(n.Reveal())
	if err != nil {
		return clinic.Booking{}, owner, err
	}
	if !before.Person.Birth.Equal(birth) {
		return clinic.Booking{}, owner, clinic.Refuse(clinic.RefusedNotFound)
	}
	return before, e.personKey(number.ID), nil
}

// owned gives a booking if it is the person's, under whichever of their numbers.
func (b *batch) owned(id clinic.ID, owner [32]byte) (*held, error) {
	h, ok := b.bookings[id]
	if !ok || h.person != b.who(owner) {
		return nil, clinic.Refuse(clinic.RefusedNotFound)
	}
	return h, nil
}

// CancelFor cancels for somebody who called (來電取消), also after the public's
// deadline. It refuses with RefusedNotFound outside the actor's scope,
// RefusedAlreadyGone and RefusedArrived.
func (e *Engine) CancelFor(ctx context.Context, actor Actor, id clinic.ID) (clinic.Booking, error) {
	before, err := e.View(ctx, actor, id)
	if err != nil {
		return clinic.Booking{}, err
	}
	var at, version int64
	err = e.do(ctx, func(b *batch) (err error) {
		h, ok := b.bookings[id]
		if !ok {
			return clinic.Refuse(clinic.RefusedNotFound)
		}
		at, version, err = b.cancel(h, actor.Account)
		return err
	})
	if err != nil {
		return clinic.Booking{}, err
	}
	return e.gone(before, at, version), nil
}

// gone is a booking as it is after its cancellation.
func (e *Engine) gone(b clinic.Booking, at, version int64) clinic.Booking {
	b.Cancelled, b.Version = time.UnixMilli(at).In(clinic.Taipei), version
	if slot, ok := e.Slot(b.Slot.ID); ok {
		b.Slot = slot
	}
	return b
}

// cancel decides in the writer.
func (b *batch) cancel(h *held, actor string) (at, version int64, err error) {
	slot := h.place.slot
	switch {
	case h.cancelled != 0:
		return 0, 0, clinic.Refuse(clinic.RefusedAlreadyGone)
	case h.attendance > clinic.NoShow:
		return 0, 0, clinic.Refuse(clinic.RefusedArrived)
	}
	tx, err := b.tx()
	if err != nil {
		return 0, 0, err
	}
	h.cancelled, h.holds = b.now.UnixMilli(), false
	h.version++
	h.place.giveBack(b)
	if err := tx.UpdateBooking(h.id, h.cancelled, h.version, h.attendance, h.holds, h.place.site.next(b), nil); err != nil {
		return 0, 0, err
	}
	b.note(actor, "cancel", h.id, slot.Site)
	return h.cancelled, h.version, tx.DropReminder(h.id)
}
