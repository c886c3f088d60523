package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
)

// keyCap is the name of a key in a small frame, in the colour of the button it
// belongs to.
type keyCap struct {
	box   *fyne.Container
	frame *canvas.Rectangle
	text  *canvas.Text
}

func newKeyCap(l Look, key string) *keyCap {
	k := &keyCap{frame: canvas.NewRectangle(color.Transparent), text: l.Write(key, l.Sizes.Caption, true, color.Transparent)}
	k.frame.StrokeWidth, k.frame.CornerRadius = 1, 4
	k.box = container.NewStack(k.frame, container.New(layout.NewCustomPaddedLayout(1, 1, 8, 8), k.text))
	return k
}

func (k *keyCap) paint(c color.Color) {
	k.frame.StrokeColor, k.text.Color = c, c
}
