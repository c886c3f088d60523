package booking_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// replica is what a device keeps of its site.
type replica struct {
	site   string
	first  clinic.Date
	cursor int64
	rows   map[string]syncproto.Row
	own    *device // that it is the copy of, or nil
	whole  int64   // where its last complete pull ended

	compared int // digests of central's
}

func newReplica(site string, first clinic.Date) *replica {
	return &replica{site: site, first: first, rows: make(map[string]syncproto.Row)}
}

// pull takes one page and reports whether there is more.
func (r *replica) pull(ctx context.Context, city *bookingtest.City, limit int) (more bool, err error) {
	ask := booking.FeedRequest{Site: r.site, Cursor: r.cursor, First: r.first, Limit: limit, Digest: syncproto.DayOf(r.first)}
	if r.own != nil {
		ask.Device, ask.Epoch, ask.Whole = r.own.id, 1, r.whole
	}
	page, err := city.Feed(ctx, ask)
	if err != nil {
		return false, err
	}
	short, err := r.take(page.Own)
	if err != nil {
		return false, err
	}
	rows, next, more := page.Rows, page.Next, page.More
	before := r.cursor
	for _, row := range rows {
		if row.Seq <= before || row.Seq > next {
			return false, fmt.Errorf("row %d stands after row %d in the page up to %d", row.Seq, before, next)
		}
		before = row.Seq
		if row.Gone != nil {
			delete(r.rows, nameOf(row))
			continue
		}
		r.rows[nameOf(row)] = row
	}
	if len(rows) > limit || more && len(rows)+short < limit || next < r.cursor {
		return false, fmt.Errorf("a page of %d rows with limit %d, from %d to %d, more %v", len(rows), limit, r.cursor, next, more)
	}
	r.cursor = next
	if !more {
		r.whole = next
	}
	if page.Digest != nil {
		r.compared++
		if mine := r.digest(); !bytes.Equal(page.Digest, mine[:]) {
			return false, fmt.Errorf("at %d central says %x, the rows come to %x", next, page.Digest, mine)
		}
	}
	return more, nil
}

// take puts own events into the rows that it has, and counts them.
func (r *replica) take(runs []syncproto.OwnRun) (events int, err error) {
	for _, run := range runs {
		for i := range 1 + run.More {
			events++
			op := r.own.ops[run.First+uint64(i)-1]
			row, ok := r.rows["booking "+op.Booking.String()]
			if !ok {
				return 0, fmt.Errorf("own event %d is of booking %s, which never came", op.Seq, op.Booking)
			}
			b := *row.Booking
			told := syncproto.EventRow{Device: r.own.id, Epoch: 1, Op: op}
			if slices.ContainsFunc(b.Events, func(e syncproto.EventRow) bool { return syncproto.CompareEvents(e, told) == 0 }) {
				return 0, fmt.Errorf("own event %d comes again", op.Seq)
			}
			b.Events = append(slices.Clone(b.Events), told)
			slices.SortFunc(b.Events, syncproto.CompareEvents)
			b.Version++
			r.rows["booking "+op.Booking.String()] = syncproto.Row{Seq: max(row.Seq, run.Seq+int64(i)), Booking: &b}
		}
	}
	return events, nil
}

// digest counts what the replica holds.
func (r *replica) digest() (d syncproto.Digest) {
	for _, row := range r.rows {
		if day, _ := row.Bucket(); day == syncproto.NoDay || day >= syncproto.DayOf(r.first) {
			d = d.Add(row)
		}
	}
	return d
}

func nameOf(r syncproto.Row) string {
	switch {
	case r.Site != nil:
		return "site"
	case r.Programme != nil:
		return "programme " + r.Programme.Code
	case r.Slot != nil:
		return "slot " + r.Slot.ID.String()
	case r.Booking != nil:
		return "booking " + r.Booking.ID.String()
	case r.Gone != nil:
		return "booking " + r.Gone.ID.String()
	}
	return "nothing"
}

