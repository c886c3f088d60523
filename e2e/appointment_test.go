package e2e_test

import (
	"fmt"
	"strings"
	"testing"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/selfservice"
	"ezhitong.tw/syncproto"
)

// visitor is somebody before the screen of a kiosk, without the drawing of it.
type visitor struct {
	*selfservice.Model
	d *device
}

// comes is somebody who puts a card in and is looked up.
func (d *device) comes(p clinic.Person) visitor {
	d.w.t.Helper()
	v := visitor{&selfservice.Model{Ready: true, Booking: true, Locale: "zh-TW", Link: reception.Link{State: reception.LinkLive}}, d}
	o := v.Card(cards.Event{Kind: cards.Recognised, Person: d.insert(p)})
	found, err := d.Counter.Recognise(d.w.t.Context(), o.Person)
	v.Recognised(o.Seq, found, nil, err)
	return v
}

// does carries out an order as the screen does.
func (v visitor) does(o selfservice.Order) {
	v.d.w.t.Helper()
	a, ctx := v.d.Appointments(), v.d.w.t.Context()
	switch o.Task {
	case selfservice.FindOpen:
		open, err := a.Openings(ctx, o.Person)
		v.Found(o.Seq, open, err)
	case selfservice.BookDay:
		made, err := a.Book(ctx, o.Wish)
		v.Booked(made, err)
	}
}

// asksFor chooses the last day and session that are shown, and agrees.
func (v visitor) asksFor(mobile string) {
	v.d.w.t.Helper()
	v.does(v.BookLater())
	for v.Page == selfservice.LaterVaccine || v.Page == selfservice.LaterDose || v.Page == selfservice.LaterDay || v.Page == selfservice.LaterTime {
		v.Pick(1)
	}
	for _, digit := range mobile {
		v.TypeMobile(string(digit))
	}
	v.EnterMobile()
	v.does(v.AgreeLater())
}

func TestAKioskBooksAnotherDayWithTheCardAndCentralOwnsIt(t *testing.T) {
	w := newWorld(t)
	d := w.enrol(bookingtest.SiteA, syncproto.RoleKiosk)
	d.live()
	who := bookingtest.Person(7)
	v := d.comes(who)
	v.asksFor("0987654321")
	if v.Page != selfservice.Appointed || v.Code() != "appointed" {
		t.Fatalf("the screen shows %s: %v", v.Code(), v.Err)
	}
	found, err := w.LookUp(t.Context(), who.ID, who.Birth)
	if err != nil || len(found) != 1 {
		t.Fatalf("central has %d bookings, %v", len(found), err)
	}
	b := found[0]
	if b.Code != v.Appointment.Code || b.Slot.ID != v.Appointment.Slot.ID || b.Slot.Site != bookingtest.SiteA || b.Person.Mobile.Reveal() != "0987654321" ||
		b.Person.Name.Reveal() != who.Name.Reveal() || b.Visit().Attendance != clinic.NotArrived {
		t.Errorf("central has %s on %s", b.Code, b.Slot.Date)
	}
	d.has(b.ID, "booked", anyBooking)
	d.noneReadable(who)
	// The slip's QR code is one that every device of the city takes for genuine.
	if id, err := syncproto.ParseTicket(v.Appointment.Ticket, w.secrets.Public().Sign); err != nil || id != b.ID {
		t.Errorf("the QR code is of %s: %v", id, err)
	}
	d.reader.Remove()
	d.sees(cards.Removed)
	v.Card(cards.Event{Kind: cards.Removed})
	if all := fmt.Sprintf("%+v", v.Model); strings.Contains(all, "87654321") || strings.Contains(all, who.ID.String()) {
		t.Error("something of the person stays on the screen")
	}
	again := d.comes(who)
	again.asksFor("0987654321")
	if again.Page == selfservice.Appointed && again.Appointment.Slot.Programme == b.Slot.Programme {
		t.Error("a second booking of the programme")
	}
}

func TestAKioskWithoutCentralClaimsNoBooking(t *testing.T) {
	w := newWorld(t)
	d := w.enrol(bookingtest.SiteA, syncproto.RoleKiosk)
	d.live()
	who := bookingtest.Person(8)
	v := d.comes(who)
	v.does(v.BookLater())
	for v.Page != selfservice.LaterPhone {
		v.Pick(0)
	}
	for _, digit := range "0987654321" {
		v.TypeMobile(string(digit))
	}
	v.EnterMobile()
	w.cut()
	o := v.AgreeLater()
	if !v.Busy {
		t.Fatalf("the screen shows %s", v.Code())
	}
	v.does(o)
	if v.Page != selfservice.LaterFailed || v.Appointment.Code != "" {
		t.Fatalf("without a line the screen shows %s", v.Code())
	}
	w.mend()
	d.live()
	v.Return()
	v.asksFor("0987654321")
	if found, err := w.LookUp(t.Context(), who.ID, who.Birth); err != nil || len(found) != 1 || v.Page != selfservice.Appointed {
		t.Errorf("with the line back: %s, %d bookings, %v", v.Code(), len(found), err)
	}
}
