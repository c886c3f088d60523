package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/sqldb"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
)

// judge holds a world that has healed against what the protocol promises.
func (w *world) judge() {
	if w.broken != nil {
		return
	}
	w.watch.look()
	told := w.streams()
	w.books(told)
	w.lists.judge(told)
	for _, d := range w.devices {
		d.judge(told)
	}
	w.secrecy()
}

// books holds central's rows against each other.
func (w *world) books(told streams) {
	c := w.central
	q := c.store.Reader()
	slots, err := store.Slots(w.ctx, q)
	w.must("read the slots", err)
	standing := make(map[clinic.ID]int)
	err = store.EachHeld(w.ctx, q, func(h *store.Held) error {
		if h.Cancelled == 0 {
			standing[h.Slot]++
		}
		events, err := store.EventsOf(w.ctx, q, h.ID)
		if err != nil {
			return err
		}
		w.fold(h, events)
		return nil
	})
	w.must("read the bookings", err)
	for _, s := range slots {
		w.tally.checks++
		if standing[s.ID] != s.Taken {
			w.fail("slot %s: %d bookings stand, %d are counted", short(s.ID), standing[s.ID], s.Taken)
		}
	}
	for id := range w.work.sure {
		w.tally.checks++
		if _, err := c.engine.Booking(w.ctx, id); err != nil {
			w.fail("booking %s was confirmed and is not there: %w", short(id), err)
		}
	}
	_, err = c.engine.VerifyAudit(w.ctx)
	w.must("verify the audit trail", err)
	w.phonesStand()
	w.inbox(told)
}

// fold makes sure that a booking is what its events come to, in whatever order
// they are read.
func (w *world) fold(h *store.Held, rows []store.Event) {
	var facts []clinic.Event
	for _, r := range rows {
		if r.Outcome.Counts() {
			facts = append(facts, r.Fact())
		}
	}
	w.tally.checks += 2
	visit := clinic.Fold(facts)
	if visit.Attendance != h.Attendance {
		w.fail("booking %s is kept as %s, its events come to %s", short(h.ID), h.Attendance, visit.Attendance)
	}
	w.rng.Shuffle(len(facts), func(i, j int) { facts[i], facts[j] = facts[j], facts[i] })
	if again := clinic.Fold(facts); again.Attendance != visit.Attendance || again.Ticket != visit.Ticket || again.Last != visit.Last {
		w.fail("booking %s: its events in another order come to %s %s", short(h.ID), again.Attendance, again.Ticket)
	}
}

// inbox makes sure that whatever had no effect is where people see it.
func (w *world) inbox(told streams) {
	const all = 10_000
	review, err := w.central.engine.Review(w.ctx, office.Scope, all)
	w.must("read the review", err)
	visible := make(map[clinic.EventRef]bool)
	for _, r := range review {
		visible[r.Event.Ref] = true
	}
	for device, rows := range told.of {
		for i, r := range rows {
			w.tally.checks++
			if r.Op.Seq != uint64(i)+1 {
				w.fail("central has event %d of %s at place %d", r.Op.Seq, short(device), i+1)
			}
			if (r.Outcome == syncproto.Flagged || r.Outcome == syncproto.Parked) && !visible[r.Ref()] {
				w.fail("event %d of %s is %s and nobody can see it", r.Op.Seq, short(device), r.Code)
			}
		}
	}
	told.answered(w, review)
}

// secrecy makes sure that no person can be read from a disk or a log.
func (w *world) secrecy() {
	w.tally.checks++
	if w.journal.leaked != "" {
		w.fail("a person can be read in the log: %s", w.journal.leaked)
	}
	err := filepath.WalkDir(w.dir, func(path string, f os.DirEntry, err error) error {
		if err != nil || f.IsDir() {
			return err
		}
		w.tally.checks++
		b, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if leaks(b) {
			w.fail("a person can be read in %s: %q", strings.TrimPrefix(path, w.dir), around(b))
		}
		return err
	})
	w.must("read the disks", err)
}

