package booking_test

import (
	"reflect"
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// copyOf is a device with a copy of its site that is up to date.
func copyOf(t *testing.T, c *bookingtest.City, d *device) *replica {
	t.Helper()
	r := newReplica(d.site, bookingtest.Day)
	r.own = d
	pullAll(t, c, r)
	return r
}

func pullAll(t *testing.T, c *bookingtest.City, r *replica) {
	t.Helper()
	for more := true; more; {
		var err error
		if more, err = r.pull(t.Context(), c, syncproto.MaxPageRows); err != nil {
			t.Fatal(err)
		}
	}
}

// told asks for what is new to a copy: the runs of own events and the bookings that
// come whole. Afterwards the copy is up to date.
func told(t *testing.T, c *bookingtest.City, r *replica) (own []syncproto.OwnRun, whole []clinic.ID) {
	t.Helper()
	page, err := c.Feed(t.Context(), booking.FeedRequest{
		Site: r.site, Device: r.own.id, Epoch: 1, Cursor: r.cursor, First: r.first, Limit: syncproto.MaxPageRows, Digest: syncproto.NoDay, Whole: r.whole,
	})
	if err != nil || page.More {
		t.Fatalf("more %v, %v", page.More, err)
	}
	for _, row := range page.Rows {
		if row.Booking != nil {
			whole = append(whole, row.Booking.ID)
		}
	}
	pullAll(t, c, r)
	return page.Own, whole
}

func TestADeviceIsNotToldItsOwnEventsAgain(t *testing.T) {
	c := bookingtest.Start(t, 5)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	people := []clinic.Booking{c.MustBook(slot, 1), c.MustBook(slot, 2), c.MustBook(slot, 3)}
	d, other := newDevice(bookingtest.SiteA), newDevice(bookingtest.SiteA)
	mine, theirs := copyOf(t, c, d), copyOf(t, c, other)
	begin := c.SiteSeq(bookingtest.SiteA)
	for _, b := range people {
		d.arrive(b, "A001")
	}
	d.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: people[0].ID, Lot: "L1"})
	d.push(t, c)
	own, whole := told(t, c, mine)
	if want := []syncproto.OwnRun{{First: 1, Seq: begin + 1, More: 3}}; !reflect.DeepEqual(own, want) || len(whole) != 0 {
		t.Errorf("it is told %v and %d whole rows, want %v", own, len(whole), want)
	}
	if own, whole := told(t, c, theirs); len(own) != 0 || len(whole) != 3 {
		t.Errorf("the other device is told %v and %d whole rows", own, len(whole))
	}
	all := newReplica(d.site, bookingtest.Day)
	pullAll(t, c, all)
	if !reflect.DeepEqual(mine.rows, all.rows) || !reflect.DeepEqual(theirs.rows, all.rows) {
		t.Error("the copies are not what central has")
	}
	if mine.compared != 2 {
		t.Errorf("the digests were compared %d times", mine.compared)
	}
}

