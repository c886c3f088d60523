package e2e_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/syncproto"
)

var supervisor = booking.Actor{Account: "supervisor", Scope: booking.Scope{All: true}}

// narrow makes a slot of so many places.
func (w *world) narrow(slot clinic.Slot, places int) clinic.Slot {
	w.t.Helper()
	_, err := w.ImportCapacity(w.t.Context(), supervisor, []booking.CapacityRow{{
		Line: 2, Site: slot.Site, Period: slot.Period, Vaccine: slot.Vaccine, Date: slot.Date, Start: slot.Start, End: slot.End, Capacity: places,
	}})
	if err != nil {
		w.t.Fatal(err)
	}
	site, _ := w.Catalogue().Site(slot.Site)
	site.OverflowCap = 1
	if err := w.SaveSite(w.t.Context(), supervisor, site); err != nil {
		w.t.Fatal(err)
	}
	slot, _ = w.Slot(slot.ID)
	return slot
}

func (d *device) takesIn(slot clinic.Slot, n int, beyond bool) (reception.Receipt, error) {
	return d.Counter.WalkIn(d.w.t.Context(), reception.WalkIn{Person: bookingtest.Person(n), Slot: slot.ID, Dose: "single", Beyond: beyond})
}

// leased is a desk that holds so many places of a slot with as many, in the morning
// of its day.
func (w *world) leased(places, capacity int) (*device, clinic.Slot) {
	w.t.Helper()
	slot := w.narrow(w.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day), capacity)
	d := w.prepare(bookingtest.SiteA, syncproto.RoleDesk)
	w.Set(bookingtest.Day.At(morning))
	d.round()
	if err := d.Counter.HoldPlaces(w.t.Context(), slot.ID, places); err != nil {
		w.t.Fatal(err)
	}
	d.round()
	d.left(slot, places)
	return d, slot
}

func (d *device) left(slot clinic.Slot, want int) {
	d.w.t.Helper()
	if n, err := d.Counter.Places(d.w.t.Context(), slot.ID); err != nil || n != want {
		d.w.t.Fatalf("the device has %d places to give, want %d: %v", n, want, err)
	}
}

func (d *device) refuses(code string, err error) {
	d.w.t.Helper()
	if !errors.Is(err, clinic.Refuse(code)) {
		d.w.t.Fatalf("got %v, want %s", err, code)
	}
}

func TestAWalkInIsTakenInOfflineFromTheLeaseAndComesBackAsABooking(t *testing.T) {
	w := newWorld(t)
	d, slot := w.leased(2, 3)
	w.cut()
	r, err := d.takesIn(slot, 50, false)
	if err != nil || r.Ticket != "A001" || r.Entry.Booking.Person.Name.Reveal() != bookingtest.Person(50).Name.Reveal() || !r.Entry.Waiting {
		t.Fatalf("receipt %+v, %v", r.Ticket, err)
	}
	d.left(slot, 1)
	_, err = d.takesIn(slot, 50, false)
	d.refuses(reception.BookedToday, err)
	if r, err = d.takesIn(slot, 51, false); err != nil || r.Ticket != "A002" {
		t.Fatalf("ticket %s, %v", r.Ticket, err)
	}
	_, err = d.takesIn(slot, 52, false)
	d.refuses(reception.NoPlace, err)
	d.noneReadable(bookingtest.Person(50))
	w.mend()
	d.round()
	d.round()
	d.left(slot, 0)
	d.same()
	today, err := d.Counter.Today(t.Context())
	if err != nil || len(today) != 2 || today[0].Waiting || today[0].Visit.Attendance != clinic.Arrived {
		t.Fatalf("%d people stand in the list, %v", len(today), err)
	}
	if s, _ := w.Slot(slot.ID); s.Taken != 2 {
		t.Errorf("%d places are taken", s.Taken)
	}
	if b, err := w.Booking(t.Context(), r.Entry.Booking.ID); err != nil || b.Visit().Ticket != "A002" {
		t.Errorf("central knows of %s, %v", b.Visit().Ticket, err)
	}
}

