package booking_test

import (
	"maps"
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// stocks has a device write a line of a lot.
func (d *device) stocks(line clinic.ID, lot, reason string) syncproto.Op {
	return d.say(syncproto.Op{Kind: clinic.StockMoved, Booking: line, Staff: "小美", Lot: lot, Reason: reason})
}

func stockAfter(t *testing.T, c *bookingtest.City, after int64, limit int) booking.StockLines {
	t.Helper()
	out, err := c.StockAfter(t.Context(), bookingtest.SiteA, after, limit)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWhatADeskWritesOfTheStockIsTheSites(t *testing.T) {
	c := bookingtest.Start(t, 5)
	one, two := newDevice(bookingtest.SiteA), newDevice(bookingtest.SiteA)
	line := bookingtest.NewID()
	one.stocks(line, "FL1", "received 3 10 2027-03-31 flu")
	one.stocks(bookingtest.NewID(), "FL1", "opened 1")
	two.stocks(line, "FL1", "taken_back 打錯瓶數")
	before := c.SiteSeq(bookingtest.SiteA)
	for _, v := range append(one.push(t, c), two.push(t, c)...) {
		expect(t, v, syncproto.Accepted, "")
	}
	if c.SiteSeq(bookingtest.SiteA) != before+3 {
		t.Errorf("the site's number went from %d to %d", before, c.SiteSeq(bookingtest.SiteA))
	}
	c.Again()
	all := stockAfter(t, c, 0, 10)
	if len(all.Lines) != 3 || all.More || all.Next != before+3 || all.Lines[2].Device != two.id || all.Lines[2].Op.Reason != "taken_back 打錯瓶數" || all.Lines[0].Op.Booking != line {
		t.Errorf("%+v", all)
	}
	first := stockAfter(t, c, 0, 2)
	if rest := stockAfter(t, c, first.Next, 2); !first.More || len(first.Lines) != 2 || rest.More || len(rest.Lines) != 1 || rest.Lines[0].Device != two.id {
		t.Errorf("in pages: %+v, %+v", first, rest)
	}
	if none := stockAfter(t, c, all.Next, 2); len(none.Lines) != 0 || none.Next != all.Next {
		t.Errorf("after the last: %+v", none)
	}
	if other, err := c.StockAfter(t.Context(), bookingtest.SiteB, 0, 10); err != nil || len(other.Lines) != 0 {
		t.Errorf("another site has %+v, %v", other, err)
	}
	reconcile(t, c)
}

func TestWhatTellsNothingOfTheStockIsKeptWithoutEffect(t *testing.T) {
	c := bookingtest.Start(t, 5)
	b := c.MustBook(c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	desk, kiosk := newDevice(bookingtest.SiteA), newDevice(bookingtest.SiteA)
	desk.stocks(bookingtest.NewID(), "FL1", "fever")
	desk.stocks(bookingtest.NewID(), " ", "opened 1")
	desk.stocks(b.ID, "FL1", "opened 1")
	for _, v := range desk.push(t, c) {
		expect(t, v, syncproto.Parked, booking.CodeMalformed)
	}
	kiosk.stocks(bookingtest.NewID(), "FL1", "opened 1")
	batch := kiosk.batch(1, 1)
	batch.Kiosk = true
	ack, err := c.Receive(t.Context(), batch)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, ack.Verdicts[0], syncproto.Parked, booking.CodeNotAllowed)
	if all := stockAfter(t, c, 0, 10); len(all.Lines) != 0 {
		t.Errorf("%+v", all)
	}
	reconcile(t, c)
}

func TestTheDosesOfALotAreCountedAsTheyStand(t *testing.T) {
	c := bookingtest.Start(t, 9)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	d := newDevice(bookingtest.SiteA)
	give := func(n int, lot string) syncproto.Op {
		b := c.MustBook(slot, n)
		return d.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: b.ID, Lot: lot})
	}
	back := func(op syncproto.Op) {
		d.say(syncproto.Op{Kind: clinic.EventVoided, Booking: op.Booking, Voids: &syncproto.Ref{Device: d.id, Epoch: 1, Seq: op.Seq}})
	}
	give(1, "L1")
	give(2, " l1")
	wrong := give(3, "L9")
	back(wrong)
	d.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: wrong.Booking, Lot: "L2"})
	back(give(4, "L1"))
	d.push(t, c)
	for before, want := range map[clinic.Date]map[string]int{bookingtest.Day: {}, bookingtest.Day.AddDays(1): {"L1": 2, "L2": 1}} {
		if got, err := c.DosesBefore(t.Context(), bookingtest.SiteA, before); err != nil || !maps.Equal(got, want) {
			t.Errorf("before %s: %v, %v; want %v", before, got, err, want)
		}
	}
	if got, err := c.DosesBefore(t.Context(), bookingtest.SiteB, bookingtest.Day.AddDays(1)); err != nil || len(got) != 0 {
		t.Errorf("another site: %v, %v", got, err)
	}
}
