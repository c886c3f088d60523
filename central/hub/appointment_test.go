package hub_test

import (
	"errors"
	"testing"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

func TestAKioskBooksALaterDayAtItsOwnSite(t *testing.T) {
	w := newWorld(t)
	d := connected(t, w, syncproto.RoleKiosk)
	who := bookingtest.Person(1)
	ask := syncproto.AskOpenings{IDNumber: who.ID.Reveal(), Birth: syncproto.DayOf(who.Birth.Reveal())}
	open, err := exchange[syncproto.Openings](d, ask)
	must(t, err)
	if len(open.Doses) == 0 || open.Refused != "" {
		t.Fatalf("%+v", open)
	}
	dose := open.Doses[len(open.Doses)-1]
	place, _ := w.Slot(dose.Slots[0].ID)
	if place.Site != d.grant.Site || place.Left() != dose.Slots[0].Left || syncproto.DayOf(place.Date) != dose.Slots[0].Date {
		t.Fatalf("%+v is told as %+v", place, dose.Slots[0])
	}
	book := syncproto.AskBooking{
		ID: bookingtest.NewID(), Slot: place.ID, Dose: dose.Dose, IDNumber: who.ID.Reveal(), Name: who.Name.Reveal(), Birth: ask.Birth, Mobile: who.Mobile.Reveal(),
	}
	for range 2 { // the answer was lost, so it is asked again
		booked, err := exchange[syncproto.Booked](d, book)
		must(t, err)
		if id, err := syncproto.ParseTicket(booked.Ticket, w.fleet.Secrets().Public().Sign); err != nil || id != book.ID || booked.Refused != "" {
			t.Fatalf("%+v: %v", booked, err)
		}
	}
	if s, _ := w.Slot(place.ID); s.Taken != 1 {
		t.Errorf("%d places are taken", s.Taken)
	}
	b, err := w.Booking(t.Context(), book.ID)
	if must(t, err); b.Person.Mobile.Reveal() != who.Mobile.Reveal() || b.Slot.ID != place.ID || b.Visit().Attendance != clinic.NotArrived {
		t.Errorf("booked %s for %s", b.Slot.Date, b.Person.Name)
	}
	trail, err := w.AuditPage(t.Context(), 0, "device "+d.grant.Device.String(), "book", 10)
	if must(t, err); len(trail) != 1 {
		t.Errorf("the audit trail has %d lines", len(trail))
	}
	again := book
	again.ID = bookingtest.NewID()
	if no, err := exchange[syncproto.Booked](d, again); err != nil || no.Refused != clinic.RefusedAlreadyBooked {
		t.Errorf("a second one: %+v, %v", no, err)
	}
}

func TestAKioskBooksNothingElsewhere(t *testing.T) {
	w := newWorld(t)
	d := connected(t, w, syncproto.RoleKiosk)
	site := bookingtest.SiteC
	if d.grant.Site == site {
		site = bookingtest.SiteB
	}
	slot, who := w.SlotOn(site, bookingtest.FluVac, bookingtest.Day), bookingtest.Person(1)
	no, err := exchange[syncproto.Booked](d, syncproto.AskBooking{
		ID: bookingtest.NewID(), Slot: slot.ID, Dose: "single", IDNumber: who.ID.Reveal(), Name: who.Name.Reveal(), Birth: syncproto.DayOf(who.Birth.Reveal()), Mobile: who.Mobile.Reveal(),
	})
	if err != nil || no.Refused != clinic.RefusedNoSuchSlot {
		t.Errorf("%+v, %v", no, err)
	}
	if s, _ := w.Slot(slot.ID); s.Taken != 0 {
		t.Errorf("%d places are taken", s.Taken)
	}
}

func TestADeviceThatAsksAboutEverybodyIsToldToWait(t *testing.T) {
	w := newWorld(t)
	d := connected(t, w, syncproto.RoleKiosk)
	busy := syncproto.Problem{Code: syncproto.ProblemBusy}
	told := 0
	for n := range 40 {
		if n == 20 {
			d.mustConnect() // a new session is no new beginning
		}
		who := bookingtest.Person(n)
		_, err := exchange[syncproto.Openings](d, syncproto.AskOpenings{IDNumber: who.ID.Reveal(), Birth: syncproto.DayOf(who.Birth.Reveal())})
		if err == nil {
			told++
		} else if !errors.Is(err, busy) {
			t.Fatal(err)
		}
	}
	if told != 30 {
		t.Errorf("%d answers", told)
	}
	other := connected(t, w, syncproto.RoleKiosk)
	_, err := exchange[syncproto.Openings](other, syncproto.AskOpenings{IDNumber: bookingtest.IDNumber(1).Reveal(), Birth: 3000})
	must(t, err)
}
