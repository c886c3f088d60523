package main

import (
	"fmt"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
)

// settling is how long after a session central waits before it decides who did not
// come, as in package booking.
const settling = 30 * time.Minute

// upkeep is what central does by itself, and more often than a real one: soon after the
// sessions, when somebody may still be dark, and at any other time.
func (k *workload) upkeep() {
	w := k.w
	for day := range 2 {
		for _, end := range []clinic.TimeOfDay{12 * 60, 17 * 60} {
			at := clinic.DateOf(begin).AddDays(day).At(end).Add(settling)
			w.after(at.Sub(begin)+w.between(0, 5*time.Minute), k.decide)
		}
	}
	for range 4 {
		w.after(w.between(0, w.plan.span), k.decide)
	}
	w.after(w.between(0, w.plan.span), k.purge)
}

// decide has central mark who did not come, and makes sure that nobody is marked whose
// arrival lies on the disk of a device that is still to be heard.
func (k *workload) decide() {
	w := k.w
	if w.central.store == nil {
		return
	}
	before := k.absent()
	marked := 0
	if !k.ask("decide who did not come", func() (err error) { marked, err = w.central.engine.DecideNoShows(w.ctx); return err }) || marked == 0 {
		return
	}
	w.say("central", "%d did not come", marked)
	after := k.absent()
	for id, slot := range before {
		if _, still := after[id]; still {
			continue
		}
		if w.lists.coming(id) {
			w.fail("booking %s is a no-show, and helped a dose not to be wasted", short(id))
		}
		for _, d := range w.devices {
			came, here := d.came[id]
			w.tally.checks++
			if here && !d.shared && !d.revoked && came.Before(slot.Date.At(slot.End).Add(settling)) {
				w.fail("booking %s is a no-show, and its arrival waits on %s", short(id), d.name)
			}
		}
	}
}

// absent gives the bookings to which nothing has happened, with their slots.
func (k *workload) absent() map[clinic.ID]clinic.Slot {
	out := make(map[clinic.ID]clinic.Slot)
	for day := range 3 {
		list, err := store.AbsentOn(k.w.ctx, k.w.central.store.Reader(), clinic.DateOf(begin).AddDays(day))
		k.w.must("list who has not come", err)
		for _, a := range list {
			out[a.Booking], _ = k.w.central.engine.Slot(a.Slot)
		}
	}
	return out
}

func (k *workload) purge() {
	k.ask("forget who left long ago", func() error { _, err := k.w.central.engine.PurgeDepartures(k.w.ctx); return err })
}

// phone is a mobile number that a person did not have before.
func (k *workload) phone() clinic.Phone {
	return clinic.NewPhone(fmt.Sprintf("0999000%03d", 100+k.w.rng.IntN(900)))
}

// changePhone is a citizen who changes a booking's number online.
func (k *workload) changePhone() {
	if len(k.booked) == 0 {
		return
	}
	k.changePhoneOf(k.booked[k.w.rng.IntN(len(k.booked))])
}

func (k *workload) changePhoneOf(id clinic.ID) {
	p, ok := k.owner[id]
	if !ok {
		return
	}
	w, mobile := k.w, k.phone()
	delete(k.phones, id) // nobody knows what a central that dies makes of it
	var after clinic.Booking
	if k.ask("change the phone of "+short(id), func() (err error) {
		after, err = w.central.engine.ChangePhones(w.ctx, booking.PhoneChange{ID: id, Number: p.ID, Birth: p.Birth, Mobile: mobile})
		return err
	}) {
		k.phones[id] = phoned{mobile, after.Version}
	}
}

// phoned is a number that a citizen was told is written, and the version it made.
type phoned struct {
	mobile  clinic.Phone
	version int64
}

// expected reports whether somebody may still come, so that they can be corrected.
func expected(b clinic.Booking) bool { return b.Active() && b.Visit().Attendance < clinic.Arrived }

// correct is a desk that asks for another name or number of somebody.
func (k *workload) correct(d *device) {
	b, ok := d.pick(expected)
	if !ok {
		return
	}
	p := clinic.Person{Mobile: k.phone()}
	if k.w.chance(0.5) {
		p = clinic.Person{Name: clinic.NewName(fmt.Sprintf("金絲雀改%d", k.w.rng.IntN(100)))}
	}
	d.tell("correction", b, func() error { return d.counter.AskCorrect(k.w.ctx, b.ID, p) })
}

// phonesStand makes sure that a citizen's number is the booking's, unless a desk that
// knew it has corrected it.
func (w *world) phonesStand() {
	for id, p := range w.work.phones {
		w.tally.checks++
		rows, err := store.EventsOf(w.ctx, w.central.store.Reader(), id)
		w.must("read the events", err)
		knew := false
		for _, r := range rows {
			knew = knew || r.Op.Kind == clinic.ContactAsked && r.Op.Base >= p.version
		}
		b, err := w.central.engine.Booking(w.ctx, id)
		w.must("read a booking", err)
		if !knew && b.Person.Mobile.Reveal() != p.mobile.Reveal() {
			w.fail("booking %s: the citizen's number did not stand against a desk that did not know it", short(id))
		}
	}
}

// listStays makes sure that a device whose central was restored shows everybody of
// the day's last list until it has the new one in full, however often its line breaks.
func (d *device) listStays(at replica.Position) {
	w := d.w
	today := clinic.DateOf(w.now)
	if at.Whole > 0 || d.listed != today || w.central.store == nil {
		if at.Whole > 0 {
			list, err := d.replica.IDs(w.ctx, today)
			w.must("list the day of "+d.name, err)
			d.list, d.listed = list, today
		}
		return
	}
	shown, err := d.replica.Day(w.ctx, today)
	w.must("list the day of "+d.name, err)
	now := make(map[clinic.ID]bool)
	for _, b := range shown {
		now[b.ID] = true
	}
	for _, id := range d.list {
		w.tally.checks++
		b, err := w.central.engine.Booking(w.ctx, id)
		if moved := err == nil && (b.Slot.Site != d.site || b.Slot.Date != today); !moved && !now[id] {
			w.fail("%s does not show booking %s while central tells its rows anew", d.name, short(id))
		}
	}
}

// darken takes the cable out while people still arrive, and then switches the device
// off for hours.
func (d *device) darken() {
	if !d.on() {
		return
	}
	w := d.w
	w.tally.faults[dark]++
	w.say(d.name, "cable out, and soon switched off")
	d.line.noUp, d.line.noDown = d.line.noUp+1, d.line.noDown+1
	for range 3 {
		w.after(w.between(0, 40*time.Second), func() {
			if b, ok := d.pick(func(b clinic.Booking) bool { return b.Visit().Attendance <= clinic.NoShow }); ok {
				d.checkIn(b)
			}
		})
	}
	if b, ok := d.pick(expected); ok && d.role == "desk" { // a citizen and a desk who do not know of each other
		d.tell("correction", b, func() error { return d.counter.AskCorrect(w.ctx, b.ID, clinic.Person{Mobile: w.work.phone()}) })
		w.after(w.between(0, time.Hour), func() { w.work.changePhoneOf(b.ID) })
	}
	w.after(time.Minute, func() {
		if d.line.noUp > 0 && d.line.noDown > 0 { // else it was mended
			d.line.noUp, d.line.noDown = d.line.noUp-1, d.line.noDown-1
		}
		if d.on() {
			d.off = w.between(time.Hour, 6*time.Hour)
			d.dead = true
			d.buried()
		}
	})
}
