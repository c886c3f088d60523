package main

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// observer reads central's feeds after everything that happens, as a device that
// is never cut off, and holds what it sees against what it saw before.
type observer struct {
	w      *world
	cursor map[string]int64
	seen   map[clinic.ID]seen
	ends   map[clinic.ID]time.Time // of the sessions
}

// seen is a booking as the observer saw it.
type seen struct {
	attendance clinic.Attendance
	events     map[clinic.EventRef]clinic.EventKind
}

func newObserver(w *world) *observer {
	o := &observer{w: w, cursor: make(map[string]int64), seen: make(map[clinic.ID]seen), ends: make(map[clinic.ID]time.Time)}
	for _, s := range w.set.slots {
		o.ends[s.ID] = s.Date.At(s.End)
	}
	return o
}

// restored forgets what the backup cannot know.
func (o *observer) restored() { *o = *newObserver(o.w) }

// look reads what is new.
func (o *observer) look() {
	c := o.w.central
	if c.store == nil {
		return
	}
	moved := false
	for _, site := range siteCodes() {
		if c.engine.SiteSeq(site) != o.cursor[site] {
			moved = true
			o.read(site)
		}
	}
	if moved {
		o.places()
	}
}

func (o *observer) read(site string) {
	w := o.w
	for {
		page, err := w.central.engine.Feed(w.ctx, booking.FeedRequest{
			Site: site, Cursor: o.cursor[site], First: firstDay, Limit: syncproto.MaxPageRows, Digest: syncproto.NoDay,
		})
		if err != nil {
			w.must("read the feed", err)
			return
		}
		for _, r := range page.Rows {
			w.tally.checks++
			if r.Seq <= o.cursor[site] {
				w.fail("site %s: row %d comes after %d", site, r.Seq, o.cursor[site])
			}
			if r.Booking != nil {
				o.booking(r.Booking)
			}
		}
		o.cursor[site] = page.Next
		if !page.More {
			return
		}
	}
}

// firstDay is before every day of the world.
var firstDay = clinic.DateOf(begin).AddDays(-7)

// booking holds a booking against what it was: attendance falls only by a void,
// and what has happened stays.
func (o *observer) booking(row *syncproto.BookingRow) {
	events := eventsOf(row)
	now := seen{clinic.Fold(events).Attendance, make(map[clinic.EventRef]clinic.EventKind)}
	before := o.seen[row.ID]
	void := false
	for _, e := range events {
		if _, old := before.events[e.Ref]; !old && e.Kind == clinic.EventVoided {
			void = true
		}
		now.events[e.Ref] = e.Kind
	}
	if len(now.events) != len(events) {
		o.w.fail("booking %s: an event is told twice", short(row.ID))
	}
	if now.attendance != highest(events) {
		o.w.fail("booking %s is %s, and the highest of its events is %s", short(row.ID), now.attendance, highest(events))
	}
	if call, was := clinic.Fold(events).Call, waits(events); call.Times > 0 && call.Skipped == was {
		o.w.fail("booking %s: whoever was called last waits: %t, and the fold says it was called %+v", short(row.ID), was, call)
	}
	if now.attendance < before.attendance && !void {
		o.w.fail("booking %s fell from %s to %s without a void", short(row.ID), before.attendance, now.attendance)
	}
	for ref := range before.events {
		if _, there := now.events[ref]; !there {
			o.w.fail("booking %s: event %d of %s is gone", short(row.ID), ref.Seq, short(ref.Device))
		}
	}
	o.seen[row.ID] = now
}

// highest is the fold once more, written in another way: the highest step that no
// void takes back.
func highest(events []clinic.Event) clinic.Attendance {
	step := map[clinic.EventKind]clinic.Attendance{
		clinic.NoShowMarked: clinic.NoShow, clinic.CheckedIn: clinic.Arrived, clinic.WalkInRegistered: clinic.Arrived,
		clinic.DoseDeferred: clinic.Deferred, clinic.VaccineGiven: clinic.Vaccinated,
	}
	top := clinic.NotArrived
	for _, e := range events {
		if !slices.ContainsFunc(events, func(o clinic.Event) bool { return o.Kind == clinic.EventVoided && o.Voids == e.Ref }) {
			top = max(top, step[e.Kind])
		}
	}
	return top
}

// waits tells of somebody who was called whether they are still waited for: whether
// they were called after they had last been passed over.
func waits(events []clinic.Event) (still bool) {
	for _, e := range slices.SortedFunc(slices.Values(events), func(a, b clinic.Event) int {
		return cmp.Or(a.At.Compare(b.At), a.Ref.Compare(b.Ref))
	}) {
		if e.Kind == clinic.Called || e.Kind == clinic.PassedOver {
			still = e.Kind == clinic.Called
		}
	}
	return still
}

func eventsOf(row *syncproto.BookingRow) []clinic.Event {
	var out []clinic.Event
	for _, e := range row.Events {
		out = append(out, e.Op.Event(e.Device, e.Epoch))
	}
	return out
}

// places makes sure that nobody has a place that is not there: what stands beyond
// the capacity is counted as such, and no device gave out more than it was granted.
func (o *observer) places() {
	w := o.w
	w.tally.checks += len(w.set.slots)
	rows, err := w.central.store.Reader().QueryContext(w.ctx, "SELECT id, taken, capacity, overflow FROM slot WHERE taken - overflow > capacity OR overflow < 0 OR taken < 0")
	if err != nil {
		w.must("read the slots", err)
		return
	}
	for rows.Next() {
		var id []byte
		var taken, capacity, overflow int
		w.must("read the slots", rows.Scan(&id, &taken, &capacity, &overflow))
		w.fail("slot %s: %d places taken of %d, %d beyond", short(clinic.ID(id)), taken, capacity, overflow)
	}
	w.must("read the slots", errors.Join(rows.Err(), rows.Close()))
	err = store.EachLease(w.ctx, w.central.store.Reader(), firstDay, func(l *store.Lease) error {
		w.tally.checks++
		if l.State == store.LeaseOver && w.now.Before(o.ends[l.Slot]) {
			w.fail("lease %s was taken back before its session was over", short(l.ID))
		}
		if l.State == store.LeaseReturned && !w.work.freed[held{l.Device, l.Slot}] {
			w.fail("lease %s was taken back, and its device has not given it back", short(l.ID))
		}
		if l.Consumed > l.Granted {
			w.fail("lease %s: %d given out of %d", short(l.ID), l.Consumed, l.Granted)
		}
		return nil
	})
	w.must("read the leases", err)
}
