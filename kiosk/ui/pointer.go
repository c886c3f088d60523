package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// Pointer lies behind a whole page and hides the arrow of the mouse, where
// fingers are used.
type Pointer struct {
	widget.BaseWidget
	hidden bool
}

var _ desktop.Cursorable = (*Pointer)(nil)

// NewPointer makes a Pointer; one that is not hidden does nothing.
func NewPointer(hidden bool) *Pointer {
	p := &Pointer{hidden: hidden}
	p.ExtendBaseWidget(p)
	return p
}

// Cursor hides the arrow.
func (p *Pointer) Cursor() desktop.Cursor {
	if p.hidden {
		return desktop.HiddenCursor
	}
	return desktop.DefaultCursor
}

// CreateRenderer is part of being a widget.
func (p *Pointer) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(canvas.NewRectangle(color.Transparent))
}
