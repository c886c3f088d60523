package e2e_test

import (
	"slices"
	"testing"
	"time"

	"ezhitong.tw/central/console"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
)

// Three processes: central, a device that hears it, and one whose cable is out.
func TestWhatIsBookedAtCentralReachesADeviceWithoutALineThroughItsNeighbour(t *testing.T) {
	w := startTown(t)
	w.must(console.SetLAN(t.Context(), w.Data, console.LANRequest{Site: w.site, On: true}))
	w.book(3)
	cable := w.cable()
	near, dark := w.device(w.Target().URL()), w.device("http://"+cable.Listen)
	for _, u := range []*unit{near, dark} {
		u.more = []string{"lan"}
		u.start()
		u.enrol()
		u.holds(3)
	}
	near.again(0) // it asks for the site's devices in each session, and the other one has come since
	for _, u := range []*unit{near, dark} {
		u.until("the other device", time.Minute, func(h heard) bool { return h.Others == 2 })
	}

	cable.Stop()
	before := dark.until("nobody at the other end", time.Minute, func(h heard) bool { return h.State == replica.Offline })
	w.book(2)
	all := near.holds(5)
	seen := dark.holds(5)
	news := slices.DeleteFunc(seen, func(b deviceBooking) bool {
		return slices.ContainsFunc(before.Bookings, func(o deviceBooking) bool { return o.ID == b.ID })
	})
	if len(news) != 2 {
		t.Fatalf("%d of the bookings are new", len(news))
	}
	for _, b := range news { // who has just booked stands before the dark one
		_, err := dark.tell("act", b.ID.String())
		w.must(err)
	}
	near.until("the arrivals at the other one", time.Minute, func(h heard) bool {
		return !slices.ContainsFunc(news, func(b deviceBooking) bool { return attendance(h.Bookings, b.ID) != clinic.Arrived.String() })
	})
	dark.until("rows that have its own arrivals, carried by the other one", time.Minute, func(h heard) bool {
		return h.Cursor > before.Cursor && h.Pending == 2 && !slices.ContainsFunc(news, func(b deviceBooking) bool { return w.events()[b.ID] != 1 })
	})

	w.must(cable.Start())
	near.until("nothing to do", time.Minute, func(h heard) bool { return h.Pending == 0 })
	last := dark.until("everything sent", time.Minute, func(h heard) bool { return h.Pending == 0 })
	if len(last.Bookings) != len(all) {
		t.Errorf("it has %d bookings, want %d", len(last.Bookings), len(all))
	}
	w.rows("SELECT diverged FROM device_status", func(scan func(...any) error) error {
		var diverged bool
		err := scan(&diverged)
		if diverged {
			t.Error("a device's rows are not central's")
		}
		return err
	})
}

// attendance is how a device shows a booking.
func attendance(list []deviceBooking, id clinic.ID) string {
	if i := slices.IndexFunc(list, func(b deviceBooking) bool { return b.ID == id }); i >= 0 {
		return list[i].Attendance
	}
	return ""
}
