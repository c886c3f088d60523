package main

import (
	"errors"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
)

// tells lets the other devices of the site hear over their own network what a device
// holds; the line to central has no part in it. The channel between two devices is
// tried in package lan.
func (d *device) tells() {
	w := d.w
	if !w.plan.lan {
		return
	}
	for _, o := range w.devices {
		if o.site == d.site && o.id != d.id {
			w.after(w.between(200*time.Millisecond, 3*time.Second), func() { o.hears(d) })
		}
	}
}

// hears asks another device for what it lacks, and passes on what is new to it.
func (d *device) hears(other *device) {
	w := d.w
	if !d.on() || !other.on() || !w.healed && w.chance(0.1) {
		return
	}
	d.hearsEvents(other)
	if !d.on() || !other.on() || d.revoked || d.version != 0 || other.version != 0 { // others hang up on it, or it is of a version before
		return
	}
	d.takesRows(other)
}

func (d *device) hearsEvents(other *device) {
	w := d.w
	heads, err := d.replica.Heads(w.ctx)
	w.must("say what "+d.name+" has", err)
	passed, err := other.replica.PassOn(w.ctx, heads)
	w.must("pass on what "+other.name+" has", err)
	if len(passed.Events) == 0 {
		return
	}
	kept, err := d.replica.TakePassed(w.ctx, passed)
	if d.buried() {
		return
	}
	if err != nil && !errors.Is(err, replica.ErrPassed) { // a clone's chain is another one
		w.must("hear at "+d.name, err)
	}
	if kept == 0 {
		return
	}
	w.tally.passed += kept
	w.say(d.name, "hears %d events of %s", kept, other.name)
	for _, e := range passed.Events {
		d.heard[e.Device] = max(d.heard[e.Device], e.Ops[0].Seq)
	}
	d.tells()
	if !d.stepping && d.next.Sub(w.now) > time.Minute { // a real one makes a round every few seconds
		d.wake(w.between(time.Second, time.Minute))
	}
}

// takesRows has a device take over what another one heard of central later. That one
// may be a liar, whom nobody believes.
func (d *device) takesRows(other *device) {
	w := d.w
	at, err := d.replica.Position(w.ctx)
	w.must("read the position of "+d.name, err)
	offer, err := other.replica.Offer(w.ctx, syncproto.AskCheckpoint{History: at.History, Seq: at.Cursor})
	w.must("hear how far "+other.name+" is", err)
	if offer.Checkpoint == nil {
		return
	}
	lie := lies(w.rng.IntN(3 * int(manyLies)))
	c, err := d.replica.Compare(w.ctx, lie.checkpoint(*offer.Checkpoint))
	var rows []syncproto.Row
	if err == nil {
		rows, err = other.hands(c)
	}
	if err == nil {
		err = d.replica.Take(w.ctx, c, lie.rows(rows))
	}
	if d.buried() {
		return
	}
	w.tally.checks++
	switch {
	case errors.Is(err, replica.ErrMoved):
		return
	case err == nil && lie < manyLies && !(lie == lieInRows && len(rows) == 0):
		w.fail("%s took rows that central never told, from %s", d.name, other.name)
	case err == nil:
		w.tally.handed++
		w.say(d.name, "takes %d rows up to %d from %s", len(rows), c.Checkpoint.Seq, other.name)
		if !d.stepping {
			d.look(d.revoked)
		}
		d.tells()
	case lie < manyLies && errors.Is(err, replica.ErrCheckpoint):
		w.tally.lies++
	case other.shared && errors.Is(err, replica.ErrCheckpoint): // what it did itself is another story than central's
	default:
		w.must("take the rows of "+other.name+" at "+d.name, err)
	}
}

// hands gives the rows that a device lacks, some at a time.
func (d *device) hands(c replica.Copy) (rows []syncproto.Row, err error) {
	for _, day := range c.Days {
		for skip, more := 0, true; more; {
			part, err := d.replica.Rows(d.w.ctx, syncproto.AskRows{Seq: c.Checkpoint.Seq, Day: day, Skip: skip})
			if err != nil {
				return nil, err
			}
			rows, skip, more = append(rows, part.Rows...), skip+len(part.Rows), part.More
		}
	}
	return rows, nil
}

// lies are what a device may make of central's word.
type lies int

const (
	lieOfSequence lies = iota // the rows are said to be later ones
	lieOfRoots                // a day is said to be empty
	lieInRows                 // the last row is kept back
	manyLies
)

func (l lies) checkpoint(c syncproto.Checkpoint) syncproto.Checkpoint {
	switch l {
	case lieOfSequence:
		c.Seq += 1000
	case lieOfRoots:
		c.Buckets = c.Buckets[:len(c.Buckets)-1]
	}
	return c
}

func (l lies) rows(rows []syncproto.Row) []syncproto.Row {
	if l == lieInRows && len(rows) > 0 {
		return rows[:len(rows)-1]
	}
	return rows
}

// burn ends a device for good, with its disk, soon after people arrived there while its
// cable was out.
func (d *device) burn() {
	w := d.w
	if !d.on() || !w.plan.lan || d.shared {
		return
	}
	w.tally.faults[burnt]++
	w.say(d.name, "cable out, and soon burnt")
	d.line.noUp, d.line.noDown = d.line.noUp+1, d.line.noDown+1
	for range 3 {
		w.after(w.between(0, 30*time.Second), func() {
			if b, ok := d.pick(func(b clinic.Booking) bool { return b.Visit().Attendance <= clinic.NoShow }); ok {
				d.checkIn(b)
			}
		})
	}
	w.after(time.Minute, func() {
		d.burnt, d.dead = true, true
		if !d.stepping {
			d.close()
		}
	})
}

// carried makes sure that central has what a device heard of others, who may never be
// heard again.
func (d *device) carried() {
	w := d.w
	for id, seq := range d.heard {
		peer, _, err := w.central.fleet.Peer(id)
		w.must("look a device up", err)
		if peer.Revoked || peer.Fenced || w.tally.faults[restore] > 0 || w.tally.faults[clone]+w.tally.faults[rollBack] > 0 {
			continue // people judge it, or a device that holds it no more would have to say it again
		}
		w.tally.checks++
		acked, _, err := w.central.engine.Stream(w.ctx, id, 1)
		w.must("read how far central is", err)
		if acked < seq {
			w.fail("%s heard event %d of %s, and central has %d", d.name, seq, short(id), acked)
		}
	}
}
