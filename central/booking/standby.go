package booking

import (
	"bytes"
	"context"
	"errors"
	"time"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/clinic/twid"
)

// mostWaiting is how many may wait for one slot.
const mostWaiting = 500

// Standby is somebody's entry in the list of a slot (候補).
type Standby struct {
	ID       clinic.ID // also of the booking, when it becomes one
	Slot     clinic.ID
	Joined   time.Time
	Waiting  bool
	Promoted bool
}

// waiter is an entry as the writer knows it.
type waiter struct {
	row  store.Booking
	rank []byte
}

// list is the standby list of one slot.
type list struct {
	waiting []*waiter
	steps   int64
}

// StandBy puts a person on the list of a full slot, under the rules of Book; the
// id is the booking's when a place is freed and it is their turn. The same request
// sent again gets the same answer. It refuses with RefusedPlacesLeft while the slot
// can be booked and RefusedAlreadyWaiting for who waits for the programme already.
func (e *Engine) StandBy(ctx context.Context, r Request) (Standby, error) {
	a, err := e.check(r)
	if err != nil {
		return Standby{}, err
	}
	err = e.do(ctx, func(b *batch) error {
		row := a.row // a run may be repeated
		row.Person = b.who(row.Person)
		return b.standBy(a, &row)
	})
	if err != nil {
		return Standby{}, err
	}
	return e.StandbyEntry(ctx, r.ID)
}

// StandbyEntry reads an entry, or refuses with RefusedNotFound.
func (e *Engine) StandbyEntry(ctx context.Context, id clinic.ID) (Standby, error) {
	row, ok, err := store.StandbyByID(ctx, e.store.Reader(), id)
	if err != nil {
		return Standby{}, err
	}
	if !ok {
		return Standby{}, clinic.Refuse(clinic.RefusedNotFound)
	}
	out := Standby{ID: row.ID, Slot: row.Slot, Joined: time.UnixMilli(row.Created).In(clinic.Taipei), Waiting: row.Holds}
	if !row.Holds {
		_, out.Promoted, err = store.BookingByID(ctx, e.store.Reader(), id)
	}
	return out, err
}

// LeaveStandby takes an entry off its list. It refuses with RefusedNotFound, also
// when number or birth are not the entry's, and RefusedAlreadyGone.
func (e *Engine) LeaveStandby(ctx context.Context, c Cancellation) error {
	row, ok, err := store.StandbyByID(ctx, e.store.Reader(), c.ID)
	if err != nil {
		return err
	}
	number, err := twid.ReadID(c.Number.Reveal())
	if err != nil {
		return err
	}
	if !ok {
		return clinic.Refuse(clinic.RefusedNotFound)
	}
	p, err := e.reveal(&row)
	if err != nil {
		return err
	}
	if !p.Birth.Equal(c.Birth) {
		return clinic.Refuse(clinic.RefusedNotFound)
	}
	mine, asks := e.personKey(p.ID), e.personKey(number.ID)
	return e.do(ctx, func(b *batch) error {
		if b.who(mine) != b.who(asks) {
			return clinic.Refuse(clinic.RefusedNotFound)
		}
		l := b.lists[row.Slot]
		if l == nil {
			return clinic.Refuse(clinic.RefusedAlreadyGone)
		}
		for _, w := range l.waiting {
			if w.row.ID == c.ID {
				return b.settleStandby(l, w, clinic.DrawLeft, "public")
			}
		}
		return clinic.Refuse(clinic.RefusedAlreadyGone)
	})
}

// Draw gives the record of a slot's list: its commitment at any time, the seed
// when the list is over. clinic.VerifyDraw checks it.
func (e *Engine) Draw(ctx context.Context, slot clinic.ID) (clinic.Draw, error) {
	s, ok := e.Slot(slot)
	if !ok {
		return clinic.Draw{}, clinic.Refuse(clinic.RefusedNoSuchSlot)
	}
	now := e.clock() // before the steps are read: none comes after the seed
	seed := e.standbySeed(slot)
	d := clinic.Draw{List: slot, Commitment: clinic.DrawCommitment(seed)}
	if standbyOver(s, now) {
		d.Seed = seed
	}
	var err error
	d.Steps, err = store.StandbySteps(ctx, e.store.Reader(), slot)
	return d, err
}

// standbySeed is fixed from the moment at which the slot exists: nobody chooses
// it, and who does not have the keys cannot know it.
func (e *Engine) standbySeed(slot clinic.ID) []byte {
	seed := e.keys.Index("standby draw", string(slot[:]))
	return seed[:]
}

// standbyOver reports whether the list of a slot has ended: when its day begins.
func standbyOver(s clinic.Slot, now time.Time) bool { return !now.Before(s.Date.At(0)) }

