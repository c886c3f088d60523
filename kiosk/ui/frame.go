package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// Frame sets parts along the four sides and gives the middle what is left,
// without gaps. Top and bottom take the whole width. Any part but the middle
// may be nil.
func Frame(top, bottom, left, right, middle fyne.CanvasObject) *fyne.Container {
	f := &frame{top: top, bottom: bottom, left: left, right: right, middle: middle}
	c := container.New(f)
	for _, o := range []fyne.CanvasObject{middle, top, bottom, left, right} {
		if o != nil {
			c.Add(o)
		}
	}
	return c
}

type frame struct{ top, bottom, left, right, middle fyne.CanvasObject }

func minOf(o fyne.CanvasObject) fyne.Size {
	if o == nil || !o.Visible() {
		return fyne.Size{}
	}
	return o.MinSize()
}

func (f *frame) MinSize([]fyne.CanvasObject) fyne.Size {
	t, b, l, r, m := minOf(f.top), minOf(f.bottom), minOf(f.left), minOf(f.right), minOf(f.middle)
	return fyne.NewSize(
		max(t.Width, b.Width, l.Width+m.Width+r.Width),
		t.Height+b.Height+max(l.Height, m.Height, r.Height))
}

func (f *frame) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	t, b, l, r := minOf(f.top), minOf(f.bottom), minOf(f.left), minOf(f.right)
	height := size.Height - t.Height - b.Height
	place(f.top, 0, 0, size.Width, t.Height)
	place(f.bottom, 0, size.Height-b.Height, size.Width, b.Height)
	place(f.left, 0, t.Height, l.Width, height)
	place(f.right, size.Width-r.Width, t.Height, r.Width, height)
	place(f.middle, l.Width, t.Height, size.Width-l.Width-r.Width, height)
}

func place(o fyne.CanvasObject, x, y, w, h float32) {
	if o != nil {
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(w, h))
	}
}

// Strut is an unseen thing that keeps a part at least so wide and high.
func Strut(width, height float32) fyne.CanvasObject {
	return container.New(strut{width, height})
}

type strut struct{ w, h float32 }

func (s strut) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(s.w, s.h) }

func (s strut) Layout([]fyne.CanvasObject, fyne.Size) {}
