package selfservice

import (
	"strings"
	"testing"

	"ezhitong.tw/kiosk/ui/golden"
)

func TestWhoCalledTheDeskIsToldThatSomebodyComes(t *testing.T) {
	comes, calls := true, 0 // of somebody's call before
	v, kept := &fakeVoice{}, fakeVolumes(40)
	s, _, _ := aScreen(t, landscape, Feed{
		Counter: &fakeCounter{}, Voice: v, Volumes: &kept,
		Help: func() { calls++; comes = false }, Comes: func() bool { return comes },
	})
	says := func(want bool) {
		t.Helper()
		if got := strings.Contains(golden.Text(s.Content()), "櫃檯知道了"); got != want {
			t.Errorf("it says so: %v", got)
		}
	}
	s.tick()
	says(false)
	s.press(s.m.AskDesk)
	s.tick()
	says(false)
	comes = true
	s.tick()
	says(true)
	if calls != 1 || !strings.Contains(strings.Join(v.said, "\n"), "馬上來") {
		t.Errorf("called %d times, spoken %q", calls, v.said)
	}
	s.press(s.m.RingDesk) // again: the desk has to answer again
	s.tick()
	says(false)
	s.press(just(s.m.Leave))
	comes = true
	s.press(just(s.m.NoCard)) // somebody else, before the desks were told
	s.tick()
	says(false)
}
