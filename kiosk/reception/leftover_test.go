package reception_test

import (
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

// waits is a counter with an open vial of so many doses and three people who wait.
func waits(t *testing.T, doses int) (c *reception.Counter, entries []clinic.ID) {
	t.Helper()
	c, r := counter(t)
	book(t, r, wang, replicatest.Today, nil)
	day, err := c.Today(t.Context())
	if err != nil || len(day) == 0 {
		t.Fatalf("%d bookings, %v", len(day), err)
	}
	slot := day[0].Booking.Slot
	list := syncproto.Standby{Day: syncproto.DayOf(replicatest.Today)}
	for _, who := range [][2]string{{"B222222229", "林美麗"}, {"C100000003", "陳大文"}, {"D100000006", "黃小英"}} {
		e := syncproto.StandbyEntry{ID: replicatest.NewID(), Slot: slot.ID, Dose: "single", IDNumber: who[0], Name: who[1], Birth: 3000, Mobile: "0987654321"}
		list.Entries, entries = append(list.Entries, e), append(entries, e.ID)
	}
	if err := c.Replica.TakeStandby(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	if doses > 0 {
		if err := c.Receive(t.Context(), "FL1", slot.Vaccine, replicatest.Today.AddDays(30), 1, doses); err != nil {
			t.Fatal(err)
		}
		if err := c.OpenVial(t.Context(), "FL1"); err != nil {
			t.Fatal(err)
		}
	}
	return c, entries
}

func leftover(t *testing.T, c *reception.Counter) reception.Leftover {
	t.Helper()
	all, err := c.Leftovers(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("%d products, %v", len(all), err)
	}
	return all[0]
}

func TestDosesThatAreLeftAreOfferedInTheDrawnOrder(t *testing.T) {
	c, entries := waits(t, 2)
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	l := leftover(t, c)
	if l.Doses != 2 || l.Free() != 2 || l.Turn() != 0 || len(l.People) != 3 || l.Name == "" || l.Expected == 0 {
		t.Fatalf("%+v", l)
	}
	expected := l.Expected
	wantRefused(t, c.Offer(t.Context(), entries[1]), reception.StandbyTaken) // somebody stands before them
	wantRefused(t, c.Answered(t.Context(), entries[0], clinic.StandbyAccepted), reception.StandbyTaken)
	ok(c.Offer(t.Context(), entries[0]))
	wantRefused(t, c.Offer(t.Context(), entries[0]), reception.StandbyTaken) // nobody is offered twice
	ok(c.Answered(t.Context(), entries[0], clinic.StandbyUnreached))
	ok(c.Offer(t.Context(), entries[1]))
	ok(c.Answered(t.Context(), entries[1], clinic.StandbyAccepted))
	wantRefused(t, c.Answered(t.Context(), entries[1], clinic.StandbyDeclined), reception.StandbyTaken)
	ok(c.Offer(t.Context(), entries[2]))
	if l := leftover(t, c); l.Free() != 0 || l.Promised != 2 || l.Turn() != -1 || l.Expected != expected {
		t.Errorf("%+v", l)
	}
	ok(c.Answered(t.Context(), entries[2], clinic.StandbyDeclined))
	ok(c.Answered(t.Context(), entries[0], clinic.StandbyAccepted)) // called back
	receipt, err := c.CheckIn(t.Context(), entries[1])
	if err != nil || receipt.Ticket == "" || receipt.Entry.Booking.Person.Name.Reveal() != "陳大文" {
		t.Fatalf("%+v, %v", receipt.Ticket, err)
	}
	l = leftover(t, c)
	if !l.People[1].Arrived || l.People[0].Arrived || l.Promised != 2 || l.People[2].Answer != clinic.StandbyDeclined {
		t.Errorf("%+v", l)
	}
	found, err := c.Recognise(t.Context(), clinic.Person{ID: clinic.NewIDNumber("B222222229")})
	if err != nil || found.Code != reception.Ready {
		t.Errorf("who accepted and stands at the desk is %s, %v", found.Code, err)
	}
}

func TestNoMoreIsOfferedThanIsLeft(t *testing.T) {
	c, entries := waits(t, 1)
	if err := c.Offer(t.Context(), entries[0]); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, c.Offer(t.Context(), entries[1]), reception.StandbyNoDose)
	if err := c.Answered(t.Context(), entries[0], clinic.StandbyUnreached); err != nil {
		t.Fatal(err)
	}
	if err := c.Offer(t.Context(), entries[1]); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, c.Answered(t.Context(), entries[0], clinic.StandbyAccepted), reception.StandbyNoDose) // calls back, and it is promised
	none, entries := waits(t, 0)
	if all, err := none.Leftovers(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%d products without an open vial, %v", len(all), err)
	}
	wantRefused(t, none.Offer(t.Context(), entries[0]), reception.StandbyNoDose)
}

func TestWhoWasMarkedAsComingByMistakeIsTakenBack(t *testing.T) {
	c, entries := waits(t, 1)
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	person := clinic.Person{ID: clinic.NewIDNumber("B222222229")}
	wantRefused(t, c.NotComing(t.Context(), entries[0]), reception.StandbyTaken)
	ok(c.Offer(t.Context(), entries[0]))
	ok(c.Answered(t.Context(), entries[0], clinic.StandbyAccepted))
	ok(c.NotComing(t.Context(), entries[0]))
	if found, err := c.Recognise(t.Context(), person); err != nil || found.Code != reception.NotBooked {
		t.Errorf("who does not come is %s, %v", found.Code, err)
	}
	l := leftover(t, c)
	if l.People[0].Answer != clinic.StandbyOffered || l.Promised != 1 || l.Turn() != 1 {
		t.Errorf("%+v", l)
	}
	wantRefused(t, c.NotComing(t.Context(), entries[0]), reception.StandbyTaken) // it was taken back
	ok(c.Answered(t.Context(), entries[0], clinic.StandbyDeclined))
	ok(c.Offer(t.Context(), entries[1]))
	ok(c.Answered(t.Context(), entries[1], clinic.StandbyAccepted))
	if _, err := c.CheckIn(t.Context(), entries[1]); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, c.NotComing(t.Context(), entries[1]), reception.StandbyHere)
	ok(c.Undo(t.Context(), entries[1]))
	ok(c.NotComing(t.Context(), entries[1]))
	if day, err := c.Today(t.Context()); err != nil || len(day) != 1 {
		t.Errorf("%d stand in the list of the day, %v", len(day), err)
	}
}
