package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/replica"
)

// people are how many citizens there are; some have no booking, so that walk-ins
// are theirs too. Those with higher numbers have places, or wait for one, from the
// beginning, where the plan says so.
const (
	people    = 48
	everybody = people + 2*2*places*stageSites
)

// workload is what people do: citizens online, nurses at the devices.
type workload struct {
	w      *world
	people []clinic.Person
	booked []clinic.ID // by any answer that said so, in order
	sure   map[clinic.ID]bool
	freed  map[held]bool               // leases that a device was told to give back
	owner  map[clinic.ID]clinic.Person // of whom a booking is that was confirmed
	phones map[clinic.ID]phoned        // the last that a citizen changed
}

// held is a device's leases of a slot.
type held struct{ device, slot clinic.ID }

func newWorkload(w *world) *workload {
	k := &workload{w: w, sure: make(map[clinic.ID]bool), freed: make(map[held]bool), owner: make(map[clinic.ID]clinic.Person), phones: make(map[clinic.ID]phoned)}
	for n := range everybody {
		k.people = append(k.people, person(n))
	}
	if w.plan.waits {
		k.booked = append(k.booked, w.set.seated...)
		for _, id := range k.booked {
			k.sure[id] = true
		}
	}
	return k
}

// person is one of the invented people.
func person(n int) clinic.Person {
	return clinic.Person{
		ID: idNumber(n), Name: clinic.NewName(fmt.Sprintf("金絲雀%d", n)), Birth: clinic.NewBirth(clinic.Date{Year: 1960, Month: 5, Day: 1 + n%28}),
		Mobile: clinic.NewPhone(fmt.Sprintf("09990%05d", n)),
	}
}

// idNumber is a national ID number with a right check digit.
func idNumber(n int) clinic.IDNumber {
	body := fmt.Sprintf("1990%04d", n)
	sum := 1
	for i := range body {
		sum += int(body[i]-'0') * (8 - i)
	}
	return clinic.NewIDNumber("A" + body + strconv.Itoa((10-sum%10)%10))
}

func (k *workload) schedule() {
	w := k.w
	for range w.plan.online / 2 { // most people book before the clinics open
		w.after(w.between(0, 20*time.Minute), k.book)
	}
	for range w.plan.online / 2 {
		w.after(w.between(0, w.plan.span), k.online)
	}
	for day := range 2 {
		for _, hour := range []int{4, 9} { // after the morning, after the afternoon
			w.after(time.Duration(day)*24*time.Hour+time.Duration(hour)*time.Hour+w.between(0, 30*time.Minute), k.closeDay)
		}
	}
	k.upkeep()
	for _, d := range w.devices {
		for day := range 2 {
			k.actsOf(d, time.Duration(day)*24*time.Hour)
		}
	}
}

// actsOf has a nurse use a device for one day.
func (k *workload) actsOf(d *device, from time.Duration) {
	for range k.w.plan.acts {
		k.w.after(from+k.w.between(20*time.Minute, 8*time.Hour), func() { k.atDevice(d) })
	}
	if d.role == "desk" && k.w.plan.waits {
		k.w.after(from+k.w.between(3*time.Hour, 7*time.Hour), d.leftovers)
	}
	if d.role == "desk" {
		k.w.after(from+k.w.between(20*time.Minute, 8*time.Hour), d.stocks)
	}
	if d.role == "desk" { // what is doubted is gone through before the day ends
		k.w.after(from+k.w.between(4*time.Hour, 7*time.Hour), d.decides)
	}
}

