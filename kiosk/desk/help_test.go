package desk

import (
	"context"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"ezhitong.tw/clinic"
	"ezhitong.tw/drivers/bell"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui/golden"
)

// fakeHelp has calls in memory.
type fakeHelp struct {
	calls []reception.HelpCall
	rung  int
}

func (h *fakeHelp) HelpCalls() []reception.HelpCall { return slices.Clone(h.calls) }

func (h *fakeHelp) AnswerHelp(device clinic.ID) {
	h.calls = slices.DeleteFunc(h.calls, func(c reception.HelpCall) bool { return c.Device == device })
}

func (h *fakeHelp) ring(context.Context, bell.Ring) error { h.rung++; return nil }

func TestWhoWantsAPersonAtAKioskIsShownOnEveryPageUntilSomebodyGoes(t *testing.T) {
	s, w, _ := aScreen(t, golden.Light(), &fakeCounter{entries: aMorning()})
	h := &fakeHelp{}
	s.help, s.ring = h, h.ring
	s.tick()
	if h.rung != 0 || s.f.help.Visible() {
		t.Fatal("nobody calls, and it is shown")
	}
	h.calls = []reception.HelpCall{{Device: clinic.ID{1}, Letter: "K", Since: now}, {Device: clinic.ID{2}, Letter: "M", Since: now}}
	s.tick()
	s.tick()
	golden.Says(t, s.Content(), "報到機 K 需要協助", "09:26 起", "好")
	if h.rung != 1 {
		t.Errorf("rung %d times", h.rung)
	}
	w.Canvas().Focused().(fyne.Shortcutable).TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyH, Modifier: fyne.KeyModifierControl})
	golden.Says(t, s.Content(), "報到機 M 需要協助")
	golden.Press(t, s.Content(), "好")
	if s.f.help.Visible() || len(h.calls) != 0 || h.rung != 1 {
		t.Errorf("answered, and it is shown: %+v, rung %d times", h.calls, h.rung)
	}
	if s.v.field.Text != "" {
		t.Errorf("the key was typed: %q", s.v.field.Text)
	}
}
