package e2e_test

import (
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/syncproto"
)

func (d *device) doubts(want int) []reception.Doubt {
	d.w.t.Helper()
	c, err := d.Counter.Closing(d.w.t.Context())
	if err != nil || len(c.Doubts) != want {
		d.w.t.Fatalf("%d doubts, want %d: %+v, %v", len(c.Doubts), want, c.Doubts, err)
	}
	return c.Doubts
}

func TestADeskDecidesOfflineOnWhatCentralDoubts(t *testing.T) {
	w := newWorld(t)
	slot := w.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day)
	came, mistaken := w.MustBook(slot, 1), w.MustBook(slot, 2)
	d := w.prepare(bookingtest.SiteA, syncproto.RoleDesk)
	w.Set(bookingtest.Day.At(morning))
	d.round()
	w.cut()
	for _, b := range []clinic.Booking{came, mistaken} {
		if _, err := w.CancelFor(t.Context(), supervisor, b.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Counter.CheckIn(t.Context(), b.ID); err != nil {
			t.Fatal(err)
		}
	}
	w.mend()
	d.round()
	w.cut()
	d.Counter.SignIn("nurse-lin")
	for i, doubt := range d.doubts(2) {
		decision, why := reception.DecideRight, "本人到場"
		if i == 1 {
			decision, why = reception.DecideVoid, "不是這位"
		}
		if doubt.Code != booking.CodeReinstated {
			t.Fatalf("doubted: %s", doubt.Code)
		}
		if err := d.Counter.Decide(t.Context(), doubt, decision, why); err != nil {
			t.Fatal(err)
		}
	}
	for _, doubt := range d.doubts(2) {
		if said, _ := doubt.Said(); said == "" {
			t.Errorf("not shown as decided: %+v", doubt)
		}
	}
	w.mend()
	d.round()
	d.doubts(0)
	review, err := w.Review(t.Context(), booking.Scope{Site: bookingtest.SiteA}, 5)
	if err != nil || len(review) != 2 {
		t.Fatalf("the review has %+v, %v", review, err)
	}
	for _, r := range review {
		want := booking.Decided{Decision: clinic.AnswerRight, Note: "本人到場", By: r.Decided.By}
		if r.Event.Booking == mistaken.ID {
			want.Decision, want.Note = booking.DecidedVoid, "不是這位"
		}
		if r.Decided.Decision != want.Decision || r.Decided.Note != want.Note || r.Decided.By.Staff != "nurse-lin" {
			t.Errorf("of %s the clinic said %+v", r.Event.Booking, r.Decided)
		}
	}
	for id, want := range map[clinic.ID]clinic.Attendance{came.ID: clinic.Arrived, mistaken.ID: clinic.NotArrived} {
		if b, err := w.Booking(t.Context(), id); err != nil || b.Visit().Attendance != want {
			t.Errorf("the visit is %v, %v", b.Visit().Attendance, err)
		}
	}
	d.same()
}
