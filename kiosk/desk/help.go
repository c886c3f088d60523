package desk

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"

	"ezhitong.tw/clinic"
	"ezhitong.tw/drivers/bell"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
)

// Help is what the screen learns of people at the kiosks who want a person.
type Help interface {
	// HelpCalls lists who calls, the first one first.
	HelpCalls() []reception.HelpCall
	// AnswerHelp says that somebody goes there.
	AnswerHelp(device clinic.ID)
}

// answerKey answers, with Ctrl, the call that is shown.
const answerKey = fyne.KeyH

// listen looks who calls, shows the first one above every page, and rings for each
// that is new.
func (s *Screen) listen() {
	if s.help == nil {
		return
	}
	calls := s.help.HelpCalls()
	if slices.Equal(calls, s.calls) {
		return
	}
	fresh := slices.ContainsFunc(calls, func(c reception.HelpCall) bool { return !slices.Contains(s.calls, c) })
	s.calls = calls
	s.f.call(calls)
	if !fresh {
		return
	}
	s.cfg.Log.Info("help is wanted", "screen", "desk", "at", calls[len(calls)-1].Letter)
	if ring, ctx := s.ring, s.ctx; ring != nil {
		s.cfg.Background.Run(func() func() {
			err := ring(ctx, bell.Call)
			return func() { _ = s.failed("ring", err) }
		})
	}
}

// answer says that somebody goes to the one who called first.
func (s *Screen) answer() {
	if len(s.calls) == 0 {
		return
	}
	s.stir()
	s.cfg.Log.Info("help is on its way", "screen", "desk", "to", s.calls[0].Letter)
	s.help.AnswerHelp(s.calls[0].Device)
	s.listen()
}

func (s *Screen) attachHelp(c fyne.Canvas) {
	c.AddShortcut(&desktop.CustomShortcut{KeyName: answerKey, Modifier: fyne.KeyModifierControl}, func(fyne.Shortcut) { s.answer() })
}

// isAnswer tells the keys that answer from those that a line takes for itself.
func isAnswer(s fyne.Shortcut) bool {
	c, ok := s.(*desktop.CustomShortcut)
	return ok && c.KeyName == answerKey && c.Modifier == fyne.KeyModifierControl
}

// call shows who wants a person, under the line at the top.
func (f *frame) call(calls []reception.HelpCall) {
	f.help.Objects = nil
	if len(calls) > 0 {
		l, c := f.l, calls[0]
		ink, ground := l.Tone(ui.Notice)
		args := []string{"letter", c.Letter, "at", clinic.TimeOfDayOf(c.Since).String()}
		words := container.NewHBox(ui.Middle(ui.Image(ui.Icon("bell", ink), 28)), ui.Middle(l.Write(l.T("desk.help", args...), l.Sizes.Second, true, ink)),
			ui.Middle(l.Write(l.T("desk.help.more", args...), l.Sizes.Text, false, l.Ink)))
		yes := ui.NewButton(l, ui.ButtonSpec{Text: l.T("desk.help.answer"), Key: "Ctrl+H", Height: 44, Pad: 16}, f.s.answer)
		f.help.Objects = []fyne.CanvasObject{ui.Box(ground, ink, 2, 0, ui.Inset(6, 6, 16, 16, container.NewHBox(words, layout.NewSpacer(), ui.Middle(yes))))}
	}
	f.help.Hidden = len(calls) == 0
	f.help.Refresh()
	f.root.Refresh()
}

// ringer rings for a call.
type ringer func(ctx context.Context, r bell.Ring) error