// judge holds a device against central.
func (d *device) judge(told streams) {
	w := d.w
	if d.burnt {
		return
	}
	if d.replica == nil {
		w.fail("%s did not start again", d.name)
		return
	}
	state := d.state()
	ended := d.revoked || d.fenced()
	if d.fenced() && !d.shared {
		w.fail("%s is fenced, and nobody else has its identity", d.name)
	}
	if ended != (state.State == replica.Revoked) {
		w.fail("%s: revoked %t, fenced %t, and says %s", d.name, d.revoked, d.fenced(), state.State)
	}
	d.events(told, ended)
	if ended || w.broken != nil {
		return
	}
	if d.failed != nil {
		w.fail("%s still cannot make a round: %w", d.name, d.failed)
	}
	d.carried()
	d.copy()
	d.stock()
	d.doubts(told)
	d.waiting(told)
}

func (d *device) state() replica.Standing {
	select {
	case s := <-d.agent.Standings():
		return s
	default:
		return replica.Standing{}
	}
}

func (d *device) fenced() bool {
	peer, _, err := d.w.central.fleet.Peer(d.id)
	d.w.must("look a device up", err)
	return peer.Fenced
}

// events makes sure that central has every event that the device believes it has,
// and that of a device in good standing it has all.
func (d *device) events(told streams, ended bool) {
	w := d.w
	hashes, rejected := make(map[uint64][]byte), make(map[uint64]bool)
	for _, r := range told.of[d.id] {
		hashes[r.Op.Seq], rejected[r.Op.Seq] = r.Hash, r.Outcome == syncproto.Rejected && r.Code != booking.CodeTakenBack
		d.walkIn(r)
	}
	db, err := sqldb.Trial{}.Look(w.ctx, filepath.Join(d.dir, "replica.db"))
	if err != nil {
		w.must("look into "+d.name, err)
		return
	}
	defer func() { w.must("look into "+d.name, db.Close()) }()
	own, err := db.QueryContext(w.ctx, "SELECT seq, hash, outcome FROM event WHERE device = $1 AND hash <> x'' ORDER BY seq", d.id[:])
	if err != nil {
		w.must("look into "+d.name, err)
		return
	}
	defer own.Close()
	for own.Next() {
		var seq uint64
		var hash []byte
		var outcome syncproto.Outcome
		w.must("look into "+d.name, own.Scan(&seq, &hash, &outcome))
		w.tally.checks++
		same := bytes.Equal(hashes[seq], hash)
		switch {
		case seq <= d.at.acked && !same && d.fenced() && w.tally.faults[restore] > 0:
			// It is told nothing any more: what a restored central lost people find on its disk.
		case seq <= d.at.acked && !same:
			w.fail("%s believes that central has its event %d, and it has not", d.name, seq)
		case seq > d.at.acked && !ended:
			w.fail("%s: event %d still waits", d.name, seq)
		case rejected[seq] && outcome != syncproto.Rejected && !ended:
			w.fail("%s: event %d was rejected, and nobody there can see it", d.name, seq)
		}
	}
	w.must("look into "+d.name, own.Err())
}

// walkIn makes sure that a leased place was there, unless a disk or the session had
// ended the lease.
func (d *device) walkIn(r store.Event) {
	slot, leased := d.leased[r.Op.Booking]
	if r.Outcome == syncproto.Parked {
		d.parked[r.Op.Booking] = true
	}
	if !leased || d.shared || d.w.tally.faults[restore] > 0 || r.Received >= slot.Date.At(slot.End).UnixMilli() {
		return
	}
	d.w.tally.checks++
	if r.Code == booking.CodeOverflow || r.Code == booking.CodeOverCap {
		d.w.fail("%s gave a leased place to %s and there was none: %s", d.name, short(r.Op.Booking), r.Code)
	}
}

