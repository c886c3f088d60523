package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// Entry is a line to write on. The keys that no line needs go to the window, so
// that Enter, Escape, the arrows up and down and the function keys mean what they
// mean on the page.
type Entry struct {
	widget.Entry
}

// NewEntry makes a line that tells what was written at every change.
func NewEntry(hint string, changed func(string)) *Entry {
	e := &Entry{}
	e.ExtendBaseWidget(e)
	e.SetPlaceHolder(hint)
	e.OnChanged = changed
	return e
}

// TypedKey keeps what edits the line.
func (e *Entry) TypedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeyBackspace, fyne.KeyDelete, fyne.KeyLeft, fyne.KeyRight, fyne.KeyHome, fyne.KeyEnd, fyne.KeySpace:
		e.Entry.TypedKey(ev)
	default:
		PassKey(e, ev)
	}
}

// TypedShortcut keeps what edits the line.
func (e *Entry) TypedShortcut(s fyne.Shortcut) {
	if !PassShortcut(e, s) {
		e.Entry.TypedShortcut(s)
	}
}

// Write puts a text on the line, unless it is there.
func (e *Entry) Write(text string) {
	if e.Text != text {
		e.SetText(text)
	}
}
