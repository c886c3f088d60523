package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// Input is a line that a person types. Function keys and Escape go on to its
// window.
type Input struct {
	widget.Entry
}

// NewInput makes a line; Enter calls enter.
func NewInput(enter func()) *Input {
	i := &Input{}
	i.ExtendBaseWidget(i)
	if enter != nil {
		i.OnSubmitted = func(string) { enter() }
	}
	return i
}

// NewSecret makes a line that shows dots in place of what is typed.
func NewSecret(enter func()) *Input {
	i := NewInput(enter)
	i.Password = true
	return i
}

// TypedKey passes on what a line has no use for.
func (i *Input) TypedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeyEscape, fyne.KeyF1, fyne.KeyF2, fyne.KeyF3, fyne.KeyF4, fyne.KeyF5, fyne.KeyF6, fyne.KeyF7, fyne.KeyF8,
		fyne.KeyF9, fyne.KeyF10, fyne.KeyF11, fyne.KeyF12:
		PassKey(i, ev)
	default:
		i.Entry.TypedKey(ev)
	}
}

// TypedShortcut passes on what a line has no use for.
func (i *Input) TypedShortcut(s fyne.Shortcut) {
	if !PassShortcut(i, s) {
		i.Entry.TypedShortcut(s)
	}
}

// Field is an input under its label and, where there is one, a hint.
func (l Look) Field(label, hint string, input fyne.CanvasObject) fyne.CanvasObject {
	parts := []fyne.CanvasObject{l.Write(label, l.Sizes.Text, true, l.Ink)}
	if hint != "" {
		parts = append(parts, l.Write(hint, l.Sizes.Smallest, false, l.Ink2))
	}
	return Column(4, append(parts, input)...)
}

// Note is a coloured line with an icon, within a width.
func (l Look) Note(tone Tone, icon, text string, width float32) fyne.CanvasObject {
	ink, ground := l.Tone(tone)
	border := float32(0)
	if l.Outlined {
		border = 2
	}
	lines := l.Lines(text, l.Sizes.Text, true, ink, width-l.Sizes.Icon-3*l.Sizes.Gap)
	return Box(ground, ink, border, l.Sizes.Radius, Inset(10, 10, l.Sizes.Gap, l.Sizes.Gap,
		Row(l.Sizes.Gap, Middle(Image(Icon(icon, ink), l.Sizes.Icon)), lines)))
}

// Remark is a sentence in ink on a coloured ground with an icon, within a width.
func (l Look) Remark(tone Tone, icon, text string, bold bool, width float32) fyne.CanvasObject {
	ink, ground := l.Tone(tone)
	return Box(ground, ink, 1, l.Sizes.Radius, Inset(10, 10, 14, 14,
		Row(12, Middle(Image(Icon(icon, ink), l.Sizes.Icon)), l.Lines(text, l.Sizes.Text, bold, l.Ink, width))))
}

// Wide gives parts at least a width, one under the other.
func Wide(width, gap float32, parts ...fyne.CanvasObject) fyne.CanvasObject {
	return container.NewStack(Strut(width, 0), Column(gap, parts...))
}
