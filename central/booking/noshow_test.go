package booking_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/store"
	"ezhitong.tw/central/store/storetest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// stands puts a device at a site, which said last at an instant that it has nothing
// more; the zero time for never.
func stands(t *testing.T, c *bookingtest.City, site string, letter byte, settled time.Time) clinic.ID {
	t.Helper()
	d := store.Device{
		ID: bookingtest.NewID(), Site: site, Role: syncproto.RoleDesk, Letter: string(letter), Label: "櫃檯", Epoch: 1, Sign: make([]byte, 32),
		Enrolled: bookingtest.Monday.UnixMilli(), Expires: bookingtest.Monday.AddDate(1, 0, 0).Unix(),
	}
	d.Noise = append(append([]byte(nil), d.ID[:]...), d.ID[:]...)
	write(t, c, func(tx *store.Tx) error { return tx.InsertDevice(d) })
	said(t, c, d.ID, settled)
	return d.ID
}

// said notes that a device said at an instant that it has nothing more.
func said(t *testing.T, c *bookingtest.City, device clinic.ID, settled time.Time) {
	t.Helper()
	write(t, c, func(tx *store.Tx) error {
		return tx.SaveDeviceStatus(store.DeviceStatus{Device: device, Contact: syncproto.Milli(settled), Settled: syncproto.Milli(settled)})
	})
}

func write(t *testing.T, c *bookingtest.City, do func(*store.Tx) error) {
	t.Helper()
	tx, err := c.Store.Begin(t.Context())
	if err == nil {
		err = do(tx)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

func decide(t *testing.T, c *bookingtest.City, want int) {
	t.Helper()
	if n, err := c.DecideNoShows(t.Context()); err != nil || n != want {
		t.Errorf("%d were marked, want %d: %v", n, want, err)
	}
}

func open(t *testing.T, c *bookingtest.City, scope booking.Scope, want int) []booking.OpenSession {
	t.Helper()
	list, err := c.OpenSessions(t.Context(), scope)
	if err != nil || len(list) != want {
		t.Fatalf("%d sessions are open, want %d: %+v, %v", len(list), want, list, err)
	}
	return list
}

func TestNobodyIsMarkedBeforeEveryDeviceHasToldAll(t *testing.T) {
	c := bookingtest.Start(t, 5)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day) // 09:00 to 12:00
	absent, late := c.MustBook(slot, 1), c.MustBook(slot, 2)
	afternoon := c.MustBook(c.Slots(bookingtest.SiteA, bookingtest.XBB)[1], 3)
	end := bookingtest.Day.At(12 * 60)
	desk := stands(t, c, bookingtest.SiteA, 'A', end.Add(-time.Minute))
	dark := stands(t, c, bookingtest.SiteA, 'B', time.Time{})
	c.Set(end.Add(29 * time.Minute))
	said(t, c, desk, c.Now())
	decide(t, c, 0)
	open(t, c, booking.Scope{All: true}, 0) // who is late may still be coming in
	c.Set(end.Add(2 * time.Hour))
	said(t, c, desk, c.Now())
	decide(t, c, 0)
	list := open(t, c, booking.Scope{Site: bookingtest.SiteA}, 1)
	if s := list[0]; s.Absent != 2 || s.Start != 9*60 || len(s.Dark) != 1 || s.Dark[0].ID != dark || !s.Dark[0].Contact.IsZero() {
		t.Errorf("what waits is %+v", s)
	}
	open(t, c, booking.Scope{Site: bookingtest.SiteB}, 0)
	attendance(t, c, absent.ID, clinic.NotArrived)

	arrived := newDevice(bookingtest.SiteA)
	arrived.arrive(late, "B001")
	arrived.push(t, c) // the dark one is back
	said(t, c, dark, c.Now())
	decide(t, c, 1)
	decide(t, c, 0)
	open(t, c, booking.Scope{All: true}, 0)
	attendance(t, c, absent.ID, clinic.NoShow)
	attendance(t, c, late.ID, clinic.Arrived)
	attendance(t, c, afternoon.ID, clinic.NotArrived)
	next := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(7))
	refusedAs(t, clinic.RefusedNoShow, second(c.Book(t.Context(), bookingtest.Ask(next, 1))))
	reconcile(t, c)
}

