package desk

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"ezhitong.tw/kiosk/ui"
)

// field is the search field. It keeps the keyboard, and gives the keys that are
// not letters of a search to the screen.
type field struct {
	widget.Entry
	next     func()                  // Tab: on to the next button
	key      func(fyne.KeyName) bool // true: the key was used
	digit    func(int) bool          // true: the digit was used
	takeBack func() bool             // true: there was something to undo
	answer   func()                  // Ctrl+H
	keys     *ui.Keys                // takes out what a scanner types
}

func newField(keys *ui.Keys) *field {
	f := &field{keys: keys}
	keys.Typed = f.typed
	f.ExtendBaseWidget(f)
	return f
}

// AcceptsTab is true because Tab may be the end of a code; otherwise TypedKey
// passes it on.
func (f *field) AcceptsTab() bool { return true }

// TypedKey offers every key to the screen first. What was typed before it is in
// the field by then.
func (f *field) TypedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeyTab:
		if f.keys.End() {
			return
		}
	case fyne.KeyEscape, fyne.KeyBackspace, fyne.KeyDelete, fyne.KeyLeft, fyne.KeyRight, fyne.KeyUp, fyne.KeyDown,
		fyne.KeyHome, fyne.KeyEnd, fyne.KeyPageUp, fyne.KeyPageDown:
		f.keys.Release()
	}
	if ev.Name == fyne.KeyTab {
		f.next()
		return
	}
	if f.key == nil || !f.key(ev.Name) {
		f.Entry.TypedKey(ev)
	}
}

// TypedRune keeps a character until it is known who typed it.
func (f *field) TypedRune(r rune) { f.keys.Rune(r) }

// typed takes a person's character; digits are offered to the screen first.
func (f *field) typed(r rune) {
	if r >= '1' && r <= '9' && f.digit != nil && f.digit(int(r-'0')) {
		return
	}
	f.Entry.TypedRune(r)
}

// TypedShortcut offers Ctrl+Z to the screen first.
func (f *field) TypedShortcut(s fyne.Shortcut) {
	f.keys.Release()
	if isAnswer(s) {
		f.answer()
		return
	}
	if isUndo(s) && f.takeBack != nil && f.takeBack() {
		return
	}
	f.Entry.TypedShortcut(s)
}

func isUndo(s fyne.Shortcut) bool {
	switch s := s.(type) {
	case *fyne.ShortcutUndo:
		return true
	case *desktop.CustomShortcut:
		return s.KeyName == fyne.KeyZ && s.Modifier == fyne.KeyModifierControl
	}
	return false
}