// atDevice is one thing that happens at a counter.
func (k *workload) atDevice(d *device) {
	n := k.w.rng.IntN(144)
	switch {
	case n >= 128 && d.role == "desk":
		k.atQueue(d)
	case n >= 120 && d.role == "desk":
		k.correct(d)
	case n >= 100:
		k.walkIn(d, n < 112)
	case n < 55 || d.role == "kiosk":
		if b, ok := d.pick(func(b clinic.Booking) bool { return b.Visit().Attendance <= clinic.NoShow }); ok {
			d.checkIn(b)
		}
	case n < 75:
		lot := "LOT" + strconv.Itoa(k.w.rng.IntN(2))
		d.act("vaccination", arrived(replica.Draft{Kind: clinic.VaccineGiven, Staff: "nurse", Lot: lot}))
	case n < 82:
		d.act("deferral", arrived(replica.Draft{Kind: clinic.DoseDeferred, Staff: "nurse", Reason: "fever"}))
	case n < 94:
		if b, ok := d.pick(func(b clinic.Booking) bool { return b.Visit().Attendance != clinic.NotArrived }); ok {
			d.undo(b)
		}
	default:
		d.act("no-show", func(b clinic.Booking) (replica.Draft, error) {
			if b.Visit().Attendance != clinic.NotArrived {
				return replica.Draft{}, nil
			}
			return replica.Draft{Kind: clinic.NoShowMarked, Staff: "nurse"}, nil
		})
	}
}

// walker is who comes without a booking, sometimes somebody who waits for one.
func (k *workload) walker() int {
	if k.w.plan.waits && k.w.chance(0.3) {
		return k.w.rng.IntN(everybody)
	}
	return k.w.rng.IntN(people)
}

// atQueue has somebody called to a room who waits, or put aside who did not come; and
// of who was vaccinated it is noted how they are, or that they leave.
func (k *workload) atQueue(d *device) {
	at := clinic.Arrived
	if k.w.chance(0.3) {
		at = clinic.Vaccinated
	}
	b, ok := d.pick(func(b clinic.Booking) bool { return b.Visit().Attendance == at })
	if !ok {
		return
	}
	ctx, once := k.w.ctx, k.w.chance(0.6)
	switch {
	case at == clinic.Arrived && once:
		d.tell("call", b, func() error { return d.counter.Call(ctx, b.ID, "1") })
	case at == clinic.Arrived:
		d.tell("passed over", b, func() error { return d.counter.Skip(ctx, b.ID) })
	case once:
		d.tell("leaves", b, func() error { _, err := d.counter.LetGo(ctx, b.ID); return err })
	default:
		d.tell("reaction", b, func() error { _, err := d.counter.NoteReaction(ctx, b.ID, "rash"); return err })
	}
}

// walkIn has somebody come without a booking, or places held for them and freed.
func (k *workload) walkIn(d *device, comes bool) {
	w := k.w
	slot, ok := d.openSlot()
	switch {
	case !ok:
	case comes:
		d.walksIn(k.people[k.walker()], slot)
	case w.chance(0.7):
		d.wants("hold places", func() error { return d.counter.HoldPlaces(w.ctx, slot.ID, 1+w.rng.IntN(3)) })
	default:
		k.freed[held{d.id, slot.ID}] = true
		d.wants("free places", func() error { return d.counter.FreePlaces(w.ctx, slot.ID) })
	}
}

// openSlot draws one of today's slots that is not over.
func (d *device) openSlot() (clinic.Slot, bool) {
	w := d.w
	if !d.on() {
		return clinic.Slot{}, false
	}
	var open []clinic.Slot
	for _, s := range w.set.slots {
		if s.Site == d.site && s.Date == clinic.DateOf(w.now) && w.now.Before(s.Date.At(s.End)) {
			open = append(open, s)
		}
	}
	if len(open) == 0 {
		return clinic.Slot{}, false
	}
	return open[w.rng.IntN(len(open))], true
}

// walksIn is somebody who comes without a booking.
func (d *device) walksIn(p clinic.Person, slot clinic.Slot) {
	w, beyond := d.w, d.role == "desk" && d.w.chance(0.4)
	left, err := d.counter.Places(w.ctx, slot.ID)
	w.must("count places at "+d.name, err)
	d.tell(fmt.Sprintf("walk-in of person %s, %d places left", p.Mobile.Reveal()[6:], left), clinic.Booking{ID: slot.ID}, func() error {
		got, err := d.counter.WalkIn(w.ctx, reception.WalkIn{Person: p, Slot: slot.ID, Dose: dose, Beyond: beyond})
		if errors.Is(err, replica.ErrNoSlot) && d.listed == (clinic.Date{}) { // before its first pull a desk has none to choose
			return clinic.Refuse(clinic.RefusedNoSuchSlot)
		}
		if err == nil && left > 0 {
			d.leased[got.Entry.Booking.ID] = slot
		}
		return err
	})
}

