package main

import (
	"bytes"
	"slices"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// mostWaiting is more than wait at a site.
const mostWaiting = syncproto.MaxStandby

// judge holds central's standby lists against what was said of them.
func (l *lists) judge(told streams) {
	w := l.w
	if !w.plan.waits {
		return
	}
	books := l.bookings()
	back := make(map[clinic.ID]bool) // who was cancelled and came all the same, and may have booked again between
	for _, rows := range told.of {
		for _, r := range rows {
			l.event(told, books, r)
			back[r.Op.Booking] = back[r.Op.Booking] || r.Code == booking.CodeReinstated
		}
	}
	for id := range l.entries {
		w.tally.checks++
		if n := books.beside(id); n > 1 && l.coming(id) && !back[id] {
			w.fail("who accepted %s has %d bookings at that site on that day", short(id), n)
		}
	}
	seeds := make(map[clinic.ID][]byte)
	for _, e := range l.entries {
		if e.slot.Date.After(clinic.DateOf(w.now)) || seeds[e.slot.ID] != nil {
			continue
		}
		w.tally.checks++
		draw, err := w.central.engine.Draw(w.ctx, e.slot.ID)
		w.must("read a draw", err)
		if err := clinic.VerifyDraw(draw); err != nil {
			w.fail("the draw of slot %s: %w", short(e.slot.ID), err)
		}
		seeds[e.slot.ID] = draw.Seed
	}
	l.order(seeds)
}

// order makes sure that who waits is listed as it was drawn.
func (l *lists) order(seeds map[clinic.ID][]byte) {
	w := l.w
	for _, site := range siteCodes()[:w.plan.sites] {
		list, err := w.central.engine.Leftovers(w.ctx, site, mostWaiting)
		w.must("read who waits", err)
		var before []byte
		for _, e := range list {
			rank := clinic.DrawRank(seeds[e.Slot], e.ID)
			if w.tally.checks++; bytes.Compare(before, rank) > 0 {
				w.fail("%s is told after somebody whose turn comes later", short(e.ID))
			}
			before = rank
		}
	}
}

// event judges what became of one event about an entry of a list: what a desk said
// counts, or waits for people; and an arrival waits for no booking that is there.
func (l *lists) event(told streams, books ledger, r store.Event) {
	w := l.w
	_, known := l.entries[r.Op.Booking]
	if !known {
		return
	}
	w.tally.checks++
	if r.Op.Kind == clinic.StandbyAsked && r.Outcome == syncproto.Rejected && r.Code != booking.CodeTakenBack {
		w.fail("what %s said of %s, event %d, is rejected: %s", short(r.Device), short(r.Op.Booking), r.Op.Seq, r.Code)
	}
	b, err := w.central.engine.Booking(w.ctx, r.Op.Booking)
	booked := err == nil && b.Slot.Site == r.Site
	if booked && r.Code == booking.CodeOrphan {
		w.fail("event %d of %s waits for booking %s, which is there", r.Op.Seq, short(r.Device), short(r.Op.Booking))
	}
	if r.Op.Kind != clinic.StandbyAsked || !r.Outcome.Counts() || r.Code == booking.CodeHasBooking || answerOf(w, r) != clinic.StandbyAccepted {
		return
	}
	comes := slices.ContainsFunc(told.answers(r.Op.Booking), func(o store.Event) bool {
		return o.Site == r.Site && o.Outcome.Counts() && answerOf(w, o) == clinic.StandbyAccepted && !slices.ContainsFunc(told.voids[o.Ref()], counts)
	})
	here := b.Visit().Attendance >= clinic.Arrived
	expected := comes || here
	if err != nil || b.Active() && !expected || !b.Active() && expected && books.beside(b.ID) == 0 { // who is booked besides has no second place
		w.fail("%s has accepted a dose, event %d of %s: comes %t, is here %t, has a place %t", short(r.Op.Booking), r.Op.Seq, short(r.Device), comes, here, b.Active())
	}
}

func counts(r store.Event) bool { return r.Outcome.Counts() }

func answerOf(w *world, r store.Event) clinic.StandbyAnswer {
	plain, err := w.set.keys.Open(store.EventTable, "reason", store.EventKey(r.Ref()), r.Reason)
	w.must("read an answer", err)
	return clinic.StandbyAnswer(plain)
}

// ledger is who has which bookings.
type ledger struct {
	of       map[clinic.ID]visit
	standing map[visit]int // bookings that are not cancelled
}

// visit is that somebody is expected at a site on a day.
type visit struct {
	who  [32]byte
	site string
	day  clinic.Date
}

// beside counts the bookings that stand of the person, site and day of one, that one too.
func (l ledger) beside(id clinic.ID) int {
	v, booked := l.of[id]
	if !booked {
		return 0
	}
	return l.standing[v]
}

// bookings reads central's bookings.
func (l *lists) bookings() ledger {
	w, out := l.w, ledger{make(map[clinic.ID]visit), make(map[visit]int)}
	err := store.EachHeld(w.ctx, w.central.store.Reader(), func(h *store.Held) error {
		s, _ := w.central.engine.Slot(h.Slot)
		v := visit{h.Person, s.Site, s.Date}
		if h.Cancelled == 0 {
			out.standing[v]++
		}
		out.of[h.ID] = v
		return nil
	})
	w.must("read the bookings", err)
	return out
}

// waiting makes sure that a desk knows who waits at its site today, in the order of the
// draw, with the strongest answer that it can know of; a kiosk knows of nobody.
func (d *device) waiting(told streams) {
	w := d.w
	if !w.plan.waits || d.shared || w.broken != nil {
		return
	}
	list, err := d.replica.Standby(w.ctx)
	w.must("read who waits at "+d.name, err)
	if d.role == "kiosk" || d.version != 0 {
		if len(list) > 0 {
			w.fail("%s, which asks nobody, knows of %d who wait", d.name, len(list))
		}
		return
	}
	if w.tally.faults[clone]+w.tally.faults[rollBack] > 0 { // it may have heard what central will never take
		return
	}
	want, err := w.central.engine.Leftovers(w.ctx, d.site, mostWaiting)
	w.must("read who waits", err)
	for _, e := range list {
		w.tally.checks++
		if len(want) > 0 && want[0].ID == e.ID {
			want = want[1:]
		} else if !d.saidOf(told, e.ID) {
			w.fail("%s has %s on its list, and central %d others before", d.name, short(e.ID), len(want))
		}
		if answer := d.strongest(told, e.ID); answer != e.Answer {
			w.fail("%s has %q of %s, and it comes to %q", d.name, e.Answer, short(e.ID), answer)
		}
	}
	if len(want) > 0 {
		w.fail("%s does not know of %s, who waits", d.name, short(want[0].ID))
	}
}

// strongest is what all that a device can know was said of an entry comes to: what
// central took, what the device said itself, and what it heard of others.
func (d *device) strongest(told streams, id clinic.ID) (out clinic.StandbyAnswer) {
	weight := map[clinic.StandbyAnswer]int{clinic.StandbyOffered: 1, clinic.StandbyUnreached: 2, clinic.StandbyDeclined: 3, clinic.StandbyAccepted: 4}
	for _, rows := range told.of {
		for _, r := range rows {
			if r.Op.Kind != clinic.StandbyAsked || r.Op.Booking != id || r.Site != d.site || !d.knows(r) || slices.ContainsFunc(told.voids[r.Ref()], d.knows) {
				continue
			}
			if a := answerOf(d.w, r); weight[a] > weight[out] {
				out = a
			}
		}
	}
	return out
}

// knows reports whether a device knows of an event: central took it, the device said it
// itself, or it heard it of another one.
func (d *device) knows(r store.Event) bool {
	return r.Outcome.Counts() || r.Device == d.id || d.heard[r.Device] >= r.Op.Seq
}

// answers are what central has of an entry of a standby list.
func (s streams) answers(entry clinic.ID) (out []store.Event) {
	for _, rows := range s.of {
		for _, r := range rows {
			if r.Op.Kind == clinic.StandbyAsked && r.Op.Booking == entry {
				out = append(out, r)
			}
		}
	}
	return out
}

// saidOf reports whether the device, or one that it heard, said something of an entry
// that central has parked.
func (d *device) saidOf(told streams, id clinic.ID) bool {
	for device, rows := range told.of {
		for _, r := range rows {
			if r.Op.Booking == id && r.Outcome == syncproto.Parked && (device == d.id || d.heard[device] >= r.Op.Seq) {
				return true
			}
		}
	}
	return false
}
