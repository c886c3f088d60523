package desk

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/ui/golden"
)

func TestWhoIsSignedInGoesWithF12(t *testing.T) {
	s, w, _ := aScreen(t, golden.Light(), &fakeCounter{entries: aMorning()})
	left := 0
	s.Who("陳護理師", func() { left++ })
	says(t, s, "陳護理師", "F12")
	golden.Key(w, fyne.KeyF12)
	if left != 1 {
		t.Errorf("left %d times", left)
	}
}

func TestADeskIsIdleWhenNobodyDoesAnything(t *testing.T) {
	c := &fakeCounter{entries: aMorning()}
	s, w, _ := aScreen(t, golden.Light(), c)
	clock := now
	s.cfg.Now = func() time.Time { return clock }
	idle := func(what string, want time.Duration) {
		t.Helper()
		if got := s.Idle(); got != want {
			t.Errorf("%s: idle for %v, want %v", what, got, want)
		}
	}
	s.tick()
	for what, act := range map[string]func(){
		"a search":         func() { test.Type(s.v.field, "王") },
		"a key":            func() { golden.Key(w, fyne.KeyDown) },
		"a card":           func() { s.card(cards.Event{Kind: cards.Removed}, clock) },
		"another focus":    func() { w.Canvas().Unfocus(); s.tick(); s.focus(); s.tick() },
		"a row is touched": func() { s.v.list.Select(0) },
	} {
		clock = clock.Add(time.Minute)
		act()
		idle(what, 0)
	}
	clock = clock.Add(time.Minute)
	s.tick()
	s.changed()
	idle("nothing but time and what others did", time.Minute)
	s.Detach()
	w.Canvas().Unfocus()
	s.card(cards.Event{Kind: cards.Recognised, Person: c.entries[3].Booking.Person}, clock)
	if w.Canvas().Focused() != nil {
		t.Error("a detached screen takes the keyboard")
	}
}

func TestACardOfWhoWorksHereIsNotReceived(t *testing.T) {
	c := &fakeCounter{entries: aMorning()}
	s, _, _ := aScreen(t, golden.Light(), c)
	s.Add(Page{Name: "stock", Icon: "vial", Content: canvas.NewRectangle(golden.Light().Ground)})
	s.Turn("stock")
	var pass func()
	s.Cards(func(ev cards.Event, later func()) bool {
		pass = later
		return ev.Kind == cards.Recognised
	})
	read := cards.Event{Kind: cards.Recognised, Person: c.entries[3].Booking.Person}
	s.card(cards.Event{Kind: cards.Reading}, now)
	s.card(read, now)
	s.Known()
	if s.Front() != "stock" || s.m.Banner.Kind != Idle {
		t.Errorf("in front is %s with the banner %s", s.Front(), s.m.Banner.Code())
	}
	pass() // it was a visitor's after all
	if s.Front() != List || s.m.Banner.Kind != Found {
		t.Errorf("in front is %s with the banner %s", s.Front(), s.m.Banner.Code())
	}
	s.card(cards.Event{Kind: cards.Removed}, now)
	if s.m.Banner.Kind != Idle {
		t.Error("what the card brought stays when it goes")
	}
}
