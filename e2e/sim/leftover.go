package main

import (
	"fmt"
	"slices"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/replica"
)

// waiter is somebody's place on the standby list of a slot.
type waiter struct {
	id     clinic.ID // of the booking too, when it becomes one
	slot   clinic.Slot
	person clinic.Person
}

// said is what a desk told somebody on a list, with the event that is on its disk.
type said struct {
	by     *device
	seq    uint64
	entry  clinic.ID
	answer clinic.StandbyAnswer
	gone   bool // somebody has taken it back
}

// lists are the standby lists of a world, and what was said of who is on them.
type lists struct {
	w       *world
	entries map[clinic.ID]waiter
	said    []said
}

func newLists(w *world) *lists {
	l := &lists{w: w, entries: make(map[clinic.ID]waiter)}
	if w.plan.waits {
		for _, e := range w.set.waiting {
			l.entries[e.id] = e
		}
	}
	return l
}

// standBy has a citizen wait for a place in a full slot of tomorrow.
func (k *workload) standBy() {
	w := k.w
	slot, n, id := k.slot(), w.rng.IntN(people), w.newID()
	if k.ask(fmt.Sprintf("person %d waits %s: %s %s %s", n, short(id), slot.Site, slot.Date, slot.Start), func() error {
		_, err := w.central.engine.StandBy(w.ctx, booking.Request{ID: id, Slot: slot.ID, Dose: dose, Person: k.people[n], Consents: 3})
		return err
	}) {
		w.lists.entries[id] = waiter{id, slot, k.people[n]}
	}
}

// leftovers has the desk offer, towards the end of a day, what lies in open vials, and
// note what people say who were asked.
func (d *device) leftovers() {
	w := d.w
	if !d.on() {
		return
	}
	if w.chance(0.5) && !d.stepping { // somebody looks at the page of vaccine, and the line is there
		d.step()
	}
	if w.chance(0.2) {
		w.alone(d.site)
	}
	for range 1 + w.rng.IntN(4) {
		if !d.on() {
			return
		}
		l, ok := d.left()
		if !ok {
			return
		}
		d.offer(l)
	}
}

// alone cuts the line of a whole site for some minutes.
func (w *world) alone(site string) {
	w.say("line", "of site %s is cut", site)
	for _, d := range w.devices {
		if d.site == site {
			d.line.noUp, d.line.noDown = d.line.noUp+1, d.line.noDown+1
			w.after(w.between(2*time.Minute, 12*time.Minute), func() {
				if d.line.noUp > 0 && d.line.noDown > 0 { // else it was mended
					d.line.noUp, d.line.noDown = d.line.noUp-1, d.line.noDown-1
				}
			})
		}
	}
}

// left is what is left in open vials; a vial is opened where nothing is.
func (d *device) left() (reception.Leftover, bool) {
	w := d.w
	for range 2 {
		list, err := d.counter.Leftovers(w.ctx)
		if d.buried() { // it notes how many were given
			return reception.Leftover{}, false
		}
		w.must("read what is left at "+d.name, err)
		if len(list) == 1 && list[0].Free() > 0 {
			return list[0], true
		}
		waiting, err := d.replica.Standby(w.ctx)
		w.must("read who waits at "+d.name, err)
		if len(waiting) == 0 {
			return reception.Leftover{}, false
		}
		d.opens()
		if !d.on() {
			return reception.Leftover{}, false
		}
	}
	return reception.Leftover{}, false
}

// opens has a vial come in and be opened.
func (d *device) opens() {
	ctx := d.w.ctx
	d.tell("vials", clinic.Booking{}, func() error {
		return d.counter.Receive(ctx, "LOT0", vaccine, d.replica.Today().AddDays(90), 1, 3)
	})
	if d.on() {
		d.tell("a vial is opened", clinic.Booking{}, func() error { return d.counter.OpenVial(ctx, "LOT0") })
	}
}

// offer has the desk ask who is next, or note what somebody says who was asked.
func (d *device) offer(l reception.Leftover) {
	w := d.w
	for _, p := range l.People {
		switch {
		case p.Answer == clinic.StandbyOffered && w.chance(0.6):
			d.says(p.ID, []clinic.StandbyAnswer{clinic.StandbyAccepted, clinic.StandbyAccepted, clinic.StandbyUnreached, clinic.StandbyDeclined}[w.rng.IntN(4)])
			return
		case p.Answer == clinic.StandbyAccepted && !p.Arrived && w.chance(0.3):
			d.takesBack(p)
			return
		case p.Answer == clinic.StandbyUnreached && w.chance(0.3): // they ring back
			d.says(p.ID, []clinic.StandbyAnswer{clinic.StandbyAccepted, clinic.StandbyDeclined}[w.rng.IntN(2)])
			return
		}
	}
	if next := l.Turn(); next >= 0 {
		d.says(l.People[next].ID, clinic.StandbyOffered)
	}
}

