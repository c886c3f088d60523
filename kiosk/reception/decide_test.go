package reception_test

import (
	"slices"
	"strings"
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
)

// doubted has central doubt the device's event of a number.
func doubted(t *testing.T, c *reception.Counter, seq uint64, code string) reception.Doubt {
	t.Helper()
	if err := c.Replica.Acknowledge(t.Context(), syncproto.Ack{AckedSeq: seq, Verdicts: []syncproto.Verdict{{Seq: seq, Outcome: syncproto.Flagged, Code: code}}}); err != nil {
		t.Fatal(err)
	}
	return onlyDoubt(t, c)
}

func onlyDoubt(t *testing.T, c *reception.Counter) reception.Doubt {
	t.Helper()
	closing, err := c.Closing(t.Context())
	if err != nil || len(closing.Doubts) != 1 {
		t.Fatalf("doubts %+v, %v", closing.Doubts, err)
	}
	return closing.Doubts[0]
}

func TestADeskDecidesWithAReasonAndItsName(t *testing.T) {
	c, id := inChair(t)
	if _, err := c.Give(t.Context(), id, aDose); err != nil {
		t.Fatal(err)
	}
	d := doubted(t, c, 2, "RECALLED_LOT")
	if got := d.Decisions(); !slices.Equal(got, []reception.Decision{reception.DecideRight, reception.DecideCorrect, reception.DecideLeave}) {
		t.Errorf("offered: %v", got)
	}
	c.SignIn("nurse-lin")
	wantRefused(t, c.Decide(t.Context(), d, reception.DecideRight, "  "), reception.ReasonMissing)
	wantRefused(t, c.Decide(t.Context(), d, reception.DecideRight, strings.Repeat("長", 141)), reception.ReasonLong)
	if err := c.Decide(t.Context(), d, reception.DecideRight, strings.Repeat("長", 140)); err != nil {
		t.Fatal(err)
	}
	d = onlyDoubt(t, c)
	if said, why := d.Said(); said != reception.DecideRight || why != strings.Repeat("長", 140) || d.Decided.Staff != "nurse-lin" {
		t.Errorf("%s %q by %s", said, why, d.Decided.Staff)
	}
	if err := c.Decide(t.Context(), d, reception.DecideCorrect, "批號記錯"); err != nil {
		t.Fatal(err)
	}
	d = onlyDoubt(t, c)
	if said, why := d.Said(); said != reception.DecideVoid || why != "批號記錯" || d.Entry.Visit.Attendance != clinic.Arrived {
		t.Errorf("%s %q, %v", said, why, d.Entry.Visit.Attendance)
	}
	if _, err := c.Give(t.Context(), id, aDose); err != nil { // it can be given again as it was
		t.Error(err)
	}
}

func TestADoubleIsTakenBackAndTheOtherDoseStands(t *testing.T) {
	c, id := inChair(t)
	if _, err := c.Give(t.Context(), id, aDose); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Replica.Act(t.Context(), id, func(clinic.Booking) (replica.Draft, error) { // as at another desk
		return replica.Draft{Kind: clinic.VaccineGiven, Lot: "OTHER-1"}, nil
	}); err != nil {
		t.Fatal(err)
	}
	d := doubted(t, c, 3, "POSSIBLE_DOUBLE_DOSE")
	if err := c.Decide(t.Context(), d, reception.DecideDouble, ""); err != nil {
		t.Fatal(err)
	}
	d = onlyDoubt(t, c)
	if said, why := d.Said(); said != reception.DecideVoid || why != "重複紀錄" || d.Entry.Visit.Lot != "MD24-118" || d.Entry.Visit.Attendance != clinic.Vaccinated {
		t.Errorf("%s %q, %+v", said, why, d.Entry.Visit)
	}
}

func TestNobodyTakesAnArrivalBackFromUnderADose(t *testing.T) {
	c, id := inChair(t)
	d := doubted(t, c, 1, "CANCELLED_THEN_ARRIVED")
	if got := d.Decisions(); !slices.Contains(got, reception.DecideVoid) {
		t.Errorf("offered after the arrival: %v", got)
	}
	if _, err := c.Give(t.Context(), id, aDose); err != nil {
		t.Fatal(err)
	}
	if got := onlyDoubt(t, c).Decisions(); slices.Contains(got, reception.DecideVoid) {
		t.Errorf("offered after the dose: %v", got)
	}
	for code, want := range map[string][]reception.Decision{
		"UNKNOWN_KIND": nil, "QUARANTINED": nil,
		"VOID_UNKNOWN": {reception.DecideRight, reception.DecideLeave}, "NO_SUCH_SLOT": {reception.DecideVoid, reception.DecideLeave},
		"OF_A_LATER_VERSION": {reception.DecideRight, reception.DecideLeave},
	} {
		d.Code = code
		if got := d.Decisions(); !slices.Equal(got, want) {
			t.Errorf("%s: %v", code, got)
		}
	}
	if said, _ := d.Said(); said != "" {
		t.Errorf("decided %s before anybody did", said)
	}
}
