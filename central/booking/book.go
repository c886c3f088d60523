package booking

import (
	"cmp"
	"context"
	"errors"
	"time"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
)

// consents is how many consents a person ticks (C7).
const consents = 3

// Request asks for a place. ID is made by whoever asks, a UUID of version 7;
// the same request sent again gets the same answer.
type Request struct {
	ID              clinic.ID
	Slot            clinic.ID
	Dose            string
	Person          clinic.Person
	Consents        int // how many of the three were ticked
	GuardianConsent bool
	Hold            clinic.ID // the hold whose place it is; zero takes a free one
	By              string    // who asks for the person, for the audit trail; empty for the public
}

// asked is a request that passed the checks that need no memory.
type asked struct {
	catalogue *Catalogue // that it was checked against
	request   Request
	row       store.Booking // sealed
	rule      clinic.DoseRule
	programme clinic.Programme
	vaccine   clinic.Vaccine
}

// Book gives a person a place, or refuses: with the rule that says no, with
// RefusedHoldExpired when the hold is no more, with
// RefusedConflictingKey when the id was used for another request, or with
// RefusedBusy when nothing was stored and it may be tried again.
func (e *Engine) Book(ctx context.Context, r Request) (clinic.Booking, error) {
	a, err := e.check(r)
	if err != nil {
		return e.late(ctx, r, err)
	}
	rows, repeated, err := e.decideAll(ctx, []*asked{a})
	if err != nil {
		return clinic.Booking{}, err
	}
	if repeated {
		return e.Booking(ctx, r.ID)
	}
	return e.complete(&rows[0], a.request.Person, nil), nil
}

// late gives the stored outcome of a request that is sent again after its
// booking window has closed; refusal comes back when there is none.
func (e *Engine) late(ctx context.Context, r Request, refusal error) (clinic.Booking, error) {
	if !errors.Is(refusal, clinic.Refuse(clinic.RefusedWindowClosed)) && !errors.Is(refusal, clinic.Refuse(clinic.RefusedSlotClosed)) &&
		!errors.Is(refusal, clinic.Refuse(clinic.RefusedWindowNotOpen)) {
		return clinic.Booking{}, refusal
	}
	row, ok, err := store.BookingByID(ctx, e.store.Reader(), r.ID)
	if err != nil {
		return clinic.Booking{}, err
	}
	if !ok {
		return clinic.Booking{}, refusal
	}
	rules, _ := e.Catalogue().Programme(row.Programme)
	p, err := checkPerson(r.Person, rules, row.Date, clinic.DateOf(time.UnixMilli(row.Created)), r.GuardianConsent)
	if err != nil || e.requestKey(r.Slot, r.Dose, p) != row.Request {
		return clinic.Booking{}, clinic.Refuse(clinic.RefusedConflictingKey)
	}
	return e.Booking(ctx, r.ID)
}

// check judges a request by the rules of its period, vaccine and person, seals
// it, and does everything else that need not wait for the writer.
func (e *Engine) check(r Request) (*asked, error) {
	c, now := e.Catalogue(), e.clock()
	if r.ID.IsZero() {
		return nil, errors.New("book: the request has no id")
	}
	s, ok := c.slots[r.Slot]
	if !ok {
		return nil, clinic.Refuse(clinic.RefusedNoSuchSlot)
	}
	a := &asked{catalogue: c, request: r}
	slot := s.board.slots[s.at]
	if err := a.judge(c, slot, now); err != nil {
		return nil, err
	}
	p, err := checkPerson(r.Person, a.programme, slot.Date, clinic.DateOf(now), r.GuardianConsent)
	if err != nil {
		return nil, err
	}
	if err := a.rule.Admits(p.Birth, slot.Date); err != nil {
		return nil, err
	}
	if r.Consents != consents {
		return nil, clinic.Refuse(clinic.RefusedConsent)
	}
	a.request.Person = p
	a.row = store.Booking{
		ID: r.ID, Slot: slot.ID, Site: slot.Site, Period: slot.Period, Programme: slot.Programme, Vaccine: slot.Vaccine, Dose: r.Dose,
		Date: slot.Date, Start: slot.Start, Age: p.Birth.AgeOn(slot.Date), Consents: r.Consents, GuardianConsent: r.GuardianConsent,
		Version: 1, Holds: true, Request: e.requestKey(slot.ID, r.Dose, p),
	}
	e.hide(&a.row, p)
	return a, nil
}

// judge applies what the catalogue says: period, vaccine, dose.
func (a *asked) judge(c *Catalogue, slot clinic.Slot, now time.Time) error {
	period, ok := c.Period(slot.Period)
	if !ok || !period.Covers(slot.Programme) {
		return clinic.Refuse(clinic.RefusedNoSuchSlot)
	}
	if err := period.Bookable(now, slot.Date); err != nil {
		return err
	}
	var vaccine clinic.Vaccine
	if a.programme, vaccine, ok = c.Vaccine(slot.Vaccine); !ok {
		return clinic.Refuse(clinic.RefusedNoSuchVaccine)
	}
	if a.rule, ok = vaccine.Dose(a.request.Dose); !ok {
		return clinic.Refuse(clinic.RefusedNoSuchVaccine)
	}
	a.vaccine = vaccine
	return nil
}

