package desk

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"ezhitong.tw/kiosk/ui"
)

// rowHeight is the height of every line of the list.
const rowHeight = 44

// starts are where the columns begin, as shares of the width: time, ticket,
// name, age, vaccine, dose, state.
var starts = [...]float32{0.012, 0.105, 0.2, 0.392, 0.47, 0.645, 0.755}

// row is one line of the list, built once and filled again and again.
type row struct {
	widget.BaseWidget

	look   ui.Look
	line   line
	chosen bool
	texts  [6]*canvas.Text
	chip   *ui.Chip
	upload *ui.Chip
	ground *canvas.Rectangle
	bar    *canvas.Rectangle
	rule   *canvas.Rectangle
}

func newRow(l ui.Look) *row {
	r := &row{look: l, line: line{icon: "notyet"}, ground: canvas.NewRectangle(l.Surface), bar: canvas.NewRectangle(l.Accent), rule: canvas.NewRectangle(l.Line)}
	for i := range r.texts {
		r.texts[i] = l.Write("", l.Sizes.Text, i == 1 || i == 2, l.Ink)
	}
	r.chip = ui.NewChip(l, l.Sizes.Smallest, ui.Muted, "notyet", "")
	r.upload = ui.NewBareChip(l, l.Sizes.Smallest, ui.Notice, "upload", l.T("desk.state.waiting"))
	r.ExtendBaseWidget(r)
	return r
}

// set fills the row.
func (r *row) set(n line, chosen bool) {
	r.line, r.chosen = n, chosen
	r.fill()
	r.Refresh()
}

func (r *row) fill() {
	width := r.Size().Width
	for i, s := range [...]string{r.line.time, r.line.ticket, r.line.name, r.line.age, r.line.vaccine, r.line.dose} {
		if width > 0 {
			s = ui.Fit(s, r.texts[i].TextSize, r.texts[i].TextStyle.Bold, (starts[i+1]-starts[i])*width-8)
		}
		r.texts[i].Text = s
	}
	r.chip.Set(r.line.tone, r.line.icon, r.line.state, r.chosen)
	r.upload.Hidden = !r.line.waiting
	r.ground.Hidden, r.bar.Hidden = !r.chosen, !r.chosen
	r.ground.FillColor = r.look.Soft
}

// CreateRenderer is part of being a widget.
func (r *row) CreateRenderer() fyne.WidgetRenderer { return &rowRenderer{r} }

type rowRenderer struct{ r *row }

func (w *rowRenderer) MinSize() fyne.Size { return fyne.NewSize(600, rowHeight) }

func (w *rowRenderer) Layout(size fyne.Size) {
	r := w.r
	r.fill()
	r.ground.Resize(size)
	r.bar.Resize(fyne.NewSize(4, size.Height))
	r.rule.Resize(fyne.NewSize(size.Width, 1))
	r.rule.Move(fyne.NewPos(0, size.Height-1))
	for i, t := range r.texts {
		m := t.MinSize()
		t.Resize(m)
		t.Move(fyne.NewPos(starts[i]*size.Width, (size.Height-m.Height)/2))
	}
	x := starts[6] * size.Width
	for _, c := range []*ui.Chip{r.chip, r.upload} {
		m := c.MinSize()
		c.Resize(m)
		c.Move(fyne.NewPos(x, (size.Height-m.Height)/2))
		x += m.Width + 10
	}
}

func (w *rowRenderer) Refresh() {
	w.Layout(w.r.Size())
	for _, o := range w.Objects() {
		o.Refresh()
	}
}

func (w *rowRenderer) Objects() []fyne.CanvasObject {
	r := w.r
	out := []fyne.CanvasObject{r.ground, r.bar, r.rule}
	for _, t := range r.texts {
		out = append(out, t)
	}
	return append(out, r.chip, r.upload)
}

func (w *rowRenderer) Destroy() {}

// newHead is the line above the list with the names of the columns.
func newHead(l ui.Look) fyne.CanvasObject {
	h := &head{}
	for _, key := range [...]string{"time", "ticket", "name", "age", "vaccine", "dose", "state"} {
		h.texts = append(h.texts, l.Write(l.T("desk.column."+key), l.Sizes.Caption, true, l.Ink2))
	}
	h.rule = canvas.NewRectangle(l.Edge)
	h.ExtendBaseWidget(h)
	return h
}

type head struct {
	widget.BaseWidget
	texts []fyne.CanvasObject
	rule  *canvas.Rectangle
}

// CreateRenderer is part of being a widget.
func (h *head) CreateRenderer() fyne.WidgetRenderer { return &headRenderer{h} }

type headRenderer struct{ h *head }

func (w *headRenderer) MinSize() fyne.Size { return fyne.NewSize(600, 36) }

func (w *headRenderer) Layout(size fyne.Size) {
	for i, t := range w.h.texts {
		m := t.MinSize()
		t.Resize(m)
		t.Move(fyne.NewPos(starts[i]*size.Width, (size.Height-m.Height)/2))
	}
	w.h.rule.Resize(fyne.NewSize(size.Width, 1))
	w.h.rule.Move(fyne.NewPos(0, size.Height-1))
}

func (w *headRenderer) Refresh() {}

func (w *headRenderer) Objects() []fyne.CanvasObject {
	return append(w.h.texts[:len(w.h.texts):len(w.h.texts)], w.h.rule)
}

func (w *headRenderer) Destroy() {}
