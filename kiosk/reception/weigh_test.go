package reception_test

import (
	"encoding/json"
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

func TestWhatADoctorHasToWeighIsSaidAndStopsNobody(t *testing.T) {
	c, r := counter(t)
	doc, err := json.Marshal(clinic.Programme{Code: "influenza", Vaccines: []clinic.Vaccine{{Code: "flu", Doses: []clinic.DoseRule{
		{Code: "single", Ages: []clinic.AgeBand{{From: clinic.Age{Months: 65 * 12}}}, IntervalDays: 28},
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	replicatest.Fill(t, r, 2, syncproto.Row{Programme: &syncproto.ProgrammeRow{Code: "influenza", Doc: doc}})
	young, old := book(t, r, chen, replicatest.Today, nil), book(t, r, wang, replicatest.Today, nil)
	if f := recognise(t, c, chen); f.Code != reception.Ready || f.Entry.Against == nil || f.Entry.Against.Code != clinic.RefusedTooYoung {
		t.Errorf("%+v", f)
	}
	if f := recognise(t, c, wang); f.Entry.Against != nil {
		t.Errorf("against him stands %v", f.Entry.Against)
	}
	for _, id := range []clinic.ID{young, old} {
		if _, err := c.CheckIn(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	if _, err := c.Give(t.Context(), old, aDose); err != nil {
		t.Fatal(err)
	}
	second := book(t, r, wang, replicatest.Today.AddDays(2), nil)
	f := recognise(t, c, wang)
	for _, e := range append(f.Choice, *f.Entry) {
		if e.Booking.ID == second {
			t.Errorf("the next one comes first: %+v", e)
		}
	}
	bookings, err := r.ByPerson(t.Context(), wang.ID)
	if err != nil || len(bookings) != 2 {
		t.Fatalf("%d bookings, %v", len(bookings), err)
	}
	again := book(t, r, wang, replicatest.Today, nil)
	if f = recognise(t, c, wang); f.Entry == nil || f.Entry.Booking.ID != again || f.Entry.Against == nil || f.Entry.Against.Code != clinic.RefusedInterval ||
		f.Entry.Against.Args["earliest"] != replicatest.Today.AddDays(28).String() {
		t.Errorf("%+v", f)
	}
}