func TestALateArrivalTakesBackWhatCentralDecided(t *testing.T) {
	c := bookingtest.Start(t, 5)
	b := c.MustBook(c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	c.Set(bookingtest.Day.At(13 * 60))
	stands(t, c, bookingtest.SiteA, 'A', c.Now())
	decide(t, c, 1)
	next := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(8))
	refusedAs(t, clinic.RefusedNoShow, second(c.Book(t.Context(), bookingtest.Ask(next, 1))))
	d := newDevice(bookingtest.SiteA)
	d.arrive(b, "A001")
	d.say(syncproto.Op{Kind: clinic.DoseDeferred, Booking: b.ID, Reason: "發燒"})
	expect(t, d.push(t, c)[0], syncproto.Flagged, booking.CodeAfterClosure)
	attendance(t, c, b.ID, clinic.Deferred)
	decide(t, c, 0)
	c.MustBook(next, 1)
	reconcile(t, c)
}

func TestASiteWithoutDevicesWaitsForAPerson(t *testing.T) {
	c := bookingtest.Start(t, 5)
	b := c.MustBook(c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	c.Set(bookingtest.Day.At(15 * 60))
	later := store.Device{
		ID: bookingtest.NewID(), Site: bookingtest.SiteA, Role: syncproto.RoleDesk, Letter: "A", Epoch: 1, Noise: make([]byte, 32), Sign: make([]byte, 32), Enrolled: c.Now().UnixMilli(),
	}
	write(t, c, func(tx *store.Tx) error { return tx.InsertDevice(later) })
	said(t, c, later.ID, c.Now()) // it came after the session and knows nothing of it
	decide(t, c, 0)
	if list := open(t, c, booking.Scope{All: true}, 1); len(list[0].Dark) != 0 || list[0].Absent != 1 {
		t.Errorf("what waits is %+v", list[0])
	}
	if n, err := c.CloseDay(t.Context(), boss, bookingtest.SiteA, bookingtest.Day); err != nil || n != 1 {
		t.Fatalf("%d marked, %v", n, err)
	}
	attendance(t, c, b.ID, clinic.NoShow)
	open(t, c, booking.Scope{All: true}, 0)
}

func TestWhatARevokedDeviceKnewIsNotWaitedFor(t *testing.T) {
	c := bookingtest.Start(t, 5)
	slot := c.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	absent, parked := c.MustBook(slot, 1), c.MustBook(slot, 2)
	c.Set(bookingtest.Day.At(13 * 60))
	stands(t, c, bookingtest.SiteA, 'A', c.Now())
	lost := stands(t, c, bookingtest.SiteA, 'B', time.Time{})
	decide(t, c, 0)
	write(t, c, func(tx *store.Tx) error {
		d, ok, err := tx.DeviceForChange(lost)
		if err != nil || !ok {
			return errors.Join(err, errors.New("no such device"))
		}
		d.Revoked = c.Now().UnixMilli()
		return tx.UpdateDevice(d)
	})
	d := newDevice(bookingtest.SiteA)
	d.arrive(parked, "B001")
	batch := d.batch(1, 1)
	batch.Quarantine = true
	if _, err := c.Receive(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	decide(t, c, 1)
	attendance(t, c, absent.ID, clinic.NoShow)
	attendance(t, c, parked.ID, clinic.NotArrived) // people judge that event first
	if v, err := c.AdmitEvent(t.Context(), boss, clinic.EventRef{Device: d.id, Epoch: 1, Seq: 1}); err != nil || v.Outcome != syncproto.Accepted {
		t.Errorf("admitted: %+v, %v", v, err)
	}
	attendance(t, c, parked.ID, clinic.Arrived)
}

func TestEnginesDecideNoShowsOnce(t *testing.T) {
	a, b := pair(t, storetest.FreshServer(t), 300)
	slot := a.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	const people = 250
	ids := make([]clinic.ID, people)
	for i := range ids {
		ids[i] = a.MustBook(slot, i+1).ID
	}
	for _, c := range []*bookingtest.City{a, b} {
		c.Set(bookingtest.Day.At(13 * 60))
	}
	stands(t, a, bookingtest.SiteA, 'A', a.Now())
	var together sync.WaitGroup
	marked := make([]int, 2)
	for i, c := range []*bookingtest.City{a, b} {
		together.Go(func() {
			var err error
			if marked[i], err = c.DecideNoShows(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	together.Wait()
	if marked[0]+marked[1] != people {
		t.Errorf("%d and %d were marked", marked[0], marked[1])
	}
	for _, id := range ids[:3] {
		if now, err := b.Booking(t.Context(), id); err != nil || len(now.Events) != 1 {
			t.Errorf("%d events, %v", len(now.Events), err)
		}
	}
	reconcile(t, a)
	reconcile(t, b)
}
