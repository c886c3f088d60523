package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
)

// decides has a desk go through what central doubts, as at the end of its day.
func (d *device) decides() {
	w := d.w
	if !d.on() {
		return
	}
	closing, err := d.counter.Closing(w.ctx)
	w.must("close the day at "+d.name, err)
	for _, doubt := range closing.Doubts {
		said, _ := doubt.Said()
		possible := doubt.Decisions()
		if said != "" || len(possible) == 0 || w.chance(0.3) || !d.on() {
			continue
		}
		d.decide(doubt, possible[w.rng.IntN(len(possible))])
	}
}

func (d *device) decide(doubt reception.Doubt, as reception.Decision) {
	w := d.w
	about := clinic.Booking{ID: doubt.Booking}
	if as == reception.DecideVoid {
		for _, o := range w.devices {
			delete(o.came, doubt.Booking)
		}
	}
	before := d.told
	d.tell(fmt.Sprintf("%s on event %d, which is %s", as, doubt.Ref.Seq, doubt.Code), about, func() error {
		return d.counter.Decide(w.ctx, doubt, as, "因為這樣")
	})
	if d.told > before {
		w.tally.decided++
	}
	if as == reception.DecideCorrect && d.on() {
		if _, err := d.replica.Booking(w.ctx, doubt.Booking); err == nil {
			d.give(about, "LOT2")
		}
	}
}

// give has a desk record a dose of somebody who is there.
func (d *device) give(b clinic.Booking, lot string) {
	day := d.replica.Today()
	d.tell("dose", b, func() error {
		_, err := d.counter.Give(d.w.ctx, b.ID, reception.Dose{Lot: lot, Injection: clinic.Injection{Vaccine: vaccine, Expires: day.AddDays(90), Limb: clinic.Limbs[0]}})
		return err
	})
}

// streams are the events that central has of every device, and what each one is about
// that decides on another.
type streams struct {
	of    map[clinic.ID][]store.Event // by device
	about map[clinic.EventRef][]decision
	voids map[clinic.EventRef][]store.Event
}

// decision is an event by which a clinic settles what central doubts.
type decision struct {
	store.Event
	says string // booking.DecidedVoid, or a decision of clinic.Answer
}

// streams reads what central has.
func (w *world) streams() streams {
	out := streams{make(map[clinic.ID][]store.Event), make(map[clinic.EventRef][]decision), make(map[clinic.EventRef][]store.Event)}
	for _, s := range w.set.seats {
		for _, seat := range s {
			rows, err := store.EventsFrom(w.ctx, w.central.store.Reader(), seat.id, 1, 1, 10_000)
			w.must("read the events", err)
			out.of[seat.id] = rows
			for _, r := range rows {
				out.note(w, r)
			}
		}
	}
	return out
}

func (s streams) note(w *world, r store.Event) {
	switch r.Op.Kind {
	case clinic.EventVoided:
		s.voids[r.Fact().Voids] = append(s.voids[r.Fact().Voids], r)
		if ref := r.Fact().Voids; r.Outcome.Counts() || r.Code == booking.CodeTakenBack {
			s.about[ref] = append(s.about[ref], decision{r, booking.DecidedVoid})
		}
	case clinic.DoubtAnswered:
		plain, err := w.set.keys.Open(store.EventTable, "reason", store.EventKey(r.Ref()), r.Reason)
		w.must("read an answer", err)
		a, err := clinic.ParseAnswer(string(plain))
		w.must("read an answer", err)
		if r.Outcome.Counts() {
			s.about[a.About] = append(s.about[a.About], decision{r, a.Decision})
		} else if r.Code != booking.CodeQuarantined {
			w.fail("an answer to a doubt, event %d of %s, is %s", r.Op.Seq, short(r.Device), r.Code)
		}
	}
}

// answered makes sure that whoever reads the review sees what the clinic decided on an
// event in it.
func (s streams) answered(w *world, review []booking.InReview) {
	for _, r := range review {
		w.tally.checks++
		says := make(map[string]bool)
		for _, d := range s.about[r.Event.Ref] {
			if d.Site == r.Site && d.Outcome.Counts() {
				says[d.says] = true
			}
		}
		shown := r.Decided.Decision
		if shown == "" && len(says) > 0 || shown != "" && !says[shown] || says[booking.DecidedVoid] && shown != booking.DecidedVoid {
			w.fail("event %d of %s is %s; the clinic decided %v, and the review says %q", r.Event.Ref.Seq, short(r.Event.Ref.Device), r.Code, slices.Collect(maps.Keys(says)), shown)
		}
	}
}

// doubts makes sure that a device shows each of its events that central doubts, until
// the site has decided on it, and none on which it has; and that what it took back does
// not wait any more.
func (d *device) doubts(s streams) {
	w := d.w
	if d.shared { // two machines say different things with the same numbers
		return
	}
	days, open := make(map[clinic.Date]bool), make(map[uint64]bool)
	for _, r := range s.of[d.id] {
		command := r.Op.Kind >= clinic.CancelAsked && r.Op.Kind <= clinic.ContactAsked
		doubted := (r.Outcome == syncproto.Flagged || r.Outcome == syncproto.Parked) && r.Op.Kind != clinic.DoubtAnswered && !command
		if v := r.Fact().Voids; r.Op.Kind == clinic.EventVoided && v.Device == d.id && v.Seq <= uint64(len(s.of[d.id])) {
			back := s.of[d.id][v.Seq-1]
			if back.Outcome == syncproto.Parked && back.Code != booking.CodeQuarantined && back.Op.Kind != clinic.EventVoided {
				w.fail("%s took its event %d back, which is still %s", d.name, v.Seq, back.Code)
			}
		}
		days[clinic.DateOf(r.Fact().At)] = true
		open[r.Op.Seq] = doubted && len(s.about[r.Ref()]) == 0
	}
	for day := range days {
		list, err := d.replica.Doubts(w.ctx, day)
		w.must("list the doubts of "+d.name, err)
		for _, doubt := range list {
			_, err := d.replica.Booking(w.ctx, doubt.Booking)
			if !open[doubt.Ref.Seq] && !errors.Is(err, replica.ErrNoBooking) { // else it has left the site, and another desk's void with it
				w.fail("%s still shows its event %d, which is settled at central", d.name, doubt.Ref.Seq)
			}
			delete(open, doubt.Ref.Seq)
		}
	}
	for seq, doubted := range open {
		w.tally.checks++
		if doubted {
			w.fail("%s does not show its event %d, which central doubts", d.name, seq)
		}
	}
}
