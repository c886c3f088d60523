package hub_test

import (
	"testing"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

func TestADeskIsToldWhoWaitsTodayAndAKioskIsNot(t *testing.T) {
	w := newWorld(t)
	desk, kiosk := connected(t, w, syncproto.RoleDesk), connected(t, w, syncproto.RoleKiosk)
	slot := w.SlotOn(desk.grant.Site, bookingtest.XBB, bookingtest.Day)
	for n := 1; n <= slot.Capacity; n++ {
		w.MustBook(slot, n)
	}
	who := bookingtest.Ask(slot, 500)
	_, err := w.StandBy(t.Context(), who)
	must(t, err)
	if early, err := exchange[syncproto.Standby](desk, syncproto.AskStandby{}); err != nil || len(early.Entries) != 0 {
		t.Errorf("before the day %d are told, %v", len(early.Entries), err)
	}
	w.Set(bookingtest.Day.At(9 * 60))
	for _, d := range []*device{desk, kiosk} {
		d.mustConnect()
	}
	list, err := exchange[syncproto.Standby](desk, syncproto.AskStandby{})
	must(t, err)
	if len(list.Entries) != 1 || list.Day != syncproto.DayOf(bookingtest.Day) || list.Same {
		t.Fatalf("%+v", list)
	}
	e := list.Entries[0]
	if e.ID != who.ID || e.Slot != slot.ID || e.Dose != who.Dose || e.IDNumber != who.Person.ID.Reveal() || e.Mobile != who.Person.Mobile.Reveal() || e.Name != who.Person.Name.Reveal() {
		t.Errorf("%s is told otherwise", e)
	}
	if again, err := exchange[syncproto.Standby](desk, syncproto.AskStandby{Have: list.Hash()}); err != nil || !again.Same || len(again.Entries) != 0 {
		t.Errorf("the same list is told again: %+v, %v", again, err)
	}
	trail, err := w.AuditPage(t.Context(), 0, "device "+desk.grant.Device.String(), "read_standby", 10)
	if must(t, err); len(trail) != 1 {
		t.Errorf("the audit trail has %d lines", len(trail))
	}
	if none, err := exchange[syncproto.Standby](kiosk, syncproto.AskStandby{}); err != nil || len(none.Entries) != 0 {
		t.Errorf("a kiosk is told of %d, %v", len(none.Entries), err)
	}
	before := w.SiteSeq(desk.grant.Site)
	desk.happens(clinic.StandbyAsked, e.ID)
	desk.ops[0].Reason = string(clinic.StandbyOffered)
	if _, err := desk.push(); err != nil {
		t.Fatal(err)
	}
	if w.SiteSeq(desk.grant.Site) == before {
		t.Error("the other desks are not poked")
	}
}
