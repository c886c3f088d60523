package booking

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// isCommand reports whether an event asks central for something rather than tells
// what happened.
func isCommand(k clinic.EventKind) bool { return k >= clinic.CancelAsked && k <= clinic.ContactAsked }

// isFact reports whether an event tells what happened to a booking.
func isFact(k clinic.EventKind) bool {
	return !isCommand(k) && k != clinic.DoubtAnswered && k != clinic.StockMoved
}

// command does what a desk asked for while it may have been offline, by the rules
// for staff, if the booking is still as the desk saw it; else nothing.
func (b *batch) command(h *held, e *store.Event) error {
	actor := "device " + e.Device.String() + " " + e.Op.Staff
	stale, err := b.changedSince(h, e)
	switch {
	case err != nil:
		return err
	case e.Op.Kind == clinic.ContactAsked: // field by field
		err = b.correctFor(h, e, actor)
	case stale:
		err = errYielded
	case e.Op.Kind == clinic.CancelAsked:
		_, _, err = b.cancel(h, actor)
	default:
		err = b.moveHere(h, *e.Op.To, actor)
	}
	var refusal *clinic.Refusal
	if errors.As(err, &refusal) {
		e.Outcome, e.Code = syncproto.Rejected, strings.ToUpper(refusal.Code)
		return nil
	}
	return err
}

// changedSince reports whether anything but this device's own events has changed a
// booking since the version that the device saw.
func (b *batch) changedSince(h *held, e *store.Event) (bool, error) {
	if h == nil || h.place.site.code != e.Site {
		return true, nil
	}
	rows, err := store.EventsOf(context.Background(), b.reads(), h.id)
	if err != nil {
		return false, err
	}
	expected := e.Op.Base
	for _, r := range rows {
		if r.Device == e.Device && r.Epoch == e.Epoch && r.Op.Base == e.Op.Base && r.Outcome < syncproto.Parked && r.Op.Kind != clinic.DoubtAnswered {
			expected++
		}
	}
	return h.version != expected, nil
}

// moveHere moves a booking to another slot of its site.
func (b *batch) moveHere(h *held, slot clinic.ID, actor string) error {
	if p, ok := b.places[slot]; !ok || p.site != h.place.site {
		return clinic.Refuse(clinic.RefusedNoSuchSlot)
	}
	row, ok, err := store.BookingByID(context.Background(), b.reads(), h.id)
	if err != nil || !ok {
		return fmt.Errorf("read booking %s: %w", h.id, cmp.Or(err, store.ErrStale))
	}
	person, err := b.e.reveal(&row)
	if err != nil {
		return err
	}
	return b.move(h, person, MoveRequest{ID: h.id, Slot: slot}, actor)
}
