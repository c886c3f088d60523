package replica_test

import (
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
)

func TestWhatCentralDoubtsIsListedUntilItIsTakenBack(t *testing.T) {
	r, rows := counter(t)
	says(t, r, rows[1].Booking.ID, clinic.CheckedIn)
	says(t, r, rows[2].Booking.ID, clinic.CheckedIn)
	says(t, r, rows[2].Booking.ID, clinic.CancelAsked) // a command is told elsewhere
	if err := r.Acknowledge(t.Context(), syncproto.Ack{AckedSeq: 3, Verdicts: []syncproto.Verdict{
		{Seq: 1, Outcome: syncproto.Flagged, Code: "CANCELLED_THEN_ARRIVED"}, {Seq: 2, Outcome: syncproto.Parked, Code: "MOVED"}, {Seq: 3, Outcome: syncproto.Parked, Code: "ORPHAN"},
	}}); err != nil {
		t.Fatal(err)
	}
	doubts := func(day clinic.Date) []replica.Doubt {
		t.Helper()
		list, err := r.Doubts(t.Context(), day)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	list := doubts(r.Today())
	if len(list) != 2 || list[0].Booking != rows[1].Booking.ID || list[0].Parked || list[0].Code != "CANCELLED_THEN_ARRIVED" || list[0].Kind != clinic.CheckedIn ||
		!list[0].At.Equal(r.Now()) || list[1].Booking != rows[2].Booking.ID || !list[1].Parked || list[1].Code != "MOVED" {
		t.Fatalf("doubted: %+v", list)
	}
	if list := doubts(r.Today().AddDays(-1)); len(list) != 0 {
		t.Errorf("the day before: %+v", list)
	}
	if _, err := r.Act(t.Context(), rows[1].Booking.ID, func(b clinic.Booking) (replica.Draft, error) {
		return replica.Draft{Kind: clinic.EventVoided, Voids: b.Visit().Last}, nil
	}); err != nil {
		t.Fatal(err)
	}
	if list := doubts(r.Today()); len(list) != 1 || list[0].Code != "MOVED" {
		t.Errorf("after one was taken back: %+v", list)
	}
}
