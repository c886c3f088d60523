package e2e_test

import (
	"reflect"
	"testing"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/syncproto"
)

// stocked is the only lot that a desk knows of.
func (d *device) stocked() clinic.StockLot {
	d.w.t.Helper()
	all, err := d.Counter.Stock(d.w.t.Context())
	if err != nil || len(all) != 1 {
		d.w.t.Fatalf("%d lots, %v", len(all), err)
	}
	return all[0].StockLot
}

// gives vaccinates somebody from lot FL1.
func (d *device) gives(b clinic.Booking) {
	d.w.t.Helper()
	_, err := d.Counter.CheckIn(d.w.t.Context(), b.ID)
	d.did(err)
	_, err = d.Counter.Give(d.w.t.Context(), b.ID, reception.Dose{Lot: "FL1", Injection: clinic.Injection{Expires: bookingtest.Day.AddDays(90), Limb: "left_arm"}})
	d.did(err)
}

func TestADeskInThePlaceOfABurntOneKnowsTheStock(t *testing.T) {
	w := newWorld(t)
	ctx, slot := t.Context(), w.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day)
	first, second := w.MustBook(slot, 1), w.MustBook(slot, 2)
	one, two := w.prepare(bookingtest.SiteA, syncproto.RoleDesk), w.prepare(bookingtest.SiteA, syncproto.RoleDesk)
	w.Set(bookingtest.Day.At(morning))
	one.round()
	two.round()
	three := w.prepare(bookingtest.SiteA, syncproto.RoleDesk) // comes days later
	backup := w.backup()
	one.did(one.Counter.Receive(ctx, "fl1", bookingtest.FluVac, bookingtest.Day.AddDays(90), 30, 10))
	one.did(one.Counter.Receive(ctx, "FL1", bookingtest.FluVac, bookingtest.Day.AddDays(90), 3, 10))
	one.did(one.Counter.OpenVial(ctx, "FL1"))
	one.gives(first)
	one.round()
	two.round()
	if a, b := one.stocked(), two.stocked(); !reflect.DeepEqual(a, b) || a.Given != 1 || len(a.Lines) != 3 {
		t.Errorf("one desk has %+v, the other %+v", a, b)
	}
	w.Set(bookingtest.Day.At(morning + 10))
	two.did(two.Counter.TakeBackLine(ctx, one.stocked().Lines[0].ID, "打錯瓶數"))
	two.did(two.Counter.Waste(ctx, "FL1", 2, "掉到地上"))
	two.gives(second)
	two.round()
	one.round()
	s := one.stocked()
	if !reflect.DeepEqual(s, two.stocked()) || s.Received != 3 || s.Wasted != 2 || s.Given != 2 || s.InOpen() != 6 || s.Lines[0].Back.Why != "打錯瓶數" {
		t.Errorf("%+v", s)
	}

	w.Set(bookingtest.Day.AddDays(5).At(morning)) // neither the old nor a new one holds that day any more
	two.round()
	if got := two.stocked(); !reflect.DeepEqual(got, s) {
		t.Errorf("days later %+v, want %+v", got, s)
	}
	three.round()
	if got := three.stocked(); !reflect.DeepEqual(got, s) {
		t.Errorf("the new desk knows %+v, want %+v", got, s)
	}
	three.did(three.Counter.OpenVial(ctx, "FL1"))
	three.round()
	two.round()
	if got := two.stocked(); got.Opened != 2 || !reflect.DeepEqual(got, three.stocked()) {
		t.Errorf("%+v", got)
	}

	w.restore(backup) // which knows nothing of it
	for range 2 {
		for _, d := range []*device{one, two, three} {
			_ = d.Agent.Round(ctx) // learns that its session is gone
			d.round()
		}
	}
	if told, err := w.StockAfter(ctx, bookingtest.SiteA, 0, 100); err != nil || len(told.Lines) != 6 {
		t.Errorf("central has %d lines again, %v", len(told.Lines), err)
	}
	if got := three.stocked(); got.Opened != 2 || got.Received != 3 || got.Given != 2 || len(got.Lines) != 5 {
		t.Errorf("after the restore %+v", got)
	}
	if review, err := w.Review(ctx, booking.Scope{All: true}, 10); err != nil || len(review) != 0 {
		t.Errorf("people are to look at %+v, %v", review, err)
	}
}

func TestTwoDesksShareTheirStockWhileCentralIsAway(t *testing.T) {
	w := newWorld(t)
	if err := w.fleet.SetLAN(t.Context(), "admin", bookingtest.SiteA, true); err != nil {
		t.Fatal(err)
	}
	one, two := w.prepare(bookingtest.SiteA, syncproto.RoleDesk), w.prepare(bookingtest.SiteA, syncproto.RoleDesk)
	w.Set(bookingtest.Day.At(morning))
	for _, d := range []*device{one, two, one} {
		d.helps()
		d.round()
	}
	one.joins()
	two.joins()
	w.cut()
	one.did(one.Counter.Receive(t.Context(), "FL1", bookingtest.FluVac, bookingtest.Day.AddDays(90), 3, 10))
	changes, stop := two.Replica.Watch()
	defer stop()
	late := time.NewTimer(60 * time.Second)
	defer late.Stop()
	for {
		if all, err := two.Counter.Stock(t.Context()); err != nil || len(all) == 1 {
			break
		}
		select {
		case <-changes:
		case <-late.C:
			t.Fatal("the other desk hears nothing")
		}
	}
	two.did(two.Counter.OpenVial(t.Context(), "FL1"))
	w.mend()
	one.round()
	two.round()
	one.round()
	if a, b := one.stocked(), two.stocked(); !reflect.DeepEqual(a, b) || a.Opened != 1 || a.Received != 3 {
		t.Errorf("one desk has %+v, the other %+v", a, b)
	}
}

func TestADeskWithoutALineCountsTheDosesOfDaysOnWhichNobodyLooked(t *testing.T) {
	w := newWorld(t)
	desk := w.prepare(bookingtest.SiteA, syncproto.RoleDesk)
	var booked []clinic.Booking
	for n := range 3 {
		booked = append(booked, w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day.AddDays(n)), n+1))
	}
	w.Set(bookingtest.Day.At(morning))
	desk.round()
	w.cut()
	desk.did(desk.Counter.Receive(t.Context(), "FL1", bookingtest.FluVac, bookingtest.Day.AddDays(90), 1, 10))
	for n, b := range booked {
		w.Set(bookingtest.Day.AddDays(n).At(morning))
		desk.gives(b)
	}
	w.Set(bookingtest.Day.AddDays(4).At(morning))
	if s := desk.stocked(); s.Given != 3 || s.Left() != 7 {
		t.Errorf("%d doses were given, %d are left", s.Given, s.Left())
	}
	w.mend()
	desk.round()
	if s := desk.stocked(); s.Given != 3 || s.Left() != 7 {
		t.Errorf("with central %d doses were given, %d are left", s.Given, s.Left())
	}
}
