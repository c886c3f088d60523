package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
)

// newTear is the torn line of a ticket: a row of dots, as many as fit.
func newTear(c color.Color, dot float32) fyne.CanvasObject {
	l := &tear{colour: c, dot: dot}
	l.box = container.New(l)
	return l.box
}

type tear struct {
	colour color.Color
	dot    float32
	box    *fyne.Container
}

func (t *tear) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(10*t.dot, t.dot) }

func (t *tear) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	n := max(1, int(size.Width/(2*t.dot)))
	for len(t.box.Objects) < n {
		t.box.Objects = append(t.box.Objects, canvas.NewCircle(t.colour))
	}
	t.box.Objects = t.box.Objects[:n]
	step := size.Width / float32(n)
	for i, o := range t.box.Objects {
		o.Resize(fyne.NewSquareSize(t.dot))
		o.Move(fyne.NewPos(float32(i)*step+(step-t.dot)/2, (size.Height-t.dot)/2))
	}
}
