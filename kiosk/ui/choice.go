package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
)

// Choice is one of several, of which one is chosen: a ring, a word, perhaps a line
// below it, a chip and the key that chooses it.
type Choice struct {
	widget.BaseWidget
	Tap func()

	look   Look
	Spec   ChoiceSpec
	Chosen bool
}

// ChoiceSpec is what a choice says.
type ChoiceSpec struct {
	Word, More string
	Chip       fyne.CanvasObject // nil for none
	Key        string
}

// NewChoice makes a choice that calls tap.
func NewChoice(l Look, spec ChoiceSpec, chosen bool, tap func()) *Choice {
	c := &Choice{look: l, Spec: spec, Chosen: chosen, Tap: tap}
	c.ExtendBaseWidget(c)
	return c
}

// Tapped chooses.
func (c *Choice) Tapped(*fyne.PointEvent) { c.Tap() }

// CreateRenderer is part of being a widget.
func (c *Choice) CreateRenderer() fyne.WidgetRenderer {
	l := c.look
	fill, border, width := l.Surface, l.Line, float32(1)
	ring := canvas.NewCircle(l.Surface)
	ring.StrokeColor, ring.StrokeWidth = l.Edge, 2
	if c.Chosen {
		fill, border, width = l.Soft, l.Accent, l.Sizes.Border
		ring.StrokeColor, ring.StrokeWidth = l.Accent, 7
	}
	words := Row(10, Middle(l.Write(c.Spec.Word, l.Sizes.Text, true, l.Ink)))
	if c.Spec.Chip != nil {
		words.Add(Middle(c.Spec.Chip))
	}
	if c.Spec.Key != "" {
		k := newKeyCap(l, c.Spec.Key)
		k.paint(l.Ink)
		words.Add(Middle(k.box))
	}
	words.Add(layout.NewSpacer())
	text := Column(0, words)
	if c.Spec.More != "" {
		text.Add(l.Write(c.Spec.More, l.Sizes.Smallest, false, l.Ink2))
	}
	circle := container.NewStack(Strut(24, 24), ring)
	return widget.NewSimpleRenderer(Box(fill, border, width, l.Sizes.Radius, Strut(0, 52),
		Inset(6, 6, 14, 14, Frame(nil, nil, Inset(0, 0, 0, 14, Middle(circle)), nil, Middle(text)))))
}
