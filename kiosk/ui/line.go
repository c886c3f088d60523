package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

const lineHeight = 48

// PersonLine is one line of a list of people: number, masked name, a word about
// them and their state.
type PersonLine struct {
	Ticket, Name, What string
	Tone               Tone
	Icon, State        string
	Chosen             bool
}

// PersonList is a list of people of whom one is picked.
type PersonList struct {
	Content fyne.CanvasObject

	list *widget.List
	rows []PersonLine
}

// NewPersonList makes a list that calls pick with the place of a line that is
// touched.
func (l Look) NewPersonList(pick func(int)) *PersonList {
	p := &PersonList{}
	p.list = widget.NewList(
		func() int { return len(p.rows) },
		func() fyne.CanvasObject { return newLine(l) },
		func(i widget.ListItemID, o fyne.CanvasObject) {
			if i < len(p.rows) {
				o.(*line).set(p.rows[i])
			}
		})
	p.list.HideSeparators = true
	p.list.OnSelected = func(i widget.ListItemID) {
		p.list.UnselectAll()
		pick(i)
	}
	p.Content = container.NewThemeOverride(p.list, Flat(l.Theme()))
	return p
}

// Set fills the list; where a line is chosen it is brought into sight.
func (p *PersonList) Set(rows []PersonLine) {
	p.rows = rows
	p.list.Refresh()
	for i, r := range rows {
		if r.Chosen {
			p.list.ScrollTo(i)
		}
	}
}

// line is one line of a list, built once and filled again and again.
type line struct {
	widget.BaseWidget

	look   Look
	row    PersonLine
	texts  [3]*canvas.Text
	chip   *Chip
	ground *canvas.Rectangle
	bar    *canvas.Rectangle
	rule   *canvas.Rectangle
}

func newLine(l Look) *line {
	n := &line{look: l, row: PersonLine{Icon: "notyet"}, ground: canvas.NewRectangle(l.Soft), bar: canvas.NewRectangle(l.Accent), rule: canvas.NewRectangle(l.Line)}
	for i := range n.texts {
		n.texts[i] = l.Write("", l.Sizes.Text, i == 0, l.Ink)
	}
	n.texts[2].Color, n.texts[2].TextSize = l.Ink2, l.Sizes.Smallest
	n.chip = NewChip(l, l.Sizes.Smallest, Muted, "notyet", "")
	n.ExtendBaseWidget(n)
	return n
}

func (n *line) set(r PersonLine) {
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
	n.ground.Hidden, n.bar.Hidden = !n.row.Chosen, !n.row.Chosen
	n.chip.Set(n.row.Tone, n.row.Icon, n.row.State, n.row.Chosen)
	c := n.chip.MinSize()
	n.chip.Resize(c)
	n.chip.Move(fyne.NewPos(size.Width-c.Width-14, (size.Height-c.Height)/2))
	starts := [...]float32{16, 84, 170}
	ends := [...]float32{80, 166, size.Width - c.Width - 22}
	for i, s := range [...]string{n.row.Ticket, n.row.Name, n.row.What} {
		t := n.texts[i]
		t.Text = Fit(s, t.TextSize, t.TextStyle.Bold, max(20, ends[i]-starts[i]))
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
