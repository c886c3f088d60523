package booking

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// When the day of a standby list has come, nobody is given a place by central any
// more. What is left in opened vials the desks offer to those who still wait, in the
// order that was drawn, and say so in events of kind clinic.StandbyAsked.

// Leftover is an entry of a standby list of today, with what desks have said of it.
type Leftover struct {
	ID      clinic.ID
	Slot    clinic.ID
	Dose    string
	Person  clinic.Person
	Created int64 // when it joined, Unix milliseconds
	Answers []syncproto.EventRow
}

// leftover is a Leftover before its person is opened.
type leftover struct {
	row    store.Booking
	rank   []byte
	events []store.Event
}

// Leftovers lists who of a site's standby lists of today may be offered a dose that is
// left, at most limit, in the drawn order: those who were asked, and those whom no
// rule keeps from it.
func (e *Engine) Leftovers(ctx context.Context, site string, limit int) ([]Leftover, error) {
	today := clinic.DateOf(e.clock())
	var list []leftover
	err := e.store.Read(ctx, func(q store.Querier) (err error) {
		list, err = e.leftovers(ctx, q, site, today)
		return err
	})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	err = e.do(ctx, func(b *batch) error {
		kept := list[:0:0]
		for _, l := range list {
			if ok, err := b.mayBeOffered(&l); err != nil {
				return err
			} else if ok && len(kept) < limit {
				kept = append(kept, l)
			}
		}
		list = kept
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := make([]Leftover, len(list))
	for i := range list {
		if out[i], err = e.openLeftover(&list[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// leftovers reads the entries of a day in the drawn order: of several slots the
// lowest rank comes first, which is as much by lot as within one.
func (e *Engine) leftovers(ctx context.Context, q store.Querier, site string, day clinic.Date) ([]leftover, error) {
	rows, err := store.StandbyOf(ctx, q, site, day)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	events, err := store.StandbyEvents(ctx, q, site, day)
	if err != nil {
		return nil, err
	}
	var counting []clinic.Event
	for i := range events {
		if events[i].Outcome.Counts() {
			counting = append(counting, events[i].Fact())
		}
	}
	gone := clinic.StandbyTakenBack(counting)
	of := make(map[clinic.ID][]store.Event)
	for _, r := range events {
		if r.Op.Kind == clinic.StandbyAsked && r.Outcome.Counts() && !gone[r.Ref()] {
			of[r.Op.Booking] = append(of[r.Op.Booking], r)
		}
	}
	var list []leftover
	for _, row := range rows {
		if row.Holds || len(of[row.ID]) > 0 {
			list = append(list, leftover{row, clinic.DrawRank(e.standbySeed(row.Slot), row.ID), of[row.ID]})
		}
	}
	slices.SortFunc(list, func(a, b leftover) int { return bytes.Compare(a.rank, b.rank) })
	return list, nil
}

// mayBeOffered reports whether an entry is told to desks: who has booked elsewhere or
// had the dose since is passed over, unless somebody has asked them.
func (b *batch) mayBeOffered(l *leftover) (bool, error) {
	if len(l.events) > 0 {
		return true, nil
	}
	p, ok := b.places[l.row.Slot]
	if !ok {
		return false, nil
	}
	c := b.e.catalogue.Load()
	programme, vaccine, _ := c.Vaccine(l.row.Vaccine)
	rule, known := vaccine.Dose(l.row.Dose)
	row := l.row
	row.Person = b.who(row.Person)
	a := &asked{catalogue: c, request: Request{ID: row.ID, Slot: row.Slot, Dose: row.Dose}, row: row, rule: rule, vaccine: vaccine, programme: programme}
	_, err := b.eligible(a, &row, p)
	var no *clinic.Refusal
	if errors.As(err, &no) {
		return false, nil
	}
	return known, err
}

func (e *Engine) openLeftover(l *leftover) (out Leftover, err error) {
	out = Leftover{ID: l.row.ID, Slot: l.row.Slot, Dose: l.row.Dose, Created: l.row.Created}
	if out.Person, err = e.reveal(&l.row); err != nil {
		return out, err
	}
	for i := range l.events {
		r := &l.events[i]
		if r.Op.Reason, err = e.reason(r); err != nil {
			return out, err
		}
		out.Answers = append(out.Answers, syncproto.EventRow{Device: r.Device, Epoch: r.Epoch, Op: r.Op})
	}
	return out, nil
}

// standbyAsked takes what a desk says of somebody on a standby list. Who comes gets a
// booking with the entry's id: a place that nobody has, else one beyond the capacity,
// for the dose is in an open vial.
func (b *batch) standbyAsked(tx *store.Tx, e *store.Event) error {
	e.Outcome, e.Code = syncproto.Parked, CodeOrphan
	row, ok, err := store.StandbyByID(context.Background(), b.reads(), e.Op.Booking)
	if err != nil {
		return err
	}
	if !ok || row.Site != e.Site {
		b.orphans[e.Op.Booking] = true
		return nil
	}
	if clinic.StandbyAnswer(e.Op.Reason) != clinic.StandbyAccepted {
		e.Outcome, e.Code = syncproto.Accepted, ""
		if p, ok := b.places[row.Slot]; ok {
			p.site.next(b) // no row moves, and yet the other desks are to ask for the list
		}
		b.note("device "+e.Device.String(), "standby_"+e.Op.Reason, row.ID, row.Site)
		return nil
	}
	p, ok := b.places[row.Slot]
	if !ok {
		e.Code = CodeNoSlot
		return nil
	}
	if err := b.takeOffDay(tx, &row); err != nil {
		return err
	}
	row.Person = b.who(row.Person)
	if h := b.bookedHere(row.Person, p); h != nil { // booked here since: no second place
		e.Outcome, e.Code = syncproto.Flagged, CodeHasBooking
		p.site.next(b)
		return b.adoptEntry(tx, &row, h)
	}
	return b.takeLeftover(tx, e, &row, p)
}

// adoptEntry links the arrival of somebody who accepted to the booking that they have.
func (b *batch) adoptEntry(tx *store.Tx, row *store.Booking, h *held) error {
	facts, err := b.counting(h.id)
	if err != nil {
		return err
	}
	return b.adoptOf(tx, row.ID, h, facts...)
}

// unknown judges an event about a booking that there is not. It waits until there is;
// where it names the entry of a standby list, and that person has a booking at the site
// on the day, it is about that one.
func (b *batch) unknown(tx *store.Tx, e *store.Event) error {
	row, ok, err := store.StandbyByID(context.Background(), b.reads(), e.Op.Booking)
	if err != nil {
		return err
	}
	if p := b.places[row.Slot]; ok && p != nil && row.Site == e.Site {
		if h := b.bookedHere(b.who(row.Person), p); h != nil {
			e.Op.Booking = h.id
			if err := b.happens(tx, h, e); err != nil {
				return err
			}
			if e.Outcome == syncproto.Accepted {
				e.Outcome, e.Code = syncproto.Flagged, CodeHasBooking
			}
			return nil
		}
	}
	e.Outcome, e.Code = syncproto.Parked, CodeOrphan
	b.orphans[e.Op.Booking] = true
	return nil
}

// takeOffDay takes an entry off its list, whose record has ended.
func (b *batch) takeOffDay(tx *store.Tx, row *store.Booking) error {
	if l := b.lists[row.Slot]; l != nil {
		for _, w := range l.waiting {
			if w.row.ID == row.ID {
				b.takeOff(l, w)
				break
			}
		}
	}
	if !row.Holds { // it left meanwhile
		return nil
	}
	return tx.SettleStandby(row.ID, b.now.UnixMilli())
}

// takeLeftover books an entry that comes for a dose that is left.
func (b *batch) takeLeftover(tx *store.Tx, e *store.Event, row *store.Booking, p *place) error {
	over := 1
	if p.unclaimed() > 0 {
		over = 0
	}
	p.take(b, 1, over)
	row.Version, row.Attendance, row.Cancelled, row.Created, row.Stamp = 1, clinic.NotArrived, 0, b.now.UnixMilli(), p.site.next(b)
	h, elsewhere, err := b.enter(tx, row, p)
	if err != nil {
		return err
	}
	b.note("device "+e.Device.String(), "standby_accepted", row.ID, row.Site)
	if err := b.happens(tx, h, e); err != nil {
		return err
	}
	fact := e.Fact()
	fact.Reason = e.Op.Reason
	if err := b.adopt(tx, h, fact); err != nil {
		return err
	}
	if elsewhere {
		e.Outcome, e.Code = syncproto.Flagged, CodeBookedElsewhere
	}
	return nil
}

// comes has a booking that an accepted leftover made stand while somebody comes for it:
// where each acceptance was taken back and nobody is here it gives its place back, and
// who accepts once more has one again. fresh are the events that are about to count. It
// reports whether a place was given back or taken.
func (b *batch) comes(h *held, fresh ...clinic.Event) (moved bool, err error) {
	ctx, last := context.Background(), fresh[len(fresh)-1]
	if last.Kind != clinic.EventVoided && last.Kind != clinic.StandbyAsked {
		return false, nil
	}
	if _, listed, err := store.StandbyByID(ctx, b.reads(), h.id); err != nil || !listed {
		return false, err
	}
	rows, err := store.EventsOf(ctx, b.reads(), h.id)
	if err != nil {
		return false, err
	}
	all, err := b.e.facts(rows)
	if err != nil {
		return false, err
	}
	all = append(all, fresh...)
	accepted := func(f clinic.Event) bool {
		return f.Kind == clinic.StandbyAsked && clinic.StandbyAnswer(f.Reason) == clinic.StandbyAccepted
	}
	coming := len(clinic.StandbyAcceptances(all)) > 0
	switch {
	case !slices.ContainsFunc(all, accepted): // the draw gave the place
	case !coming && h.cancelled == 0 && clinic.Fold(all).Attendance <= clinic.NoShow:
		h.cancelled = b.now.UnixMilli()
		h.place.giveBack(b)
		b.note("device "+last.Ref.Device.String(), "standby_taken_back", h.id, h.place.site.code)
		return true, nil
	case coming && h.cancelled != 0 && accepted(last) && b.bookedHere(h.person, h.place) == nil:
		b.standAgain(h)
		b.note("device "+last.Ref.Device.String(), "standby_again", h.id, h.place.site.code)
		return true, nil
	}
	return false, nil
}

// takenBack takes a void that names an entry of a standby list which has no booking of its
// own: the answer was no acceptance, or that of somebody who had a booking here already,
// which stands as it is.
func (b *batch) takenBack(tx *store.Tx, e *store.Event) error {
	v := e.Op.Voids
	list, err := store.EventsFrom(context.Background(), b.reads(), v.Device, v.Epoch, v.Seq, v.Seq)
	if err != nil {
		return err
	}
	if len(list) != 1 || list[0].Site != e.Site || list[0].Op.Kind != clinic.StandbyAsked || !list[0].Outcome.Counts() {
		return b.unknown(tx, e)
	}
	b.sites[e.Site].next(b) // the other desks are to ask for the list
	return nil
}
