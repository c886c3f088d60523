package window

import "fyne.io/fyne/v2"

// drawable is what each of Fyne's canvases on a desktop can.
type drawable interface {
	CheckDirtyAndClear() bool
	SetDirty()
}

// draws tells whether something of a window is to be drawn in this round.
func draws() (due bool) {
	each(func(c drawable) {
		if c.CheckDirtyAndClear() {
			c.SetDirty()
			due = true
		}
	})
	return due
}

// redraw has every window drawn in the next round.
func redraw() { each(drawable.SetDirty) }

func each(do func(drawable)) {
	for _, w := range fyne.CurrentApp().Driver().AllWindows() {
		if c, ok := w.Canvas().(drawable); ok {
			do(c)
		}
	}
}
