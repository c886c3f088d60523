package town_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/e2e/town"
)

// TestADayAtTwoDesks has a full session on whose list people wait. Somebody who has
// cancelled comes while the line is out, so that central doubts it: the desk decides why it
// is right, without a line, and central reads it. A dose that is left one desk offers; the
// other one, which has heard, notes that the person comes, and the first one takes it back.
func TestADayAtTwoDesks(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	w := started(t)
	then := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	then(w.StartCentral(ctx))
	then(w.AddStaff(ctx))
	then(w.LayCable())
	then(w.Enrol(ctx, "desk", "櫃檯"))
	then(w.Enrol(ctx, "desk2", "二號櫃檯"))
	session, err := w.Session()
	then(err)
	first, err := w.Ask(ctx, session, 0, false)
	then(err)
	for n := 1; n < session.Capacity; n++ {
		_, err := w.Ask(ctx, session, n, false)
		then(err)
	}
	var waiting []town.Asked
	for n := range 3 {
		a, err := w.Ask(ctx, session, 100+n, true)
		then(err)
		waiting = append(waiting, a)
	}
	booked := func(want int) {
		t.Helper()
		n := 0
		for _, a := range waiting {
			stands, err := w.Stands(ctx, a)
			then(err)
			if stands {
				n++
			}
		}
		if n != want {
			t.Errorf("%d of those who waited have a booking, want %d", n, want)
		}
	}
	then(w.UpToDate(ctx))

	w.Cable.Cut()
	then(w.Cancel(ctx, first))
	w.Device("desk").Stop()
	then(w.MoveTo(session.Date, session.Start+5))
	then(w.OpenVial(ctx, "desk", "FL2601", session, 10))
	mark := w.Device("desk").Mark()
	then(w.Open(ctx, "desk", ""))
	_, err = w.Device("desk").Expect(ctx, mark, 30*time.Second, "card reader ready")
	then(err)
	_, err = w.Greet(ctx, "desk", clinic.CodeOf(first.ID))
	then(err)
	then(w.Shot(ctx, "desk", "desk-cancelled-elsewhere"))
	_, err = w.Press(ctx, "desk", "Return", `msg="checked in"`)
	then(err)
	mark = w.Device("desk").Mark()
	then(w.Cable.Mend())
	_, err = w.Device("desk").Expect(ctx, mark, time.Minute, "msg=pushed")
	then(err)

	w.Cable.Cut()
	_, err = w.Press(ctx, "desk", "F7", `msg="summed up"`, "doubts=1")
	then(err)
	then(w.Drawn(ctx, "desk", "1100x300+140+400"))
	then(w.Shot(ctx, "desk", "desk-doubt"))
	_, err = w.Finger(ctx, "desk", 0.171, 0.853) // 確認無誤
	then(err)
	then(w.Shot(ctx, "desk", "desk-why"))
	then(w.Type(ctx, "desk", "asked the doctor"))
	_, err = w.Press(ctx, "desk", "Return", "msg=decided", "decision=right")
	then(err)
	then(w.Shot(ctx, "desk", "desk-decided"))
	then(w.Cable.Mend())
	then(w.UpToDate(ctx))
	said, err := w.Inbox(ctx)
	then(err)
	if !strings.Contains(said, "asked the doctor") {
		t.Errorf("central does not read what the desk decided:\n%s", said)
	}

	booked(1) // who was drawn when the first one gave the place up
	const list, row = 0.265, 0.388
	for _, desk := range []string{"desk", "desk2"} {
		_, err = w.Press(ctx, desk, "F6")
		then(err)
		then(w.FingerUntil(ctx, desk, 0.935, list, `msg="standby list"`, "open=true"))
	}
	then(w.FingerUntil(ctx, "desk", 0.935, row, "msg=pushed")) // 聯絡
	then(w.FingerUntil(ctx, "desk2", 0.79, row, "msg=pushed")) // 會來, which stands there once the offer was heard
	then(w.Shot(ctx, "desk2", "desk2-comes"))
	booked(2)
	then(w.FingerUntil(ctx, "desk", 0.9055, row, "msg=pushed")) // 按錯了，收回, once the answer was heard; nothing is there before
	then(w.Shot(ctx, "desk", "desk-taken-back"))
	booked(1)
}