func TestARowComesWholeWhenAnybodyElseChangedItToo(t *testing.T) {
	arrives := func(_ *testing.T, _ *bookingtest.City, d, _ *device, b clinic.Booking) { d.arrive(b, "A001") }
	for story, change := range map[string]func(t *testing.T, c *bookingtest.City, d, other *device, b clinic.Booking){
		"before the own event": func(t *testing.T, c *bookingtest.City, d, other *device, b clinic.Booking) {
			other.say(syncproto.Op{Kind: clinic.NoShowMarked, Booking: b.ID})
			other.push(t, c)
			arrives(t, c, d, other, b)
		},
		"after the own event": func(t *testing.T, c *bookingtest.City, d, other *device, b clinic.Booking) {
			arrives(t, c, d, other, b)
			d.push(t, c)
			other.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: b.ID, Lot: "L1"})
			other.push(t, c)
		},
		"between two own events": func(t *testing.T, c *bookingtest.City, d, other *device, b clinic.Booking) {
			d.say(syncproto.Op{Kind: clinic.NoShowMarked, Booking: b.ID})
			d.push(t, c)
			other.arrive(b, "B001")
			other.push(t, c)
			d.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: b.ID, Lot: "L1"})
		},
		"the device in another epoch": func(t *testing.T, c *bookingtest.City, d, _ *device, b clinic.Booking) {
			before := newDevice(d.site)
			before.id = d.id
			before.arrive(b, "A001")
			batch := before.batch(1, 1)
			batch.Epoch = 2
			if _, err := c.Receive(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
		},
		"who had moved to another site and came here": func(t *testing.T, c *bookingtest.City, d, other *device, b clinic.Booking) {
			mustMove(t, c, b, c.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day))
			arrives(t, c, d, other, b)
		},
		"who had cancelled and came all the same": func(t *testing.T, c *bookingtest.City, d, other *device, b clinic.Booking) {
			cancel(t, c, b)
			arrives(t, c, d, other, b)
		},
		"a move": func(t *testing.T, c *bookingtest.City, d, other *device, b clinic.Booking) {
			mustMove(t, c, b, c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(2)))
			arrives(t, c, d, other, b)
		},
		"a command of the device itself": func(_ *testing.T, _ *bookingtest.City, d, _ *device, b clinic.Booking) {
			d.say(syncproto.Op{Kind: clinic.CancelAsked, Booking: b.ID, Base: b.Version})
		},
		"a second arrival": func(t *testing.T, c *bookingtest.City, d, other *device, b clinic.Booking) {
			arrives(t, c, d, other, b)
			d.push(t, c)
			arrives(t, c, d, other, b)
		},
		"a flag": func(_ *testing.T, _ *bookingtest.City, d, _ *device, b clinic.Booking) {
			d.say(syncproto.Op{Kind: clinic.EventVoided, Booking: b.ID, Voids: &syncproto.Ref{Device: d.id, Epoch: 1, Seq: 9}})
		},
	} {
		t.Run(story, func(t *testing.T) {
			c, b, d, other := clinicDay(t, 5)
			mine := copyOf(t, c, d)
			change(t, c, d, other, b)
			d.push(t, c)
			own, whole := told(t, c, mine)
			if len(own) != 0 || len(whole) != 1 || whole[0] != b.ID {
				t.Errorf("it is told %v and the whole rows %v", own, whole)
			}
		})
	}
}

func TestAPageOfOwnEventsGoesOnUntilThereIsARow(t *testing.T) {
	c := bookingtest.Start(t, 9)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	d := newDevice(bookingtest.SiteA)
	for n := range 5 {
		d.arrive(c.MustBook(slot, n), "A001")
	}
	mine := copyOf(t, c, d)
	d.push(t, c)
	last := c.MustBook(slot, 9)
	more, err := mine.pull(t.Context(), c, 2)
	if err != nil || !more {
		t.Fatalf("more %v, %v", more, err)
	}
	for id := range feedOf(t, c, d.site) {
		if row := mine.rows["booking "+id.String()]; id != last.ID && row.Booking.Version != 2 {
			t.Errorf("booking %s is not told with the first page", id)
		}
	}
	pullAll(t, c, mine)
	if mine.compared != 2 {
		t.Errorf("the digests were compared %d times", mine.compared)
	}
}

// TestAHalfPullDoesNotCount: a row that somebody else changed and that has changed
// again was not in the page that passed the number of that change.
func TestAHalfPullDoesNotCount(t *testing.T) {
	c, b, d, other := clinicDay(t, 5)
	mine := copyOf(t, c, d)
	other.say(syncproto.Op{Kind: clinic.NoShowMarked, Booking: b.ID})
	other.push(t, c)
	for n := range 3 {
		c.MustBook(b.Slot, 10+n)
	}
	d.arrive(b, "A001")
	d.push(t, c)
	if more, err := mine.pull(t.Context(), c, 2); err != nil || !more {
		t.Fatalf("more %v, %v", more, err)
	}
	own, whole := told(t, c, mine)
	if len(own) != 0 || len(whole) == 0 || whole[len(whole)-1] != b.ID {
		t.Errorf("it is told %v and the whole rows %v", own, whole)
	}
}

