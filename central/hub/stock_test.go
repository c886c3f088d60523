package hub_test

import (
	"strconv"
	"testing"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// stocks writes a line of a lot.
func (d *device) stocks(reason string) {
	d.happens(clinic.StockMoved, bookingtest.NewID())
	op := &d.ops[len(d.ops)-1]
	op.Lot, op.Reason = "FL1234", reason
}

func TestADeskIsToldTheStockOfItsSiteInPagesAndAKioskIsNot(t *testing.T) {
	w := newWorld(t)
	one, two, kiosk := connected(t, w, syncproto.RoleDesk), connected(t, w, syncproto.RoleDesk), connected(t, w, syncproto.RoleKiosk)
	b := w.MustBook(w.SlotOn(one.grant.Site, bookingtest.FluVac, bookingtest.Day), 1)
	before := w.SiteSeq(one.grant.Site)
	one.happens(clinic.CheckedIn, b.ID)
	one.happens(clinic.VaccineGiven, b.ID)
	one.stocks("received 400 1 2027-03-31 flu")
	for n := range syncproto.MaxStockLines {
		one.stocks("wasted 1 第" + strconv.Itoa(n) + "劑")
	}
	ack, err := one.push()
	must(t, err)
	for _, v := range ack.Verdicts {
		if v.Outcome != syncproto.Accepted {
			t.Fatalf("%+v", v)
		}
	}
	if w.SiteSeq(one.grant.Site) != before+int64(len(one.ops)) {
		t.Error("the other desk is not poked")
	}
	w.Set(bookingtest.Day.AddDays(2).At(9 * 60))
	two.mustConnect()
	day := syncproto.DayOf(bookingtest.Day.AddDays(1))
	first, err := exchange[syncproto.Stock](two, syncproto.AskStock{Day: syncproto.NoDay})
	must(t, err)
	if len(first.Lines) != syncproto.MaxStockLines || !first.More || first.Day != day || len(first.Given) != 1 || first.Given[0] != (syncproto.LotDoses{Lot: "FL1234", Doses: 1}) {
		t.Fatalf("%d lines, more %t, day %d, given %+v", len(first.Lines), first.More, first.Day, first.Given)
	}
	rest, err := exchange[syncproto.Stock](two, syncproto.AskStock{After: first.Next, Day: day})
	must(t, err)
	if len(rest.Lines) != 1 || rest.More || rest.Given != nil || rest.Lines[0].Op.Reason != "wasted 1 第299劑" || rest.Lines[0].Device != one.grant.Device || rest.Next != w.SiteSeq(one.grant.Site) {
		t.Errorf("%+v", rest)
	}
	if none, err := exchange[syncproto.Stock](two, syncproto.AskStock{After: rest.Next, Day: day}); err != nil || len(none.Lines) != 0 || none.Next != rest.Next {
		t.Errorf("%+v, %v", none, err)
	}
	kiosk.mustConnect()
	if none, err := exchange[syncproto.Stock](kiosk, syncproto.AskStock{Day: syncproto.NoDay}); err != nil || len(none.Lines) != 0 || none.Given != nil {
		t.Errorf("a kiosk is told %+v, %v", none, err)
	}
}