// standBy decides in the writer.
func (b *batch) standBy(a *asked, row *store.Booking) error {
	for _, l := range b.lists {
		for _, w := range l.waiting {
			if w.row.ID == row.ID {
				if w.row.Request != row.Request {
					return clinic.Refuse(clinic.RefusedConflictingKey)
				}
				return nil
			}
			if w.row.Person == row.Person && w.row.Programme == row.Programme && !standbyOver(b.places[w.row.Slot].slot, b.now) {
				return clinic.Refuse(clinic.RefusedAlreadyWaiting)
			}
		}
	}
	w, repeated, err := b.admit(a, row)
	if err != nil || repeated { // it has become a booking
		return err
	}
	if standbyOver(w.place.slot, b.now) {
		return clinic.Refuse(clinic.RefusedSlotClosed, "closed", w.place.slot.Date.At(0).Format(time.RFC3339))
	}
	if w.place.slot.Left() > 0 {
		return clinic.Refuse(clinic.RefusedPlacesLeft)
	}
	before, ok, err := store.StandbyByID(context.Background(), b.reads(), row.ID)
	switch {
	case err != nil:
		return err
	case ok && before.Request != row.Request:
		return clinic.Refuse(clinic.RefusedConflictingKey)
	case ok: // left before, or was passed
		return clinic.Refuse(clinic.RefusedAlreadyGone)
	}
	l := b.lists[row.Slot]
	if l == nil {
		l = &list{}
		steps, err := store.StandbySteps(context.Background(), b.reads(), row.Slot)
		if err != nil {
			return err
		}
		l.steps = int64(len(steps))
	}
	if len(l.waiting) >= mostWaiting {
		return clinic.Refuse(clinic.RefusedFull)
	}
	tx, err := b.tx()
	if err != nil {
		return err
	}
	row.Created = b.now.UnixMilli()
	if err := tx.InsertStandby(row); err != nil {
		return err
	}
	b.lists[row.Slot], b.queued[row.ID] = l, true
	l.waiting = append(l.waiting, &waiter{*row, clinic.DrawRank(b.e.standbySeed(row.Slot), row.ID)})
	b.note("public", "stand_by", row.ID, row.Site)
	return b.step(tx, l, row.Slot, clinic.DrawJoined, row.ID)
}

func (b *batch) step(tx *store.Tx, l *list, slot clinic.ID, kind string, entry clinic.ID) error {
	l.steps++
	return tx.InsertStandbyStep(slot, l.steps, clinic.DrawStep{Kind: kind, Entry: entry}, b.now.UnixMilli())
}

// settleStandby takes an entry off its list.
func (b *batch) settleStandby(l *list, w *waiter, kind, actor string) error {
	tx, err := b.tx()
	if err != nil {
		return err
	}
	b.takeOff(l, w)
	if err := tx.SettleStandby(w.row.ID, b.now.UnixMilli()); err != nil {
		return err
	}
	b.note(actor, "standby_"+kind, w.row.ID, w.row.Site)
	return b.step(tx, l, w.row.Slot, kind, w.row.ID)
}

// takeOff takes an entry off its list in memory.
func (b *batch) takeOff(l *list, w *waiter) {
	for i, o := range l.waiting {
		if o == w {
			l.waiting = append(l.waiting[:i:i], l.waiting[i+1:]...)
			break
		}
	}
	delete(b.queued, w.row.ID)
}

// freeAll has every list looked at.
func (b *batch) freeAll() {
	for slot := range b.lists {
		if p, ok := b.places[slot]; ok {
			b.freed = append(b.freed, p)
		}
	}
}

// promote gives places that have become free to those who wait for them, until
// the slot's day begins.
func (b *batch) promote() error {
	freed := b.freed
	b.freed = nil
	for _, p := range freed {
		l := b.lists[p.slot.ID]
		for l != nil && len(l.waiting) > 0 && p.slot.Left() > 0 && !standbyOver(p.slot, b.now) {
			next := l.waiting[0]
			for _, w := range l.waiting {
				if bytes.Compare(w.rank, next.rank) < 0 {
					next = w
				}
			}
			if err := b.promoteOne(l, next, p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *batch) promoteOne(l *list, w *waiter, p *place) error {
	c := b.e.catalogue.Load()
	_, vaccine, _ := c.Vaccine(w.row.Vaccine)
	rule, known := vaccine.Dose(w.row.Dose)
	row := w.row
	a := &asked{catalogue: c, request: Request{ID: row.ID, Slot: row.Slot, Dose: row.Dose}, row: row, rule: rule, vaccine: vaccine}
	stale, err := b.eligible(a, &row, p)
	var no *clinic.Refusal
	if errors.As(err, &no) || !known {
		return b.settleStandby(l, w, clinic.DrawPassed, "central")
	}
	if err != nil {
		return err
	}
	if a.request.Person, err = b.e.reveal(&row); err != nil {
		return err
	}
	if err := b.settleStandby(l, w, clinic.DrawPromoted, "central"); err != nil {
		return err
	}
	tx, err := b.tx()
	if err != nil {
		return err
	}
	if err := b.seat(tx, admitted{a, &row, p, stale}); err != nil {
		return asFailure(err)
	}
	return b.tellNow(tx, a.request.Person, row.ID)
}

// tellNow sends a booking's reminder at once, because the person does not know of
// the place yet.
func (b *batch) tellNow(tx *store.Tx, p clinic.Person, booking clinic.ID) error {
	if p.Mobile.IsZero() {
		return nil
	}
	if err := tx.ForgetReminder(booking); err != nil {
		return err
	}
	at := b.now.UnixMilli()
	return tx.SaveReminder(store.Reminder{Booking: booking, Channel: channel, Due: at, State: store.ReminderWaiting, Next: at})
}

// loadStandby reads who waits.
func (m *memory) loadStandby(ctx context.Context, e *Engine, q store.Querier) error {
	err := store.EachStandby(ctx, q, clinic.DateOf(e.clock()).AddDays(1), func(r *store.Booking) error {
		l := m.lists[r.Slot]
		if l == nil {
			l = &list{}
			m.lists[r.Slot] = l
		}
		m.queued[r.ID] = true
		l.waiting = append(l.waiting, &waiter{*r, clinic.DrawRank(e.standbySeed(r.Slot), r.ID)})
		return nil
	})
	if err != nil {
		return err
	}
	for slot, l := range m.lists {
		steps, err := store.StandbySteps(ctx, q, slot)
		if err != nil {
			return err
		}
		l.steps = int64(len(steps))
	}
	return nil
}
