package main

import (
	"errors"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
)

// pick draws one of today's bookings.
func (d *device) pick(fits func(clinic.Booking) bool) (clinic.Booking, bool) {
	if !d.on() {
		return clinic.Booking{}, false
	}
	list, err := d.replica.Day(d.w.ctx, d.replica.Today())
	d.w.must("list the day of "+d.name, err)
	var chosen []clinic.Booking
	for _, b := range list {
		if fits == nil || fits(b) {
			chosen = append(chosen, b)
		}
	}
	if len(chosen) == 0 {
		return clinic.Booking{}, false
	}
	return chosen[d.w.rng.IntN(len(chosen))], true
}

// act writes an event about one of today's bookings.
func (d *device) act(what string, decide func(clinic.Booking) (replica.Draft, error)) {
	b, ok := d.pick(nil)
	if ok {
		d.tell(what, b, func() error { _, err := d.replica.Act(d.w.ctx, b.ID, decide); return err })
	}
}

// tell does something about a booking and notes what somebody was told.
func (d *device) tell(what string, b clinic.Booking, do func() error) {
	before, err := d.replica.Outbox(d.w.ctx, 1)
	d.w.must("read the outbox of "+d.name, err)
	err = do()
	if !d.dying.struck && err != nil {
		var no *clinic.Refusal
		if !errors.As(err, &no) {
			d.w.must(d.name+": "+what, err)
		}
		d.w.say(d.name, "%s for %s: no: %v", what, short(b.ID), err)
		return
	}
	if d.dying.struck {
		d.w.say(d.name, "%s for %s: dies", what, short(b.ID))
		d.changed()
		return
	}
	after, err := d.replica.Outbox(d.w.ctx, 1)
	d.w.must("read the outbox of "+d.name, err)
	if after.Max > before.Max {
		d.told = after.Max
		d.w.tally.events++
		d.w.say(d.name, "%s for %s: event %d", what, short(b.ID), after.Max)
		d.changed()
	}
}

// checkIn has somebody arrive.
func (d *device) checkIn(b clinic.Booking) {
	before := d.told
	d.tell("check-in", b, func() error { _, err := d.counter.CheckIn(d.w.ctx, b.ID); return err })
	if d.told > before {
		d.came[b.ID] = d.w.now
	}
}

// undo takes back what happened last to a booking.
func (d *device) undo(b clinic.Booking) {
	for _, o := range d.w.devices {
		delete(o.came, b.ID)
	}
	d.tell("undo", b, func() error { return d.counter.Undo(d.w.ctx, b.ID) })
}

// wants has the agent ask central for something with its next round.
func (d *device) wants(what string, do func() error) {
	err := do()
	if !d.dying.struck {
		d.w.must(d.name+": "+what, err)
		d.w.say(d.name, "%s", what)
	}
	if !d.buried() && !d.stepping && d.next.Sub(d.w.now) > 2*time.Second {
		d.wake(2 * time.Second)
	}
}

// short is the end of an id, enough to tell bookings apart.
func short(id clinic.ID) string { s := id.String(); return s[len(s)-6:] }