// noneReadable looks for a person in the device's files.
func (d *device) noneReadable(p clinic.Person) {
	d.w.t.Helper()
	files, err := filepath.Glob(filepath.Join(d.dir, "*"))
	if err != nil || len(files) == 0 {
		d.w.t.Fatalf("no files: %v", err)
	}
	for _, f := range files {
		content, err := os.ReadFile(f)
		if err != nil {
			d.w.t.Fatal(err)
		}
		for _, canary := range []string{p.ID.Reveal(), p.Name.Reveal()} {
			if strings.Contains(string(content), canary) {
				d.w.t.Errorf("%s holds a person in the clear", f)
			}
		}
	}
}

func TestPlacesGoBackOnlyWhenTheDeviceSaysSo(t *testing.T) {
	w := newWorld(t)
	d, slot := w.leased(2, 2)
	w.Set(w.Now().Add(2 * time.Hour)) // however long it is silent
	if _, err := w.Lease(t.Context(), booking.LeaseRequest{ID: bookingtest.NewID(), Site: slot.Site, Device: bookingtest.NewID(), Slot: slot.ID, Places: 1}); err == nil {
		t.Fatal("another device has got a place that is leased")
	}
	if _, err := d.takesIn(slot, 60, false); err != nil {
		t.Fatal(err)
	}
	if err := d.Counter.FreePlaces(t.Context(), slot.ID); err != nil {
		t.Fatal(err)
	}
	d.left(slot, 0)
	_, err := d.takesIn(slot, 61, false)
	d.refuses(reception.NoPlace, err)
	d.round()
	l, err := w.Lease(t.Context(), booking.LeaseRequest{ID: bookingtest.NewID(), Site: slot.Site, Device: bookingtest.NewID(), Slot: slot.ID, Places: 2})
	if err != nil || l.Granted != 1 {
		t.Errorf("after the return %d places are free, %v", l.Granted, err)
	}
}

func TestALeaseForcedBackIsTheDevicesNoMore(t *testing.T) {
	w := newWorld(t)
	d, slot := w.leased(1, 1)
	errands, err := d.Replica.Errands(t.Context())
	if err != nil || len(errands.Wishes) != 0 {
		t.Fatalf("%d wishes still wait, %v", len(errands.Wishes), err)
	}
	w.force(d)
	d.round()
	d.left(slot, 0)
}

// force takes every lease of a device back.
func (w *world) force(d *device) {
	w.t.Helper()
	id, err := d.Replica.Identity(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	leases, err := w.Leases(w.t.Context(), id.Grant.Device)
	if err != nil || len(leases) == 0 {
		w.t.Fatalf("%d leases, %v", len(leases), err)
	}
	for _, l := range leases {
		if err := w.ForceLease(w.t.Context(), supervisor, l.ID); err != nil {
			w.t.Fatal(err)
		}
	}
}

func TestALeaseForcedBackWhileUsedOfflineStandsBeyondTheCapacity(t *testing.T) {
	w := newWorld(t)
	d, slot := w.leased(1, 1)
	w.cut()
	r, err := d.takesIn(slot, 70, false)
	if err != nil {
		t.Fatal(err)
	}
	w.force(d)
	w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day.AddDays(3)), 71)
	if _, err := w.Lease(t.Context(), booking.LeaseRequest{ID: bookingtest.NewID(), Site: slot.Site, Device: bookingtest.NewID(), Slot: slot.ID, Places: 1}); err != nil {
		t.Fatal(err)
	}
	w.mend()
	d.round()
	d.same()
	if b, err := w.Booking(t.Context(), r.Entry.Booking.ID); err != nil || b.Visit().Attendance != clinic.Arrived {
		t.Errorf("the walk-in is %v, %v", b.Visit().Attendance, err)
	}
	review, err := w.Review(t.Context(), booking.Scope{All: true}, 10)
	if err != nil || len(review) != 1 || review[0].Code != booking.CodeOverflow {
		t.Errorf("the review has %+v, %v", review, err)
	}
	for n, beyond := range []string{booking.CodeOverCap} { // the site's bound is one
		if _, err := d.takesIn(slot, 80+n, true); err != nil {
			t.Fatal(err)
		}
		d.round()
		if review, err = w.Review(t.Context(), booking.Scope{All: true}, 10); err != nil || review[0].Code != beyond && review[1].Code != beyond {
			t.Errorf("beyond the bound the review has %+v, %v", review, err)
		}
	}
}
