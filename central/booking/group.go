package booking

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
)

// mostInGroup is how many people book together: a household.
const mostInGroup = 4

// MemberError says which of a group's requests a refusal is about.
type MemberError struct {
	Member int // from 0
	Err    error
}

// Error names the member and the rule.
func (e *MemberError) Error() string { return fmt.Sprintf("member %d: %v", e.Member+1, e.Err) }

// Unwrap gives the refusal.
func (e *MemberError) Unwrap() error { return e.Err }

// BookGroup books for up to four people in one act: all of them or none. They
// may name one hold together; it must have places for all who do. A refusal that
// is about one of them is a *MemberError.
func (e *Engine) BookGroup(ctx context.Context, requests []Request) ([]clinic.Booking, error) {
	if len(requests) == 0 || len(requests) > mostInGroup {
		return nil, clinic.Refuse(clinic.RefusedGroupSize, "most", strconv.Itoa(mostInGroup))
	}
	asks := make([]*asked, len(requests))
	for i, r := range requests {
		a, err := e.check(r)
		if err != nil {
			return e.lateGroup(ctx, requests, &MemberError{i, err})
		}
		asks[i] = a
	}
	rows, repeated, err := e.decideAll(ctx, asks)
	if err != nil {
		return nil, err
	}
	out := make([]clinic.Booking, len(rows))
	for i := range rows {
		if !repeated {
			out[i] = e.complete(&rows[i], asks[i].request.Person, nil)
		} else if out[i], err = e.Booking(ctx, rows[i].ID); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// lateGroup gives the stored outcome of a group that is sent again after its
// booking window has closed.
func (e *Engine) lateGroup(ctx context.Context, requests []Request, refusal error) ([]clinic.Booking, error) {
	out := make([]clinic.Booking, len(requests))
	for i, r := range requests {
		var err error
		if out[i], err = e.late(ctx, r, refusal); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// decideAll has the writer book all of the requests or none.
func (e *Engine) decideAll(ctx context.Context, asks []*asked) (rows []store.Booking, repeated bool, err error) {
	err = e.do(ctx, func(b *batch) (err error) {
		rows = make([]store.Booking, len(asks)) // a run may be repeated
		for i, a := range asks {
			rows[i] = a.row
			rows[i].Person = b.who(a.row.Person)
		}
		repeated, err = b.bookAll(asks, rows)
		return err
	})
	return rows, repeated, err
}

// bookAll decides in the writer. Nothing is changed before the last refusal.
func (b *batch) bookAll(asks []*asked, rows []store.Booking) (repeated bool, err error) {
	list := make([]admitted, len(asks))
	again := 0
	for i, a := range asks {
		w, stored, err := b.admit(a, &rows[i])
		if err == nil && !stored {
			err = b.besides(list[:i], w)
		}
		if err != nil {
			return false, member(asks, i, err)
		}
		if stored {
			again++
		}
		list[i] = w
	}
	switch again {
	case 0:
	case len(asks):
		return true, nil
	default: // a part of the group was booked otherwise
		return false, clinic.Refuse(clinic.RefusedConflictingKey)
	}
	tx, err := b.tx()
	if err != nil {
		return false, err
	}
	for _, w := range list {
		if err := b.seat(tx, w); err != nil {
			return false, fmt.Errorf("book: %w", asFailure(err))
		}
	}
	return false, nil
}

// besides judges whether a place is left for one more, besides those before in
// the group, and whether they are different people.
func (b *batch) besides(before []admitted, w admitted) error {
	all, free, held := 1, 1, 1
	for _, o := range before {
		if o.asked == nil { // booked already
			continue
		}
		if o.row.ID == w.row.ID {
			return clinic.Refuse(clinic.RefusedConflictingKey)
		}
		if o.row.Person == w.row.Person && o.row.Programme == w.row.Programme {
			return clinic.Refuse(clinic.RefusedAlreadyBooked)
		}
		if o.place == w.place {
			all++
			if o.request.Hold.IsZero() {
				free++
			}
		}
		if o.request.Hold == w.request.Hold {
			held++
		}
	}
	kept, err := b.heldFor(w.request.Hold, w.row.Slot, held)
	if err != nil {
		return err
	}
	if kept == nil && free > w.place.slot.Left() || all > w.place.room() {
		return clinic.Refuse(clinic.RefusedFull)
	}
	return nil
}

// member says whom a refusal is about where there are several.
func member(asks []*asked, i int, err error) error {
	if len(asks) == 1 {
		return err
	}
	return &MemberError{i, err}
}

// asFailure makes sure that what comes after the first change is never taken for
// an answer.
func asFailure(err error) error {
	var refusal *clinic.Refusal
	if errors.As(err, &refusal) {
		return fmt.Errorf("after the decision: %s", refusal.Code)
	}
	return err
}
