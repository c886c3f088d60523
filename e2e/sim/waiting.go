package main

import (
	"bytes"

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
	for _, rows := range told.of {
		for _, r := range rows {
			l.event(r)
		}
	}
	l.bookings()
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
func (l *lists) event(r store.Event) {
	w := l.w
	_, known := l.entries[r.Op.Booking]
	if !known {
		return
	}
	w.tally.checks++
	if r.Op.Kind == clinic.StandbyAsked && r.Outcome == syncproto.Rejected {
		w.fail("what %s said of %s, event %d, is rejected: %s", short(r.Device), short(r.Op.Booking), r.Op.Seq, r.Code)
	}
	b, err := w.central.engine.Booking(w.ctx, r.Op.Booking)
	booked := err == nil && b.Slot.Site == r.Site
	if booked && r.Code == booking.CodeOrphan {
		w.fail("event %d of %s waits for booking %s, which is there", r.Op.Seq, short(r.Device), short(r.Op.Booking))
	}
	if r.Op.Kind == clinic.StandbyAsked && r.Outcome.Counts() && r.Code != booking.CodeHasBooking && answerOf(w, r) == clinic.StandbyAccepted && err != nil {
		w.fail("%s has accepted a dose, event %d of %s, and is not booked: %w", short(r.Op.Booking), r.Op.Seq, short(r.Device), err)
	}
}

func answerOf(w *world, r store.Event) clinic.StandbyAnswer {
	plain, err := w.set.keys.Open(store.EventTable, "reason", store.EventKey(r.Ref()), r.Reason)
	w.must("read an answer", err)
	return clinic.StandbyAnswer(plain)
}

// bookings makes sure that who accepted has one booking at the site on that day.
func (l *lists) bookings() {
	w := l.w
	type visit struct {
		who  [32]byte
		site string
		day  clinic.Date
	}
	standing := make(map[visit]int)
	of := make(map[clinic.ID]visit)
	err := store.EachHeld(w.ctx, w.central.store.Reader(), func(h *store.Held) error {
		s, _ := w.central.engine.Slot(h.Slot)
		v := visit{h.Person, s.Site, s.Date}
		if h.Cancelled == 0 {
			standing[v]++
		}
		of[h.ID] = v
		return nil
	})
	w.must("read the bookings", err)
	for id := range l.accepted {
		w.tally.checks++
		if v, booked := of[id]; booked && standing[v] > 1 {
			w.fail("who accepted %s has %d bookings at that site on that day", short(id), standing[v])
		}
	}
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
	for device, rows := range told.of {
		for _, r := range rows {
			if r.Op.Kind != clinic.StandbyAsked || r.Op.Booking != id || r.Site != d.site || !r.Outcome.Counts() && device != d.id && d.heard[device] < r.Op.Seq {
				continue
			}
			if a := answerOf(d.w, r); weight[a] > weight[out] {
				out = a
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
