package e2e_test

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/fleet"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/station"
	"ezhitong.tw/syncproto"
)

// morning is when the clinic opens on the day of the bookings.
const morning = clinic.TimeOfDay(8*60 + 50)

func TestTheMainJobWithTheCableOutAndBothEndsRestarted(t *testing.T) {
	w := newWorld(t)
	slot := w.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day)
	first, second := w.MustBook(slot, 1), w.MustBook(slot, 2)
	desk, kiosk := w.enrol(bookingtest.SiteA, syncproto.RoleDesk), w.enrol(bookingtest.SiteA, syncproto.RoleKiosk)
	for _, d := range []*device{desk, kiosk} {
		d.has(first.ID, "there", anyBooking)
		d.has(second.ID, "there", anyBooking)
		d.live()
	}

	w.cut()
	w.Set(bookingtest.Day.At(morning))
	desk.offline(0)
	desk.again()

	finding, err := desk.Counter.Recognise(t.Context(), desk.insert(first.Person))
	if err != nil || finding.Code != reception.Ready || finding.Entry.Booking.ID != first.ID {
		t.Fatalf("the desk finds %s, %v", finding.Code, err)
	}
	receipt, err := desk.Counter.CheckIn(t.Context(), first.ID)
	if err != nil || receipt.Ticket != "A001" {
		t.Fatalf("the desk gives %q, %v", receipt.Ticket, err)
	}
	desk.again()
	finding, err = kiosk.Counter.Recognise(t.Context(), kiosk.insert(second.Person))
	if err != nil || finding.Code != reception.Ready {
		t.Fatalf("the kiosk finds %s, %v", finding.Code, err)
	}
	if receipt, err = kiosk.Counter.CheckIn(t.Context(), second.ID); err != nil || receipt.Ticket != "B001" {
		t.Fatalf("the kiosk gives %q, %v", receipt.Ticket, err)
	}

	w.restart()
	w.mend()
	desk.live()
	kiosk.live()
	for _, b := range []clinic.Booking{first, second} {
		got, err := w.Engine.Booking(t.Context(), b.ID)
		if err != nil || got.Visit().Attendance != clinic.Arrived || len(got.Events) != 1 {
			t.Errorf("central has %v with %d events, %v", got.Visit().Attendance, len(got.Events), err)
		}
	}
	desk.has(second.ID, "arrived at the kiosk", func(b clinic.Booking) bool { return b.Visit().Ticket == "B001" })
	devices, err := w.fleet.Devices(t.Context())
	if err != nil || len(devices) != 2 {
		t.Fatalf("%d devices, %v", len(devices), err)
	}
	for _, d := range devices {
		if d.State != fleet.Live {
			t.Errorf("the monitor shows %s as %s", d.Label, d.State)
		}
	}
}

func TestTwoDevicesCheckTheSamePersonInOffline(t *testing.T) {
	w := newWorld(t)
	b := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day), 1)
	desk, kiosk := w.enrol(bookingtest.SiteA, syncproto.RoleDesk), w.enrol(bookingtest.SiteA, syncproto.RoleKiosk)
	desk.has(b.ID, "there", anyBooking)
	kiosk.has(b.ID, "there", anyBooking)
	w.cut()
	w.Set(bookingtest.Day.At(morning))
	for _, d := range []*device{desk, kiosk} {
		if _, err := d.Counter.CheckIn(t.Context(), b.ID); err != nil {
			t.Fatal(err)
		}
	}
	w.mend()
	merged := func(b clinic.Booking) bool {
		v := b.Visit()
		return v.Attendance == clinic.Arrived && len(v.Merged) == 1
	}
	desk.has(b.ID, "merged", merged)
	kiosk.has(b.ID, "merged", merged)
	got, err := w.Engine.Booking(t.Context(), b.ID)
	if err != nil || !merged(got) {
		t.Errorf("central has %+v, %v", got.Visit(), err)
	}
}

func TestAnArrivalBeatsACancellationMadeMeanwhile(t *testing.T) {
	w := newWorld(t)
	b := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day), 1)
	desk := w.enrol(bookingtest.SiteA, syncproto.RoleDesk)
	desk.has(b.ID, "there", anyBooking)
	w.cut()
	if _, err := w.Cancel(t.Context(), booking.Cancellation{ID: b.ID, Number: b.Person.ID, Birth: b.Person.Birth}); err != nil {
		t.Fatal(err)
	}
	w.Set(bookingtest.Day.At(morning))
	if _, err := desk.Counter.CheckIn(t.Context(), b.ID); err != nil {
		t.Fatal(err)
	}
	w.mend()
	desk.has(b.ID, "reinstated", func(b clinic.Booking) bool { return b.Active() && b.Visit().Attendance == clinic.Arrived })
}

