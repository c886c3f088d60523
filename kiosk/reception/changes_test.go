package reception_test

import (
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

func TestABookingMayMoveToLaterSlotsThatHavePlaces(t *testing.T) {
	c, r := counter(t)
	id := book(t, r, wang, replicatest.Today, nil)
	later, _ := replicatest.Booked("F131104093", "陳美", chen.Birth.Reveal(), replicatest.Today.AddDays(3))
	full, _ := replicatest.Booked("F131104093", "陳美", chen.Birth.Reveal(), replicatest.Today.AddDays(4))
	full.Slot.Taken = full.Slot.Capacity
	gone, _ := replicatest.Booked("F131104093", "陳美", chen.Birth.Reveal(), replicatest.Today) // began at nine
	other, _ := replicatest.Booked("F131104093", "陳美", chen.Birth.Reveal(), replicatest.Today.AddDays(5))
	other.Slot.Vaccine = "another"
	at, err := r.Position(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	replicatest.Fill(t, r, at.Cursor+4, later, full, gone, other)
	slots, err := c.Openings(t.Context(), id)
	if err != nil || len(slots) != 1 || slots[0].ID != later.Slot.ID {
		t.Errorf("%+v, %v", slots, err)
	}
}

func TestWhatWasAskedIsListedWithItsAnswer(t *testing.T) {
	c, r := counter(t)
	id := book(t, r, wang, replicatest.Today.AddDays(2), nil)
	if err := c.AskCancel(t.Context(), id, "出國"); err != nil {
		t.Fatal(err)
	}
	asked, err := c.Asked(t.Context())
	if err != nil || len(asked) != 1 || asked[0].Asked == nil || asked[0].Asked.Kind != clinic.CancelAsked || asked[0].Asked.Outcome != 0 {
		t.Fatalf("%+v, %v", asked, err)
	}
	if err := r.Acknowledge(t.Context(), syncproto.Ack{AckedSeq: 1, Verdicts: []syncproto.Verdict{{Seq: 1, Outcome: syncproto.Rejected, Code: "STALE"}}}); err != nil {
		t.Fatal(err)
	}
	if asked, err = c.Asked(t.Context()); err != nil || len(asked) != 1 || asked[0].Asked.Outcome != syncproto.Rejected || asked[0].Asked.Code != "STALE" {
		t.Errorf("%+v, %v", asked, err)
	}
}