// copy makes sure that the device shows what central has for its site.
func (d *device) copy() {
	w := d.w
	first := d.replica.Today().AddDays(-1)
	if seq := w.central.engine.SiteSeq(d.site); d.at.cursor != seq {
		w.fail("%s has come to %d of %d", d.name, d.at.cursor, seq)
		return
	}
	var rows []syncproto.Row
	for cursor, more := int64(0), true; more; {
		page, err := w.central.engine.Feed(w.ctx, booking.FeedRequest{
			Site: d.site, Device: d.id, Epoch: 1, Cursor: cursor, First: first, Limit: syncproto.MaxPageRows, Digest: syncproto.NoDay,
		})
		if err != nil {
			w.must("read the feed", err)
			return
		}
		rows, cursor, more = append(rows, page.Rows...), page.Next, page.More
	}
	there := make(map[clinic.ID]bool)
	for _, r := range rows {
		if r.Booking != nil {
			there[r.Booking.ID] = true
			d.same(r.Booking)
		}
	}
	mine := make(map[clinic.ID]bool)
	for _, s := range w.set.slots {
		mine[s.ID] = s.Site == d.site
	}
	for n := range 5 {
		list, err := d.replica.Day(w.ctx, first.AddDays(n))
		w.must("list the day of "+d.name, err)
		for _, b := range list {
			w.tally.checks++
			if !mine[b.Slot.ID] {
				w.fail("%s has booking %s of another site", d.name, short(b.ID))
			} else if !there[b.ID] && !d.parked[b.ID] {
				w.fail("%s has booking %s, which has left the site", d.name, short(b.ID))
			}
			if s, _ := w.central.engine.Slot(b.Slot.ID); b.Slot.Taken != s.Taken || b.Slot.Capacity != s.Capacity {
				w.fail("%s: slot %s has %d of %d, at central %d of %d", d.name, short(s.ID), b.Slot.Taken, b.Slot.Capacity, s.Taken, s.Capacity)
			}
		}
	}
}

// same compares a booking on the device with central's row.
func (d *device) same(row *syncproto.BookingRow) {
	w := d.w
	w.tally.checks++
	b, err := d.replica.Booking(w.ctx, row.ID)
	if err != nil {
		w.fail("%s has no booking %s: %w", d.name, short(row.ID), err)
		return
	}
	cancelled := int64(0)
	if !b.Cancelled.IsZero() {
		cancelled = b.Cancelled.UnixMilli()
	}
	if b.Version != row.Version || b.Slot.ID != row.Slot || cancelled != row.Cancelled || b.Person.ID.Reveal() != row.IDNumber || b.Person.Name.Reveal() != row.Name || b.Person.Mobile.Reveal() != row.Mobile {
		w.fail("%s: booking %s is version %d of %d", d.name, short(row.ID), b.Version, row.Version)
	}
	told := make(map[clinic.EventRef]bool)
	facts := eventsOf(row)
	for _, e := range facts {
		told[e.Ref] = true
	}
	known := 0
	for _, e := range b.Events {
		switch {
		case told[e.Ref]:
			known++
		case e.Ref.Device == d.id:
			facts = append(facts, e) // its own, which central has parked
		default:
			w.fail("%s: booking %s has an event of %s that central does not tell", d.name, short(row.ID), short(e.Ref.Device))
		}
	}
	if known != len(told) {
		w.fail("%s: booking %s has %d of %d events", d.name, short(row.ID), known, len(told))
	}
	if is, should := b.Visit(), clinic.Fold(facts); is.Attendance != should.Attendance || is.Ticket != should.Ticket {
		w.fail("%s: booking %s is shown as %s, its events come to %s", d.name, short(row.ID), is.Attendance, should.Attendance)
	} else if is.Call.Room != should.Call.Room || is.Call.Times != should.Call.Times || is.Call.Skipped != should.Call.Skipped || len(is.Reactions) != len(should.Reactions) || !is.LeftAt.Equal(should.LeftAt) {
		w.fail("%s: booking %s is shown as called %+v, its events come to %+v", d.name, short(row.ID), is.Call, should.Call)
	} else if is.Attendance != highest(eventsOf(row)) && !d.parked[row.ID] { // what is parked people judge
		w.fail("%s: booking %s is shown as %s, and central has it as %s", d.name, short(row.ID), is.Attendance, highest(eventsOf(row)))
	}
}
