package e2e_test

import (
	"testing"
	"time"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/drivers/emulator"
	"ezhitong.tw/drivers/scanner"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/syncproto"
)

// scans waits for what the device's scanner tells next of a kind.
func (d *device) scans(kind scanner.Kind) scanner.Code {
	d.w.t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	for {
		select {
		case e := <-d.codes:
			if e.Kind == kind {
				return e.Code
			}
		case <-deadline.C:
			d.w.t.Fatalf("the scanner did not tell of %d", kind)
		}
	}
}

func TestATicketFromCentralIsScannedWithoutANetwork(t *testing.T) {
	w := newWorld(t)
	here := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day), 1)
	elsewhere := w.MustBook(w.SlotOn(bookingtest.SiteB, bookingtest.FluVac, bookingtest.Day), 2)
	gun, err := emulator.StartScanner(t.Context(), emulator.ScannerConfig{Suffix: "\r\n"})
	if err != nil {
		t.Fatal(err)
	}
	desk := w.enrol(bookingtest.SiteA, syncproto.RoleDesk)
	desk.has(here.ID, "there", anyBooking)
	desk.live()
	w.cut()
	w.Set(bookingtest.Day.At(morning))
	desk.offline(0)
	desk.port = gun.Path()
	desk.again()
	t.Cleanup(func() { _ = gun.Close() })
	desk.scans(scanner.Ready)

	for _, c := range []struct{ what, text, want string }{
		{"the ticket", w.secrets.Ticket(here.ID), reception.Ready},
		{"the booking code", clinic.CodeOf(here.ID), reception.Ready},
		{"another place's ticket", w.secrets.Ticket(elsewhere.ID), reception.OtherTicket},
		{"a soup", "4710088412345", reception.NotTicket},
	} {
		if err := gun.Scan(c.text); err != nil {
			t.Fatal(err)
		}
		f, err := desk.Counter.Scan(t.Context(), desk.scans(scanner.Scanned).Reveal())
		if err != nil || f.Code != c.want {
			t.Errorf("%s: found %s, %v; want %s", c.what, f.Code, err, c.want)
		}
		if c.want == reception.Ready && (f.Entry == nil || f.Entry.Booking.ID != here.ID || f.Person.Name.Reveal() != here.Person.Name.Reveal()) {
			t.Errorf("%s brings somebody else", c.what)
		}
	}
	receipt, err := desk.Counter.CheckIn(t.Context(), here.ID)
	if err != nil || receipt.Ticket != "A001" {
		t.Errorf("the desk gives %q, %v", receipt.Ticket, err)
	}
	w.mend()
	desk.live()
}
