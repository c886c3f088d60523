package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// Chip says a state with a colour, an icon and a word: never with the colour
// alone.
type Chip struct {
	widget.BaseWidget

	look Look
	size float32
	tone Tone
	icon string
	word string
	lift bool // on a coloured row: the ground becomes the surface
	bare bool // no ground at all
}

// NewChip makes a chip with text of the given size.
func NewChip(l Look, size float32, tone Tone, icon, word string) *Chip {
	c := &Chip{look: l, size: size, tone: tone, icon: icon, word: word}
	c.ExtendBaseWidget(c)
	return c
}

// NewBareChip makes a chip without a ground, for the top bar and rows.
func NewBareChip(l Look, size float32, tone Tone, icon, word string) *Chip {
	c := &Chip{look: l, size: size, tone: tone, icon: icon, word: word, bare: true}
	c.ExtendBaseWidget(c)
	return c
}

// Set changes what the chip says. Lift is for a chip on a chosen row.
func (c *Chip) Set(tone Tone, icon, word string, lift bool) {
	if c.tone == tone && c.icon == icon && c.word == word && c.lift == lift {
		return
	}
	c.tone, c.icon, c.word, c.lift = tone, icon, word, lift
	c.Refresh()
}

// Says gives the chip's icon and word.
func (c *Chip) Says() (icon, word string) { return c.icon, c.word }

// CreateRenderer is part of being a widget.
func (c *Chip) CreateRenderer() fyne.WidgetRenderer {
	r := &chipRenderer{c: c, ground: &canvas.Rectangle{CornerRadius: 4}, text: c.look.Write("", c.size, true, color.Transparent)}
	r.icon = Image(nil, c.size*1.25)
	r.Refresh()
	return r
}

type chipRenderer struct {
	c      *Chip
	ground *canvas.Rectangle
	icon   *canvas.Raster
	text   *canvas.Text
}

func (r *chipRenderer) pad() float32 {
	if r.c.bare {
		return 0
	}
	return r.c.size / 2
}

func (r *chipRenderer) MinSize() fyne.Size {
	t := r.text.MinSize()
	return fyne.NewSize(t.Width+r.c.size*1.25+r.c.size*0.4+2*r.pad(), max(t.Height, r.c.size*1.6)+2)
}

func (r *chipRenderer) Layout(size fyne.Size) {
	min := r.MinSize()
	side, t := r.c.size*1.25, r.text.MinSize()
	r.ground.Resize(fyne.NewSize(min.Width, min.Height))
	r.ground.Move(fyne.NewPos(0, (size.Height-min.Height)/2))
	r.icon.Resize(fyne.NewSquareSize(side))
	r.icon.Move(fyne.NewPos(r.pad(), (size.Height-side)/2))
	r.text.Resize(t)
	r.text.Move(fyne.NewPos(r.pad()+side+r.c.size*0.4, (size.Height-t.Height)/2))
}

func (r *chipRenderer) Refresh() {
	ink, ground := r.c.look.Tone(r.c.tone)
	if r.c.bare && r.c.tone == Muted {
		ink = r.c.look.Ink
	}
	if r.c.lift {
		ground = r.c.look.Surface
	}
	r.ground.FillColor, r.ground.StrokeWidth = ground, 0
	if r.c.look.Outlined {
		r.ground.StrokeColor, r.ground.StrokeWidth = ink, 2
	}
	r.ground.Hidden = r.c.bare
	r.text.Text, r.text.Color = r.c.word, ink
	r.icon.Generator = Drawn(Icon(r.c.icon, ink))
	r.Layout(r.c.Size())
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

func (r *chipRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.icon, r.text}
}

func (r *chipRenderer) Destroy() {}
