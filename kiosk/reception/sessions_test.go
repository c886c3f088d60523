package reception_test

import (
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/replica/replicatest"
)

func TestADeskSeesTheSessionsThatAreNotOver(t *testing.T) {
	now := replicatest.Now
	r := replicatest.Open(t, t.TempDir(), func() time.Time { return now })
	replicatest.Fill(t, r, 1, replicatest.Programme(t))
	c := &reception.Counter{Replica: r, Staff: "nurse"}
	book(t, r, wang, replicatest.Today, nil)
	sessions, err := c.Sessions(t.Context())
	if err != nil || len(sessions) != 1 || sessions[0].Vaccine.Code != "flu" || sessions[0].Left != 0 {
		t.Fatalf("%+v, %v", sessions, err)
	}
	if err := c.KeepPlaces(t.Context(), 5); err != nil || sessions[0].Asked {
		t.Fatalf("asked before: %v, %v", sessions[0].Asked, err)
	}
	if sessions, err = c.Sessions(t.Context()); err != nil || !sessions[0].Asked {
		t.Fatalf("not asked: %+v, %v", sessions, err)
	}
	if i, err := sessions[0].Dose(chen); i != 0 || err != nil {
		t.Errorf("dose %d, %v", i, err)
	}
	now = now.Add(time.Hour)
	if sessions, err = c.Sessions(t.Context()); err != nil || len(sessions) != 0 {
		t.Errorf("over, and still there: %+v, %v", sessions, err)
	}
}

func TestADoseThatNobodyOfThatAgeMayHaveIsSaid(t *testing.T) {
	s := reception.Session{
		Slot:    clinic.Slot{Date: replicatest.Today},
		Vaccine: clinic.Vaccine{Doses: []clinic.DoseRule{{Code: "single", Ages: []clinic.AgeBand{{From: clinic.Age{Months: 65 * 12}}}}}},
	}
	_, err := s.Dose(chen)
	wantRefused(t, err, clinic.RefusedTooYoung)
	if i, err := s.Dose(wang); i != 0 || err != nil {
		t.Errorf("dose %d, %v", i, err)
	}
}
