package clinic_test

import (
	"testing"
	"time"

	"ezhitong.tw/clinic"
)

func TestWhatIsToldOfADoseIsReadBack(t *testing.T) {
	whole := clinic.Injection{Vaccine: "xbb", Expires: clinic.Date{Year: 2027, Month: 3, Day: 31}, Limb: "left_arm"}
	if s := whole.String(); s != "expires=2027-03-31&site=left_arm&vaccine=xbb" {
		t.Errorf("written %q", s)
	}
	for _, i := range []clinic.Injection{{}, whole, {Limb: "right_thigh"}, {Vaccine: "a&b=c 流感"}} {
		if got, err := clinic.ParseInjection(i.String()); err != nil || got != i {
			t.Errorf("%+v is read as %+v, %v", i, got, err)
		}
	}
	for _, s := range []string{"fever", "site=left_arm&expires=2027-03-31", "expires=tomorrow", "site=", "site=a&site=b", "site=nose", "%"} {
		if got, err := clinic.ParseInjection(s); err == nil {
			t.Errorf("%q is read as %+v", s, got)
		}
	}
}

func FuzzInjection(f *testing.F) {
	f.Add("expires=2027-03-31&site=left_arm&vaccine=xbb")
	f.Add("fever")
	f.Fuzz(func(t *testing.T, s string) {
		if i, err := clinic.ParseInjection(s); err == nil && i.String() != s {
			t.Errorf("%q is written again as %q", s, i)
		}
	})
}

func TestADoseIsObservedAndItsReactionIsKept(t *testing.T) {
	at := time.Unix(1000, 0)
	ref := func(n uint64) clinic.EventRef { return clinic.EventRef{Device: clinic.ID{1}, Epoch: 1, Seq: n} }
	told := clinic.Injection{Expires: clinic.Date{Year: 2027, Month: 3, Day: 31}, Limb: "left_arm"}
	events := []clinic.Event{
		{Ref: ref(1), Kind: clinic.CheckedIn, At: at, Ticket: "A001"},
		{Ref: ref(2), Kind: clinic.VaccineGiven, At: at.Add(time.Minute), Lot: "L1", Reason: told.String()},
		{Ref: ref(3), Kind: clinic.ReactionNoted, At: at.Add(2 * time.Minute), Reason: "起疹子"},
		{Ref: ref(4), Kind: clinic.ObservationEnded, At: at.Add(16 * time.Minute)},
	}
	v := clinic.Fold(events)
	if v.Attendance != clinic.Vaccinated || v.Injection != told || !v.GivenAt.Equal(at.Add(time.Minute)) || !v.LeftAt.Equal(at.Add(16*time.Minute)) ||
		len(v.Reactions) != 1 || v.Reactions[0].Note != "起疹子" || v.Last != ref(2) {
		t.Errorf("%+v", v)
	}
	v = clinic.Fold(append(events, clinic.Event{Ref: ref(5), Kind: clinic.EventVoided, At: at.Add(time.Hour), Voids: ref(3)}))
	if len(v.Reactions) != 0 || v.Attendance != clinic.Vaccinated {
		t.Errorf("after its note was taken back: %+v", v)
	}
	events[1].Reason = "fever" // of a device that tells something else
	if v = clinic.Fold(events); v.Attendance != clinic.Vaccinated || v.Lot != "L1" || v.Injection != (clinic.Injection{}) {
		t.Errorf("%+v", v)
	}
}
