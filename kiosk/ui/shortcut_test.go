package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
)

func TestALineHandsTheWindowsShortcutsOnAndKeepsItsOwn(t *testing.T) {
	test.NewTempApp(t)
	window := software.NewCanvas()
	heard := 0
	answer := &desktop.CustomShortcut{KeyName: fyne.KeyH, Modifier: fyne.KeyModifierControl}
	window.AddShortcut(answer, func(fyne.Shortcut) { heard++ })
	if !passShortcut(window, answer) || heard != 1 {
		t.Errorf("heard %d times", heard)
	}
	for _, own := range []fyne.Shortcut{
		&fyne.ShortcutSelectAll{}, &fyne.ShortcutUndo{},
		&desktop.CustomShortcut{KeyName: fyne.KeyLeft, Modifier: fyne.KeyModifierControl},
		&desktop.CustomShortcut{KeyName: fyne.KeyH, Modifier: fyne.KeyModifierShift},
	} {
		if passShortcut(window, own) {
			t.Errorf("%s is taken from the line", own.ShortcutName())
		}
	}
	for _, line := range []fyne.Focusable{NewInput(nil), NewEntry("", nil)} {
		test.NewTempWindow(t, line.(fyne.CanvasObject)).Canvas().Focus(line)
		line.TypedRune('A')
		keys := line.(fyne.Shortcutable)
		keys.TypedShortcut(answer)
		keys.TypedShortcut(&fyne.ShortcutSelectAll{})
		keys.TypedShortcut(&fyne.ShortcutCut{Clipboard: fyne.CurrentApp().Clipboard()})
		if text := fyne.CurrentApp().Clipboard().Content(); text != "A" {
			t.Errorf("%T: %q was cut", line, text)
		}
		fyne.CurrentApp().Clipboard().SetContent("")
	}
}
