package desk

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// field is the search field. It keeps the keyboard, and gives the keys that are
// not letters of a search to the screen.
type field struct {
	widget.Entry
	key      func(fyne.KeyName) bool // true: the key was used
	digit    func(int) bool          // true: the digit was used
	takeBack func() bool             // true: there was something to undo
}

func newField() *field {
	f := &field{}
	f.ExtendBaseWidget(f)
	return f
}

// TypedKey offers every key to the screen first.
func (f *field) TypedKey(ev *fyne.KeyEvent) {
	if f.key == nil || !f.key(ev.Name) {
		f.Entry.TypedKey(ev)
	}
}

// TypedRune offers digits to the screen first.
func (f *field) TypedRune(r rune) {
	if r >= '1' && r <= '9' && f.digit != nil && f.digit(int(r-'0')) {
		return
	}
	f.Entry.TypedRune(r)
}

// TypedShortcut offers Ctrl+Z to the screen first.
func (f *field) TypedShortcut(s fyne.Shortcut) {
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
