package desk

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/ui"
	"ezhitong.tw/kiosk/ui/golden"
)

// aPage is a page that notes what reaches it.
func aPage(l ui.Look, heard *[]string) Page {
	note := func(what string) func() { return func() { *heard = append(*heard, what) } }
	return Page{
		Name: "list", Icon: "syringe", Content: container.NewStack(l.Write("另一頁", l.Sizes.Text, true, l.Ink)),
		Show: note("show"), Changed: note("changed"), Tick: note("tick"),
		Key: func(k fyne.KeyName) bool { note(string(k))(); return k == fyne.KeyReturn },
	}
}

func TestFunctionKeysAndEscapeTurnThePages(t *testing.T) {
	c := &fakeCounter{entries: aMorning()}
	s, w, _ := aScreen(t, golden.Light(), c)
	var heard []string
	s.Add(aPage(golden.Light(), &heard))
	golden.Key(w, fyne.KeyF2)
	says(t, s, "另一頁")
	if w.Canvas().Focused() != nil {
		t.Error("the list keeps the keyboard while another page is in front")
	}
	key := func(name fyne.KeyName) { w.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: name}) }
	key(fyne.KeyReturn)
	s.changed()
	s.tick()
	if s.m.Banner.Kind != Idle {
		t.Error("Enter reached the list behind the page")
	}
	key(fyne.KeyEscape)
	if s.Front() != List || w.Canvas().Focused() != fyne.Focusable(s.v.field) {
		t.Error("Escape does not bring the list back with its keyboard")
	}
	want := []string{"show", "Return", "changed", "tick", "Escape"}
	if len(heard) != len(want) {
		t.Fatalf("the page heard %q", heard)
	}
	for i := range want {
		if heard[i] != want[i] {
			t.Errorf("the page heard %q", heard)
		}
	}
}

func TestACardBringsTheListToTheFrontUnlessThePageWantsIt(t *testing.T) {
	for _, wants := range []bool{false, true} {
		c := &fakeCounter{entries: aMorning()}
		s, _, _ := aScreen(t, golden.Light(), c)
		var heard []string
		page := aPage(golden.Light(), &heard)
		page.Name = "chair"
		if wants {
			page.Card = func(cards.Event, time.Time) bool { return true }
		}
		s.Add(page)
		s.Turn("chair")
		s.card(cards.Event{Kind: cards.Reading}, now)
		if back := s.Front() == List; back == wants {
			t.Errorf("wants the card: %v, list in front: %v", wants, back)
		}
	}
}

func TestAKeyThatAButtonDoesNotWantIsTheWindows(t *testing.T) {
	s, w, _ := aScreen(t, golden.Light(), &fakeCounter{entries: aMorning()})
	var heard []string
	s.Add(aPage(golden.Light(), &heard))
	b := ui.NewButton(golden.Light(), ui.ButtonSpec{Text: "按鈕"}, func() {})
	s.v.side.Objects = []fyne.CanvasObject{b}
	s.v.side.Show()
	w.Canvas().Focus(b)
	golden.Key(w, fyne.KeyF2)
	if len(heard) != 1 {
		t.Errorf("the page heard %q", heard)
	}
}

func TestTheRailIsTouched(t *testing.T) {
	s, _, _ := aScreen(t, golden.Light(), &fakeCounter{entries: aMorning()})
	var heard []string
	s.Add(aPage(golden.Light(), &heard))
	test.Tap(s.f.items[1])
	says(t, s, "另一頁")
}

func TestWhoHasArrivedGoesOnToTheChair(t *testing.T) {
	c := &fakeCounter{entries: aMorning()}
	s, w, _ := aScreen(t, golden.Light(), c)
	var at []clinic.ID
	s.cfg.Chair, s.m.HasChair = func(id clinic.ID) { at = append(at, id) }, true
	for _, n := range []int{2, 0, 3} { // arrived, vaccinated, not arrived
		s.card(cards.Event{Kind: cards.Recognised, Person: c.entries[n].Booking.Person}, now)
		golden.Key(w, fyne.KeyReturn)
	}
	if len(at) != 2 || at[0] != c.entries[2].Booking.ID || at[1] != c.entries[0].Booking.ID {
		t.Errorf("at the chair: %v", at)
	}
}

func TestWhatIsTypedBehindAnotherPageIsNoSearch(t *testing.T) {
	s, w, _ := aScreen(t, golden.Light(), &fakeCounter{entries: aMorning()})
	var heard []string
	s.Add(aPage(golden.Light(), &heard))
	s.turn(1)
	for _, r := range "王小" {
		w.Canvas().OnTypedRune()(r)
	}
	if s.v.field.Text != "" {
		t.Errorf("searched for %q", s.v.field.Text)
	}
}

func TestWhoHasNoBookingGoesOnToTheirRegistration(t *testing.T) {
	c := &fakeCounter{entries: aMorning()}
	s, w, _ := aScreen(t, golden.Light(), c)
	var who []clinic.Person
	s.cfg.WalkIn, s.m.HasWalkIn = func(p clinic.Person) { who = append(who, p) }, true
	stranger := someone(99, "某某", "09:00", "", "").Booking.Person
	for _, p := range []clinic.Person{stranger, c.entries[8].Booking.Person, c.entries[3].Booking.Person} { // unknown, cancelled, booked
		s.card(cards.Event{Kind: cards.Recognised, Person: p}, now)
		golden.Key(w, fyne.KeyReturn)
	}
	if len(who) != 2 || !who[0].ID.Equal(stranger.ID) || !who[1].ID.Equal(c.entries[8].Booking.Person.ID) {
		t.Errorf("to be registered: %v", who)
	}
}

func TestThereIsRoomForAsManyPagesAsThereAreFunctionKeys(t *testing.T) {
	s, _, _ := aScreen(t, golden.Light(), &fakeCounter{entries: aMorning()})
	for len(s.pages) < len(functionKeys) {
		s.Add(aPage(golden.Light(), new([]string)))
	}
	if m := s.Content().MinSize(); m.Height > 770 { // a window's frame takes the rest of 800
		t.Errorf("%d pages need %v", len(s.pages), m)
	}
}