// says notes an answer of somebody on the list, and who accepts may come.
func (d *device) says(id clinic.ID, answer clinic.StandbyAnswer) {
	w, before := d.w, d.told
	d.tell("standby "+string(answer), clinic.Booking{ID: id}, func() error {
		if answer == clinic.StandbyOffered {
			return d.counter.Offer(w.ctx, id)
		}
		return d.counter.Answered(w.ctx, id, answer)
	})
	if d.told == before {
		return
	}
	w.tally.standby++
	if answer == clinic.StandbyOffered {
		w.lists.offered(d, id)
		if o := w.devices[w.rng.IntN(len(w.devices))]; w.chance(0.6) && o.site == d.site { // they do not wait for the telephone
			w.after(w.between(time.Second, 20*time.Minute), func() { o.comesUnasked(id) })
		}
	}
	w.lists.said = append(w.lists.said, said{by: d, seq: d.told, entry: id, answer: answer})
	if answer != clinic.StandbyAccepted {
		return
	}
	for _, o := range w.devices {
		if o.site == d.site && w.chance(0.3) {
			w.after(w.between(10*time.Second, 30*time.Minute), func() { o.comes(id) })
		}
	}
}

// takesBack is that somebody was noted as coming by mistake.
func (d *device) takesBack(p reception.Waiting) {
	w := d.w
	for i, s := range w.lists.said { // whether it comes to that or not: nobody relies on them any more
		if slices.Contains(p.Accepted, clinic.EventRef{Device: s.by.id, Epoch: 1, Seq: s.seq}) {
			w.lists.said[i].gone = true
		}
	}
	d.tell("comes not after all", clinic.Booking{ID: p.ID}, func() error { return d.counter.NotComing(w.ctx, p.ID) })
}

// coming reports whether somebody has told a desk that they come, and nobody has taken
// that back.
func (l *lists) coming(id clinic.ID) bool {
	return slices.ContainsFunc(l.said, func(s said) bool { return s.entry == id && s.answer == clinic.StandbyAccepted && !s.gone })
}

// takenBack reports whether somebody was once noted as coming by mistake.
func (l *lists) takenBack(id clinic.ID) bool {
	return slices.ContainsFunc(l.said, func(s said) bool { return s.entry == id && s.gone })
}

// comes is that who accepted stands before a device, which may have heard of it.
func (d *device) comes(id clinic.ID) {
	b, ok := d.pick(func(b clinic.Booking) bool { return b.ID == id && b.Visit().Attendance <= clinic.NoShow })
	if ok {
		d.checkIn(b)
	}
}

// comesUnasked is that somebody who waits comes without having said so.
func (d *device) comesUnasked(id clinic.ID) {
	if slot, ok := d.openSlot(); ok {
		d.walksIn(d.w.lists.entries[id].person, slot)
	}
}

// offered makes sure that nobody is asked whom the desk knows to have been asked: by
// itself, by a device that it has heard, or by one that central had heard of when the
// desk last heard central out.
func (l *lists) offered(d *device, id clinic.ID) {
	w := l.w
	for _, s := range l.said {
		if s.entry != id || s.by.shared || d.shared {
			continue
		}
		w.tally.checks++
		if s.by == d || d.heard[s.by.id] >= s.seq || l.hadReached(d, s) {
			w.fail("%s offers a dose to %s, of whom %s has said %s", d.name, short(id), s.by.name, s.answer)
		}
	}
}

// hadReached reports whether something that was said was at central before the desk
// last heard it out.
func (l *lists) hadReached(d *device, s said) bool {
	r, ok := l.atCentral(s)
	return ok && !d.whole.IsZero() && r.Outcome.Counts() && r.Received < d.whole.UnixMilli()
}

// keeps makes sure that whoever accepted at a desk, or at one that it heard, is on its
// list of the day from then on, whatever becomes of central, unless they have a booking
// there by another way.
func (l *lists) keeps(d *device) {
	w := l.w
	for _, s := range l.said {
		e, known := l.entries[s.entry]
		heard := s.by == d || d.heard[s.by.id] >= s.seq
		if d.shared || s.by.shared || s.by.revoked || s.gone || s.answer != clinic.StandbyAccepted || !heard || !known || e.slot.Date != d.replica.Today() {
			continue
		}
		w.tally.checks++
		if s.by != d && !l.waits(d, s.entry) { // it has no list, and finds them when central has heard of it
			continue
		}
		b, err := d.replica.Booking(w.ctx, s.entry)
		if err == nil && (b.Active() || b.Visit().Attendance >= clinic.Arrived || l.takenBack(s.entry)) { // ADR 23: seen as cancelled until central hears of the second yes
			continue
		}
		if r, ok := l.atCentral(s); !ok || r.Code != booking.CodeHasBooking {
			w.fail("%s has told %s that they may come, and does not list them", d.name, short(s.entry))
		}
	}
}

// waits reports whether a device has an entry on its list.
func (l *lists) waits(d *device, id clinic.ID) bool {
	list, err := d.replica.Standby(l.w.ctx)
	l.w.must("read who waits at "+d.name, err)
	return slices.ContainsFunc(list, func(e replica.StandbyEntry) bool { return e.ID == id })
}

// atCentral gives central's row of something that was said.
func (l *lists) atCentral(s said) (store.Event, bool) {
	w := l.w
	if w.central.store == nil {
		return store.Event{}, false
	}
	rows, err := store.EventsFrom(w.ctx, w.central.store.Reader(), s.by.id, 1, s.seq, s.seq)
	w.must("look for what was said of a standby list", err)
	if len(rows) != 1 {
		return store.Event{}, false
	}
	return rows[0], true
}