// admitted is a request that nothing stands in the way of.
type admitted struct {
	*asked
	row   *store.Booking
	place *place
	stale []*held
}

// admit judges one request in the writer. Nothing is changed.
func (b *batch) admit(a *asked, row *store.Booking) (w admitted, repeated bool, err error) {
	if h, ok := b.bookings[row.ID]; ok {
		if h.request != row.Request {
			return w, false, clinic.Refuse(clinic.RefusedConflictingKey)
		}
		return w, true, nil
	}
	if b.queued[row.ID] { // the id of somebody who waits
		return w, false, clinic.Refuse(clinic.RefusedConflictingKey)
	}
	p, ok := b.places[row.Slot]
	if !ok {
		return w, false, clinic.Refuse(clinic.RefusedNoSuchSlot)
	}
	if a.catalogue != b.e.catalogue.Load() { // rules changed while it waited
		if err := a.judge(b.e.catalogue.Load(), p.slot, b.now); err != nil {
			return w, false, err
		}
	}
	stale, err := b.eligible(a, row, p)
	return admitted{a, row, p, stale}, false, err
}

// seat books an admitted request.
func (b *batch) seat(tx *store.Tx, w admitted) error {
	if err := b.supersede(tx, w.stale); err != nil {
		return err
	}
	kept, err := b.heldFor(w.request.Hold, w.row.Slot, 1)
	if err != nil {
		return err
	}
	if kept != nil {
		b.use(kept, 1)
	}
	p, row := w.place, w.row
	p.take(b, 1, 0)
	row.Created, row.Stamp = b.now.UnixMilli(), p.site.next(b)
	if err := tx.InsertBooking(row); err != nil {
		return err
	}
	h := &held{id: row.ID, place: p, person: row.Person, request: row.Request, dose: w.rule.Code, created: row.Created, version: 1, holds: true}
	b.add(h)
	b.note(cmp.Or(w.request.By, "public"), "book", row.ID, p.slot.Site)
	return b.adopt(tx, h)
}

// eligible judges what this person has booked and received before. stale are
// bookings whose day is over, which no longer stand in the way.
func (b *batch) eligible(a *asked, row *store.Booking, p *place) (stale []*held, err error) {
	today := clinic.DateOf(b.now)
	var last clinic.Date // the day of the latest dose given here
	for h := b.people[row.Person]; h != nil; h = h.before {
		slot := h.place.slot
		if slot.Programme != row.Programme || h.id == row.ID {
			continue
		}
		if h.active(today) {
			return nil, clinic.Refuse(clinic.RefusedAlreadyBooked)
		}
		if h.holds {
			stale = append(stale, h)
		}
		if h.cancelled == 0 && h.attendance == clinic.NoShow && a.programme.NoShow != clinic.NoPenalty {
			if err := b.forfeited(h.place.period, p.period, row.Programme); err != nil {
				return nil, err
			}
		}
		if h.attendance == clinic.Vaccinated {
			if slot.Date.After(last) && (a.rule.IntervalSince != clinic.SinceVaccine || slot.Vaccine == a.vaccine.Code) {
				last = slot.Date
			}
			if err := a.follows(h); err != nil {
				return nil, err
			}
		}
	}
	if a.rule.IntervalDays > 0 && !last.IsZero() {
		if earliest := last.AddDays(a.rule.IntervalDays); row.Date.Before(earliest) {
			return nil, clinic.Refuse(clinic.RefusedInterval, "days", days(a.rule.IntervalDays), "earliest", earliest.String())
		}
	}
	return stale, nil
}

// follows refuses a dose that comes before one which was given here, or the
// same one again where another dose comes next. Doses given elsewhere are not
// known here; the final word is spoken on site.
func (a *asked) follows(h *held) error {
	if h.place.slot.Vaccine != a.vaccine.Code {
		return nil
	}
	given, ok := a.vaccine.Dose(h.dose)
	if !ok {
		return nil
	}
	for _, d := range a.vaccine.Doses {
		for _, before := range d.After {
			if before == a.rule.Code && (d.Code == given.Code || a.rule.Code == given.Code) {
				return clinic.Refuse(clinic.RefusedDoseOrder, append(a.rule.Name.Args("before"), d.Name.Args("dose")...)...)
			}
		}
	}
	return nil
}

// forfeited refuses the period after the one in which somebody did not come
// (C11), and only that one; the refusal names the period that is open again, once
// there is one.
func (b *batch) forfeited(missed, wanted clinic.Period, programme string) error {
	if missed.Kind != clinic.FixedPeriod || wanted.Kind != clinic.FixedPeriod || !wanted.First.After(missed.First) {
		return nil
	}
	var next clinic.Period
	for _, p := range b.e.catalogue.Load().Periods { // by first day
		switch {
		case p.Kind != clinic.FixedPeriod || !p.Covers(programme) || !p.First.After(missed.First):
		case next.ID == "" && p.First != wanted.First:
			return nil // another one was the next
		case next.ID == "":
			next = p
		case p.First.After(next.First):
			return clinic.Refuse(clinic.RefusedNoShow, p.Label.Args("open")...)
		}
	}
	if next.ID == "" {
		return nil
	}
	return clinic.Refuse(clinic.RefusedNoShowNext)
}