// fewChecks has rapid check less often than it would, because every step waits for
// the disk. -rapid.checks says otherwise.
func fewChecks(t *testing.T) {
	t.Helper()
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		if err := checks.Value.Set("25"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestADeviceThatPullsNowAndThenEndsWithCentralsRows is a property: whatever
// happens, and however small the pages are, a device that pulls in between ends
// with the same rows as one that pulls everything at the end.
func TestADeviceThatPullsNowAndThenEndsWithCentralsRows(t *testing.T) {
	fewChecks(t)
	rapid.Check(t, func(rt *rapid.T) {
		city := bookingtest.Start(t, 2)
		defer city.Shut()
		sites := []string{bookingtest.SiteA, bookingtest.SiteB}
		first := bookingtest.Day.AddDays(rapid.IntRange(0, 2).Draw(rt, "first day"))
		replicas := []*replica{newReplica(sites[0], first), newReplica(sites[1], first), newReplica(sites[0], bookingtest.Day)}
		devices := []*device{newDevice(sites[0]), newDevice(sites[1]), newDevice(sites[0])}
		replicas[0].own, replicas[1].own = devices[0], devices[1]
		var booked []clinic.Booking
		ok := func(err error) {
			var refusal *clinic.Refusal
			if err != nil && !errors.As(err, &refusal) {
				rt.Fatal(err)
			}
		}
		day := rapid.IntRange(0, 3)
		rt.Repeat(map[string]func(*rapid.T){
			"book": func(rt *rapid.T) {
				slot := city.SlotOn(rapid.SampledFrom(sites).Draw(rt, "site"), bookingtest.FluVac, bookingtest.Day.AddDays(day.Draw(rt, "day")))
				b, err := city.Book(t.Context(), bookingtest.Ask(slot, rapid.IntRange(0, 9).Draw(rt, "person")))
				if ok(err); err == nil {
					booked = append(booked, b)
				}
			},
			"cancel": func(rt *rapid.T) {
				if len(booked) > 0 {
					b := rapid.SampledFrom(booked).Draw(rt, "booking")
					_, err := city.Cancel(t.Context(), booking.Cancellation{ID: b.ID, Number: b.Person.ID, Birth: b.Person.Birth})
					ok(err)
				}
			},
			"move": func(rt *rapid.T) {
				if len(booked) > 0 {
					b := rapid.SampledFrom(booked).Draw(rt, "booking")
					later := rapid.IntRange(2, 3).Draw(rt, "later day") // never before the first day of a device
					to := city.SlotOn(rapid.SampledFrom(sites).Draw(rt, "site"), bookingtest.FluVac, bookingtest.Day.AddDays(later))
					_, err := city.Move(t.Context(), booking.MoveRequest{ID: b.ID, Number: b.Person.ID, Birth: b.Person.Birth, Slot: to.ID})
					ok(err)
				}
			},
			"event": func(rt *rapid.T) {
				if len(booked) > 0 {
					d := rapid.SampledFrom(devices).Draw(rt, "device")
					b := rapid.SampledFrom(booked).Draw(rt, "booking")
					kind := clinic.EventKind(rapid.IntRange(1, 6).Draw(rt, "kind"))
					op := syncproto.Op{Kind: kind, Booking: b.ID, Ticket: "A001", Reason: "發燒"}
					if kind == clinic.EventVoided && len(d.ops) > 0 {
						op.Voids = &syncproto.Ref{Device: d.id, Epoch: 1, Seq: uint64(rapid.IntRange(1, len(d.ops)).Draw(rt, "voids"))}
					}
					d.say(op)
				}
			},
			"push": func(rt *rapid.T) { rapid.SampledFrom(devices).Draw(rt, "device").push(t, city) },
			"capacity": func(rt *rapid.T) {
				s := city.SlotOn(rapid.SampledFrom(sites).Draw(rt, "site"), bookingtest.FluVac, bookingtest.Day.AddDays(day.Draw(rt, "day")))
				_, err := city.ImportCapacity(t.Context(), boss, []booking.CapacityRow{
					{Line: 2, Site: s.Site, Period: s.Period, Vaccine: s.Vaccine, Date: s.Date, Start: s.Start, End: s.End, Capacity: rapid.IntRange(0, 4).Draw(rt, "places")},
				})
				ok(err)
			},
			"pull": func(rt *rapid.T) {
				if _, err := rapid.SampledFrom(replicas).Draw(rt, "replica").pull(t.Context(), city, rapid.IntRange(1, 9).Draw(rt, "limit")); err != nil {
					rt.Fatal(err)
				}
			},
		})
		for i, r := range replicas {
			whole := newReplica(r.site, r.first) // nobody's: it is told all
			for _, p := range []*replica{r, whole} {
				limit := rapid.IntRange(5, 90).Draw(rt, "limit")
				for more := true; more; {
					var err error
					if more, err = p.pull(t.Context(), city, limit); err != nil {
						rt.Fatal(err)
					}
				}
				if p.cursor != city.SiteSeq(p.site) {
					rt.Fatalf("the cursor ends at %d, the site at %d", p.cursor, city.SiteSeq(p.site))
				}
			}
			if !reflect.DeepEqual(r.rows, whole.rows) {
				rt.Fatalf("replica %d differs: %v and %v", i, r.rows, whole.rows)
			}
			if r.compared == 0 || whole.compared == 0 {
				rt.Fatal("central told no digest at the end of a pull")
			}
			standsFor(rt, city, whole)
		}
		reconcile(t, city)
	})
}

// standsFor checks that a complete replica is what central says by other means.
func standsFor(rt *rapid.T, city *bookingtest.City, r *replica) {
	want := 1 + len(city.Catalogue().Programmes)
	for _, s := range city.Slots(r.site, "") {
		if s.Date.Before(r.first) {
			continue
		}
		want++
		row, ok := r.rows["slot "+s.ID.String()]
		if !ok || row.Slot.Taken != s.Taken || row.Slot.Capacity != s.Capacity {
			rt.Fatalf("slot %s is %+v, want %+v", s.ID, row.Slot, s)
		}
	}
	for l, err := range city.Export(context.Background(), booking.Filter{Actor: boss, Site: r.site, From: r.first, Show: booking.ShowAll}) {
		if err != nil {
			rt.Fatal(err)
		}
		want++
		b, err := city.Booking(context.Background(), l.ID)
		if err != nil {
			rt.Fatal(err)
		}
		row := r.rows["booking "+b.ID.String()].Booking
		if row == nil || row.Version != b.Version || row.Cancelled != 0 == b.Active() || len(row.Events) != len(b.Events) || row.Name != b.Person.Name.Reveal() ||
			row.IDNumber != b.Person.ID.Reveal() || row.Slot != b.Slot.ID || b.Visit().Attendance != l.Attendance {
			rt.Fatalf("booking %s is %+v", b.ID, row)
		}
	}
	if len(r.rows) != want {
		rt.Fatalf("the replica has %d rows, want %d", len(r.rows), want)
	}
}

var boss = booking.Actor{Account: "bureau", Scope: booking.Scope{All: true}}

func TestAFeedPageTellsWhatIsAcknowledged(t *testing.T) {
	city := bookingtest.Start(t, 5)
	b := city.MustBook(city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	d := newDevice(bookingtest.SiteA)
	d.say(syncproto.Op{Kind: clinic.DoseDeferred, Booking: b.ID, Reason: "發燒", Lot: "", Ticket: ""})
	d.push(t, city)
	page, err := city.Feed(t.Context(), booking.FeedRequest{
		Site: bookingtest.SiteA, Cursor: city.SiteSeq(bookingtest.SiteA) - 1, First: bookingtest.Day, Limit: 10, Device: d.id, Epoch: 1, Digest: syncproto.NoDay,
	})
	rows, acked, more := page.Rows, page.Acked, page.More
	if err != nil || acked != 1 || more || len(rows) != 1 || rows[0].Booking == nil {
		t.Fatalf("%+v, acked %d, more %v, %v", rows, acked, more, err)
	}
	got := rows[0].Booking
	if len(got.Events) != 1 || !reflect.DeepEqual(got.Events[0].Op, d.ops[0]) || got.Events[0].Device != d.id {
		t.Errorf("the event comes down as %+v", got.Events)
	}
	if got.Birth != 3774 || got.Date != 20780 { // 1980-05-02, 2026-11-23
		t.Errorf("days %d and %d", got.Birth, got.Date)
	}
	if _, err := city.Feed(t.Context(), booking.FeedRequest{Site: "0000000000", First: bookingtest.Day, Limit: 10, Device: d.id, Epoch: 1}); err == nil {
		t.Error("a site that is not there has a feed")
	}
}

func TestACursorAheadOfTheFeedIsRefused(t *testing.T) {
	city := bookingtest.Start(t, 5)
	city.MustBook(city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	last := city.SiteSeq(bookingtest.SiteA)
	for _, digest := range []syncproto.Day{syncproto.NoDay, syncproto.DayOf(bookingtest.Day)} {
		ask := booking.FeedRequest{Site: bookingtest.SiteA, Cursor: last + 1, First: bookingtest.Day, Limit: 10, Digest: digest}
		if _, err := city.Feed(t.Context(), ask); !errors.Is(err, booking.ErrAhead) {
			t.Errorf("a cursor that no feed came to: %v", err)
		}
		ask.Cursor = last
		if page, err := city.Feed(t.Context(), ask); err != nil || page.Next != last {
			t.Errorf("the end of the feed: %d, %v", page.Next, err)
		}
	}
}

func TestWatchersHearOfTheirSiteOnly(t *testing.T) {
	city := bookingtest.Start(t, 5)
	a, stop := city.Watch(bookingtest.SiteA)
	other, stopOther := city.Watch(bookingtest.SiteC)
	defer stopOther()
	slot := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	for n := range 3 {
		city.MustBook(slot, n)
	}
	select {
	case seq := <-a:
		if seq != city.SiteSeq(bookingtest.SiteA) {
			t.Errorf("heard %d, the site is at %d", seq, city.SiteSeq(bookingtest.SiteA))
		}
	case <-time.After(10 * time.Second):
		t.Fatal("heard nothing")
	}
	stop()
	city.MustBook(slot, 3)
	if len(a) != 0 || len(other) != 0 {
		t.Error("somebody heard what was not theirs")
	}
}
