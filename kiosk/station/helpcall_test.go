package station

import (
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/syncproto"
)

func TestACallForHelpEndsWhenItIsAnsweredOrForgotten(t *testing.T) {
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, clinic.Taipei)
	box := func() *bells {
		return &bells{now: func() time.Time { return now }, others: make(map[clinic.ID]reception.HelpCall), answered: make(map[clinic.ID]time.Time)}
	}
	kiosk, desk := box(), box()
	k := syncproto.Neighbour{Device: clinic.ID{1}, Letter: "K"}
	round := func() {
		desk.Heard(k, kiosk.Calling(desk.Answered(k.Device)))
	}
	want := func(what string, n int) {
		t.Helper()
		if got := desk.list(); len(got) != n || n > 0 && got[0].Letter != "K" {
			t.Errorf("%s: %+v", what, got)
		}
	}
	round()
	want("nobody calls", 0)
	kiosk.call()
	round()
	want("somebody calls", 1)
	desk.answer(k.Device)
	want("answered", 0)
	if kiosk.comes() {
		t.Error("the kiosk says that somebody comes before it has heard of it")
	}
	round()
	round()
	want("the kiosk knows", 0)
	if kiosk.Calling(0) != 0 || !kiosk.comes() {
		t.Errorf("the kiosk calls since %d, comes %v", kiosk.Calling(0), kiosk.comes())
	}
	now = now.Add(time.Minute)
	kiosk.call()
	round()
	want("somebody else calls", 1)
	if kiosk.comes() {
		t.Error("somebody comes for whom nobody answered")
	}
	now = now.Add(forgotten + time.Second) // and the kiosk is heard no more
	want("forgotten", 0)
	round()
	want("the kiosk forgot it too", 0)
	if kiosk.comes() {
		t.Error("a call that was forgotten counts as answered")
	}
}
