package ui

import (
	"image/color"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
)

// Box draws a frame around content: fill, border and corners as asked.
func Box(fill, border color.Color, width, radius float32, content ...fyne.CanvasObject) *fyne.Container {
	r := canvas.NewRectangle(fill)
	r.StrokeColor, r.StrokeWidth, r.CornerRadius = border, width, radius
	return container.NewStack(append([]fyne.CanvasObject{r}, content...)...)
}

// Panel is white ground with a thin border around content.
func (l Look) Panel(content fyne.CanvasObject) *fyne.Container {
	return Box(l.Surface, l.Line, 1, 10, content)
}

// Padded is a panel with room around its content.
func (l Look) Padded(content fyne.CanvasObject) *fyne.Container {
	return l.Panel(Inset(16, 16, 18, 18, content))
}

// Counted is a panel under its title and how many things it lists.
func (l Look) Counted(title string, n int, list fyne.CanvasObject) *fyne.Container {
	head := container.NewBorder(nil, nil, l.Write(title, l.Sizes.Second, true, l.Ink), l.Write(strconv.Itoa(n), l.Sizes.Second, true, l.Ink))
	return l.Panel(Frame(Frame(nil, l.Rule(1), nil, nil, Inset(14, 10, 18, 18, head)), nil, nil, nil, list))
}

// Empty says in the middle of a list that has no rows why.
func (l Look) Empty(text string) *fyne.Container {
	return container.NewCenter(l.Lines(text, l.Sizes.Text, false, l.Ink2, 460))
}

// Inset keeps content away from the four sides.
func Inset(top, bottom, left, right float32, content fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedLayout(top, bottom, left, right), content)
}

// Column stacks parts with a gap between them.
func Column(gap float32, parts ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedVBoxLayout(gap), parts...)
}

// Row sets parts side by side with a gap between them, all as high as the
// highest.
func Row(gap float32, parts ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedHBoxLayout(gap), parts...)
}

// Middle keeps a part at its own height in the middle of a row.
func Middle(part fyne.CanvasObject) *fyne.Container {
	return container.NewVBox(layout.NewSpacer(), part, layout.NewSpacer())
}

// Pages sets parts in equal columns with a gap.
func Pages(gap float32, parts ...fyne.CanvasObject) *fyne.Container {
	return container.New(&columns{gap: gap}, parts...)
}

// columns is a grid of one row with our own gap.
type columns struct{ gap float32 }

func (c *columns) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var w, h float32
	for _, o := range objects {
		m := o.MinSize()
		w, h = max(w, m.Width), max(h, m.Height)
	}
	n := float32(len(objects))
	return fyne.NewSize(w*n+c.gap*max(0, n-1), h)
}

func (c *columns) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	n := float32(len(objects))
	w := (size.Width - c.gap*(n-1)) / n
	for i, o := range objects {
		o.Move(fyne.NewPos(float32(i)*(w+c.gap), 0))
		o.Resize(fyne.NewSize(w, size.Height))
	}
}

// Spread sets parts side by side with a gap, each as wide as it needs and all a
// share of what is left.
func Spread(gap float32, parts ...fyne.CanvasObject) *fyne.Container {
	return container.New(&spread{gap: gap}, parts...)
}

type spread struct{ gap float32 }

func (s *spread) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var w, h float32
	for _, o := range objects {
		m := o.MinSize()
		w, h = w+m.Width, max(h, m.Height)
	}
	return fyne.NewSize(w+s.gap*float32(max(0, len(objects)-1)), h)
}

func (s *spread) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	more := (size.Width - s.MinSize(objects).Width) / float32(len(objects))
	x := float32(0)
	for _, o := range objects {
		w := o.MinSize().Width + more
		o.Move(fyne.NewPos(x, 0))
		o.Resize(fyne.NewSize(w, size.Height))
		x += w + s.gap
	}
}

// Rule is a thin line across.
func (l Look) Rule(thick float32) fyne.CanvasObject {
	r := canvas.NewRectangle(l.Line)
	r.SetMinSize(fyne.NewSize(1, thick))
	return r
}

// UndoBar says what was just done and offers to take it back.
func (l Look) UndoBar(text, action, key string, undo func()) (bar fyne.CanvasObject, button *Button) {
	content := []fyne.CanvasObject{
		Inset(0, 0, 18, 4, Middle(Image(Icon("check", l.Surface), l.Sizes.Icon))),
		Middle(l.Write(text, l.Sizes.Text, false, l.Surface)), layout.NewSpacer(),
	}
	if action != "" {
		button = NewButton(l, ButtonSpec{Text: action, Icon: "undo", Key: key, Kind: Inverse}, undo)
		content = append(content, Inset(8, 8, 0, 8, button))
	}
	return Box(l.Ink, l.Ink, 0, 10, Row(10, content...)), button
}

// Ticket is the queue number on its stub: the number, a torn line, and what
// stands before it.
func (l Look) Ticket(title, number, ahead string) fyne.CanvasObject {
	border := l.Accent
	if l.Outlined {
		border = l.Ink
	}
	centre := func(s string, size float32, bold bool, c color.Color) fyne.CanvasObject {
		t := l.Write(s, size, bold, c)
		t.Alignment = fyne.TextAlignCenter
		return t
	}
	pad := l.Sizes.Inset * 0.6
	return Box(l.Surface, border, l.Sizes.Border, 24, Column(0,
		Inset(pad, 0, 0, 0, centre(title, l.Sizes.Text, false, l.Ink)),
		container.New(tight{0.82}, centre(number, l.Sizes.Number, true, l.Accent)),
		newTear(l.Edge, max(2, l.Sizes.Border)),
		Inset(pad, pad, 0, 0, centre(ahead, l.Sizes.Text, false, l.Ink)),
	))
}

// tight takes a share of a line's own height: big figures need no room for
// accents.
type tight struct{ share float32 }

func (t tight) MinSize(objects []fyne.CanvasObject) fyne.Size {
	s := objects[0].MinSize()
	return fyne.NewSize(s.Width, s.Height*t.share)
}

func (t tight) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	h := objects[0].MinSize().Height
	objects[0].Resize(fyne.NewSize(size.Width, h))
	objects[0].Move(fyne.NewPos(0, (size.Height-h)/2))
}