func TestADeviceThatIsShutOutHandsInWhatItDid(t *testing.T) {
	w := newWorld(t)
	b := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day), 1)
	desk := w.enrol(bookingtest.SiteA, syncproto.RoleDesk)
	desk.has(b.ID, "there", anyBooking)
	w.cut()
	w.Set(bookingtest.Day.At(morning))
	if _, err := desk.Counter.CheckIn(t.Context(), b.ID); err != nil {
		t.Fatal(err)
	}
	id, err := desk.Replica.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.fleet.Revoke(t.Context(), "admin", id.Grant.Device); err != nil {
		t.Fatal(err)
	}
	w.mend()
	desk.standing("shut out with nothing left to hand in", func(s replica.Standing) bool { return s.State == replica.Revoked && s.Pending == 0 })
	review, err := w.Review(t.Context(), booking.Scope{All: true}, 5)
	if err != nil || len(review) != 1 || review[0].Code != booking.CodeQuarantined {
		t.Errorf("people are shown %+v, %v", review, err)
	}
}

func TestEnrolmentSaysWhatIsWrong(t *testing.T) {
	w := newWorld(t)
	desk := w.enrol(bookingtest.SiteA, syncproto.RoleDesk)
	code, _, err := w.fleet.NewCode(t.Context(), "admin", bookingtest.SiteA, syncproto.RoleDesk, "櫃檯")
	if err != nil {
		t.Fatal(err)
	}
	keys := w.secrets.Public()
	wrong, err := syncproto.NewCode(rand.Reader, keys)
	if err != nil {
		t.Fatal(err)
	}
	keys.Sign = make([]byte, len(keys.Sign))
	foreign, err := syncproto.NewCode(rand.Reader, keys)
	if err != nil {
		t.Fatal(err)
	}
	explain := func(code string) string { return station.Explain(desk.Enrol(t.Context(), code, w.approve)) }
	if got := explain("12345"); got != "enrol.code_wrong" {
		t.Errorf("half a code: %s", got)
	}
	if got := explain(wrong.Text()); got != "enrol.code_wrong" {
		t.Errorf("a code nobody gave out: %s", got)
	}
	if got := explain(foreign.Text()); got != "enrol.fingerprint_mismatch" {
		t.Errorf("another central's code: %s", got)
	}
	w.cut()
	if got := explain(code); got != "enrol.central_unreachable" {
		t.Errorf("with the cable out: %s", got)
	}
	w.mend()
	if got := explain(code); got != "" {
		t.Errorf("a good code: %s", got)
	}
	if got := explain(code); got != "enrol.code_used" {
		t.Errorf("the same code again: %s", got)
	}
	code, _, err = w.fleet.NewCode(t.Context(), "admin", bookingtest.SiteA, syncproto.RoleDesk, "櫃檯")
	if err != nil {
		t.Fatal(err)
	}
	w.Set(w.Now().Add(fleet.CodeLife))
	if got := explain(code); got != "enrol.code_expired" {
		t.Errorf("a code of a quarter of an hour ago: %s", got)
	}
	if got := station.Explain(errors.New("anything else")); got != "failure.internal" {
		t.Errorf("a failure: %s", got)
	}
}

func TestADeviceMovesToCentralsNewKeysByItself(t *testing.T) {
	w := newWorld(t)
	desk := w.prepare(bookingtest.SiteA, syncproto.RoleDesk)
	round := func() string {
		t.Helper()
		if err := desk.Agent.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
		id, err := desk.Replica.Identity(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return id.Central.Fingerprint()
	}
	before := round()
	if err := w.fleet.RotateKeys(t.Context(), "admin"); err != nil {
		t.Fatal(err)
	}
	w.Set(w.Now().Add(2 * time.Hour)) // the next session
	after := round()
	if after == before || after != w.fleet.Secrets().Public().Fingerprint() {
		t.Fatalf("the device holds %s, before %s", after, before)
	}
	w.Set(w.Now().Add(2 * time.Hour))
	round() // with the new ones, whereupon the old ones end
	if states, _ := w.fleet.Keys(); states[1].Retired.IsZero() {
		t.Fatalf("%+v", states)
	}
}