func arrived(d replica.Draft) func(clinic.Booking) (replica.Draft, error) {
	return func(b clinic.Booking) (replica.Draft, error) {
		if b.Visit().Attendance != clinic.Arrived {
			return replica.Draft{}, nil
		}
		return d, nil
	}
}

// slot draws a slot of a site in use, of the first two days.
func (k *workload) slot() clinic.Slot {
	for {
		s := k.w.set.slots[k.w.rng.IntN(k.w.plan.sites*slotsOfSite)]
		if s.Date.Before(clinic.DateOf(begin).AddDays(2)) {
			return s
		}
	}
}

func (k *workload) online() {
	switch n := k.w.rng.IntN(12); {
	case n >= 10 && k.w.plan.waits && k.w.chance(0.5):
		k.standBy()
	case n >= 10:
		k.changePhone()
	case n < 4:
		k.book()
	case n < 7:
		k.cancel()
	default:
		k.move()
	}
}

// ask has central do something that a citizen or a member of staff asks for. It is
// false when the answer was a no, or never came.
func (k *workload) ask(what string, do func() error) bool {
	var err error
	if !k.w.central.call(func() { err = do() }) {
		k.w.say("online", "%s: no answer", what)
		return false
	}
	if err != nil {
		var no *clinic.Refusal
		if !errors.As(err, &no) {
			k.w.must(what, err)
		}
		k.w.say("online", "%s: no: %v", what, err)
		return false
	}
	k.w.tally.online++
	k.w.say("online", "%s", what)
	return true
}

func (k *workload) book() {
	slot, n := k.slot(), k.w.rng.IntN(people)
	id := k.w.newID()
	ok := k.ask(fmt.Sprintf("person %d books %s: %s %s %s", n, short(id), slot.Site, slot.Date, slot.Start), func() error {
		_, err := k.w.central.engine.Book(k.w.ctx, booking.Request{ID: id, Slot: slot.ID, Dose: dose, Person: k.people[n], Consents: 3})
		return err
	})
	if ok {
		k.booked = append(k.booked, id)
		k.sure[id], k.owner[id] = true, k.people[n]
	}
}

// office is whoever may do everything.
var office = booking.Actor{Account: "office", Scope: booking.Scope{All: true}}

func (k *workload) cancel() {
	if len(k.booked) == 0 {
		return
	}
	id := k.booked[k.w.rng.IntN(len(k.booked))]
	k.ask("cancel "+short(id), func() error { _, err := k.w.central.engine.CancelFor(k.w.ctx, office, id); return err })
}

func (k *workload) move() {
	if len(k.booked) == 0 {
		return
	}
	id, to := k.booked[k.w.rng.IntN(len(k.booked))], k.slot()
	k.ask(fmt.Sprintf("move %s to %s %s %s", short(id), to.Site, to.Date, to.Start), func() error {
		_, err := k.w.central.engine.MoveFor(k.w.ctx, office, id, to.ID)
		return err
	})
}

// closeDay marks who did not come at one of the sites.
func (k *workload) closeDay() {
	site := siteCodes()[k.w.rng.IntN(k.w.plan.sites)]
	day := clinic.DateOf(k.w.now)
	k.ask("close the day at "+site, func() error {
		_, err := k.w.central.engine.CloseDay(k.w.ctx, office, site, day)
		return err
	})
}

// restored forgets the bookings that the backup did not have.
func (k *workload) restored() {
	var left []clinic.ID
	for _, id := range k.booked {
		if _, err := k.w.central.engine.Booking(k.w.ctx, id); err == nil {
			left = append(left, id)
		} else {
			delete(k.sure, id)
		}
	}
	k.booked, k.phones = left, make(map[clinic.ID]phoned)
	for id := range k.w.lists.entries {
		if _, err := k.w.central.engine.StandbyEntry(k.w.ctx, id); err != nil {
			delete(k.w.lists.entries, id)
		}
	}
}