func TestOwnEventsComeInShortWhenTheirAnswerWasLost(t *testing.T) {
	c, b, d, other := clinicDay(t, 5)
	mine, theirs := copyOf(t, c, d), copyOf(t, c, other)
	d.arrive(b, "A001")
	d.push(t, c)
	if _, err := c.Receive(t.Context(), d.batch(1, 1)); err != nil { // once more: it never heard
		t.Fatal(err)
	}
	c.Again()
	if own, whole := told(t, c, mine); len(own) != 1 || len(whole) != 0 {
		t.Errorf("it is told %v and the whole rows %v", own, whole)
	}
	told(t, c, theirs)
	other.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: b.ID, Lot: "L1"})
	other.push(t, c)
	if own, whole := told(t, c, theirs); len(own) != 1 || len(whole) != 0 { // the arrival it was told before
		t.Errorf("the other device is told %v and the whole rows %v", own, whole)
	}
	if own, whole := told(t, c, mine); len(own) != 0 || len(whole) != 1 {
		t.Errorf("it is told %v and the whole rows %v", own, whole)
	}
}

func TestAnEventThatAManagerAdmitsComesInShort(t *testing.T) {
	c, b, d, _ := clinicDay(t, 5)
	mine := copyOf(t, c, d)
	d.arrive(b, "A001")
	batch := d.batch(1, 1)
	batch.Quarantine = true
	if _, err := c.Receive(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	if own, whole := told(t, c, mine); len(own)+len(whole) != 0 {
		t.Errorf("in quarantine it is told %v and the whole rows %v", own, whole)
	}
	if _, err := c.AdmitEvent(t.Context(), boss, clinic.EventRef{Device: d.id, Epoch: 1, Seq: 1}); err != nil {
		t.Fatal(err)
	}
	if own, whole := told(t, c, mine); len(own) != 1 || len(whole) != 0 {
		t.Errorf("it is told %v and the whole rows %v", own, whole)
	}
}

func TestABucketIsToldWhole(t *testing.T) {
	c, b, d, _ := clinicDay(t, 5)
	mine := copyOf(t, c, d)
	d.arrive(b, "A001")
	d.push(t, c)
	day := syncproto.DayOf(b.Slot.Date)
	page, err := c.Feed(t.Context(), booking.FeedRequest{
		Site: d.site, Device: d.id, Epoch: 1, First: bookingtest.Day, Limit: syncproto.MaxPageRows, Digest: syncproto.NoDay, Only: &day, Whole: mine.whole,
	})
	if err != nil || len(page.Own) != 0 {
		t.Fatalf("%v, %v", page.Own, err)
	}
	for _, row := range page.Rows {
		if row.Booking != nil && row.Booking.ID == b.ID && len(row.Booking.Events) == 1 {
			return
		}
	}
	t.Error("the booking is not among the rows of its day")
}

func TestWhatHappenedAtAnotherSiteIsNotTheDevicesOwn(t *testing.T) {
	c := bookingtest.Start(t, 9)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	b := c.MustBook(slot, 1)
	for n := range 6 { // so that its feed is ahead of the other's
		c.MustBook(slot, n+2)
	}
	there, here := newDevice(bookingtest.SiteA), newDevice(bookingtest.SiteB)
	arrival := there.arrive(b, "A001")
	there.say(syncproto.Op{Kind: clinic.EventVoided, Booking: b.ID, Voids: &syncproto.Ref{Device: there.id, Epoch: 1, Seq: arrival.Seq}})
	there.push(t, c)
	mustMove(t, c, b, c.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day))
	mine := copyOf(t, c, here)
	here.arrive(b, "B001")
	here.push(t, c)
	own, whole := told(t, c, mine)
	if want := []syncproto.OwnRun{{First: 1, Seq: c.SiteSeq(bookingtest.SiteB)}}; !reflect.DeepEqual(own, want) || len(whole) != 0 {
		t.Errorf("it is told %v and %d whole rows, want %v", own, len(whole), want)
	}
}
