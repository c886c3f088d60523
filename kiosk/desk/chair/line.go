package chair

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"ezhitong.tw/kiosk/ui"
)

const lineHeight = 48

// line is one line of a list, built once and filled again and again.
type line struct {
	widget.BaseWidget

	look   ui.Look
	row    row
	texts  [3]*canvas.Text
	chip   *ui.Chip
	ground *canvas.Rectangle
	bar    *canvas.Rectangle
	rule   *canvas.Rectangle
}

func newLine(l ui.Look) *line {
	n := &line{look: l, row: row{chip: chip{icon: "notyet"}}, ground: canvas.NewRectangle(l.Soft), bar: canvas.NewRectangle(l.Accent), rule: canvas.NewRectangle(l.Line)}
	for i := range n.texts {
		n.texts[i] = l.Write("", l.Sizes.Text, i == 0, l.Ink)
	}
	n.texts[2].Color, n.texts[2].TextSize = l.Ink2, l.Sizes.Smallest
	n.chip = ui.NewChip(l, l.Sizes.Smallest, ui.Muted, "notyet", "")
	n.ExtendBaseWidget(n)
	return n
}

func (n *line) set(r row) {
	if n.row != r {
		n.row = r
		n.Refresh()
	}
}

// CreateRenderer is part of being a widget.
func (n *line) CreateRenderer() fyne.WidgetRenderer { return &lineRenderer{n} }

type lineRenderer struct{ n *line }

func (w *lineRenderer) MinSize() fyne.Size { return fyne.NewSize(400, lineHeight) }

func (w *lineRenderer) Layout(size fyne.Size) {
	n := w.n
	n.ground.Resize(size)
	n.bar.Resize(fyne.NewSize(4, size.Height))
	n.rule.Resize(fyne.NewSize(size.Width, 1))
	n.rule.Move(fyne.NewPos(0, size.Height-1))
	n.ground.Hidden, n.bar.Hidden = !n.row.chosen, !n.row.chosen
	n.chip.Set(n.row.chip.tone, n.row.chip.icon, n.row.chip.word, n.row.chosen)
	c := n.chip.MinSize()
	n.chip.Resize(c)
	n.chip.Move(fyne.NewPos(size.Width-c.Width-14, (size.Height-c.Height)/2))
	starts := [...]float32{16, 84, 170}
	ends := [...]float32{80, 166, size.Width - c.Width - 22}
	for i, s := range [...]string{n.row.ticket, n.row.name, n.row.what} {
		t := n.texts[i]
		t.Text = ui.Fit(s, t.TextSize, t.TextStyle.Bold, max(20, ends[i]-starts[i]))
		m := t.MinSize()
		t.Resize(m)
		t.Move(fyne.NewPos(starts[i], (size.Height-m.Height)/2))
	}
}

func (w *lineRenderer) Refresh() {
	w.Layout(w.n.Size())
	for _, o := range w.Objects() {
		o.Refresh()
	}
}

func (w *lineRenderer) Objects() []fyne.CanvasObject {
	n := w.n
	return []fyne.CanvasObject{n.ground, n.bar, n.rule, n.texts[0], n.texts[1], n.texts[2], n.chip}
}

func (w *lineRenderer) Destroy() {}
