package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// ButtonKind says how a button looks at rest.
type ButtonKind int

// The kinds of button.
const (
	Secondary ButtonKind = iota // border and text in accent
	Primary                     // filled with accent: one a screen
	Tab                         // a choice that is off: thin border, ink
	TabOn                       // the choice that is on
	Inverse                     // on a dark bar
)

// ButtonSpec is what a button says and how big it is; zero sizes are taken from
// the look.
type ButtonSpec struct {
	Text      string
	Count     string // a figure after the text, in bold
	Icon      string // name in assets/icons
	IconAfter bool   // the icon stands behind the text
	Key       string // key cap, such as Enter
	Kind      ButtonKind
	TextSize  float32
	Height    float32 // least height
	Border    float32
	Pad       float32 // left and right
}

// Button is a target that a finger, a mouse, Enter and Space can press. Its
// focus ring is drawn around it.
type Button struct {
	widget.BaseWidget
	OnTapped func()

	look     Look
	spec     ButtonSpec
	focused  bool
	hovered  bool
	disabled bool
}

var (
	_ fyne.Focusable     = (*Button)(nil)
	_ fyne.Tappable      = (*Button)(nil)
	_ fyne.Disableable   = (*Button)(nil)
	_ desktop.Hoverable  = (*Button)(nil)
	_ desktop.Cursorable = (*Button)(nil)
)

// NewButton makes a button that calls tapped.
func NewButton(l Look, spec ButtonSpec, tapped func()) *Button {
	if spec.TextSize == 0 {
		spec.TextSize = l.Sizes.Text
	}
	if spec.Height == 0 {
		spec.Height = l.Sizes.Target
	}
	if spec.Border == 0 {
		spec.Border = l.Sizes.Border
	}
	if spec.Pad == 0 {
		spec.Pad = spec.TextSize
	}
	b := &Button{look: l, spec: spec, OnTapped: tapped}
	b.ExtendBaseWidget(b)
	return b
}

// Text gives what the button says.
func (b *Button) Text() string { return b.spec.Text }

// Tapped presses the button.
func (b *Button) Tapped(*fyne.PointEvent) {
	if !b.disabled && b.OnTapped != nil {
		b.OnTapped()
	}
}

// TypedKey presses the button on Enter and Space. The window gets every other key.
func (b *Button) TypedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		b.Tapped(nil)
	default:
		PassKey(b, ev)
	}
}

// PassKey gives a key that a widget in focus does not want to its window.
func PassKey(from fyne.CanvasObject, ev *fyne.KeyEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(from); c != nil && c.OnTypedKey() != nil {
		c.OnTypedKey()(ev)
	}
}

// PassShortcut gives Ctrl with a letter, which a line in focus has no use for, to its
// window; it reports whether that was such a key. What edits a line comes as shortcuts
// of their own.
func PassShortcut(from fyne.CanvasObject, s fyne.Shortcut) bool {
	return passShortcut(fyne.CurrentApp().Driver().CanvasForObject(from), s)
}

func passShortcut(window fyne.Canvas, s fyne.Shortcut) bool {
	c, ok := s.(*desktop.CustomShortcut)
	if !ok || c.Modifier != fyne.KeyModifierControl || len(c.KeyName) != 1 || c.KeyName == fyne.KeyZ {
		return false
	}
	if w, ok := window.(fyne.Shortcutable); ok { // as those of real windows are
		w.TypedShortcut(s)
	}
	return true
}

// TypedRune is part of being focusable; a button takes no letters.
func (b *Button) TypedRune(rune) {}

// FocusGained draws the ring.
func (b *Button) FocusGained() { b.focused = true; b.Refresh() }

// FocusLost takes the ring away.
func (b *Button) FocusLost() { b.focused = false; b.Refresh() }

// MouseIn darkens the button.
func (b *Button) MouseIn(*desktop.MouseEvent) { b.hovered = true; b.Refresh() }

// MouseMoved is part of being hoverable.
func (b *Button) MouseMoved(*desktop.MouseEvent) {}

// MouseOut undoes MouseIn.
func (b *Button) MouseOut() { b.hovered = false; b.Refresh() }

// Cursor hides the arrow where the look says so.
func (b *Button) Cursor() desktop.Cursor {
	if b.look.NoPointer {
		return desktop.HiddenCursor
	}
	return desktop.DefaultCursor
}

// Disable makes the button dead and grey.
func (b *Button) Disable() { b.disabled = true; b.Refresh() }

// Enable undoes Disable.
func (b *Button) Enable() { b.disabled = false; b.Refresh() }

// Disabled tells whether the button is dead.
func (b *Button) Disabled() bool { return b.disabled }

// colours gives fill, border and writing for the state the button is in.
func (b *Button) colours() (fill, border, ink color.NRGBA) {
	p := b.look.Palette
	switch {
	case b.disabled:
		return p.Sunken, p.Line, p.Ink2
	case b.spec.Kind == Primary && b.hovered:
		return p.Accent2, p.Accent2, p.On
	case b.spec.Kind == Primary:
		return p.Accent, p.Accent, p.On
	case b.spec.Kind == Inverse && b.hovered:
		return p.Ink2, p.Surface, p.Surface
	case b.spec.Kind == Inverse:
		return p.Ink, p.Surface, p.Surface
	case b.spec.Kind == Tab && b.hovered:
		return p.Soft, p.Edge, p.Ink
	case b.spec.Kind == Tab:
		return p.Surface, p.Line, p.Ink
	case b.hovered:
		return p.Soft, p.Accent2, p.Accent2
	}
	return p.Surface, p.Accent, p.Accent
}

// CreateRenderer is part of being a widget.
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	r := &buttonRenderer{b: b, ring: &canvas.Rectangle{}, halo: &canvas.Rectangle{}, fill: &canvas.Rectangle{}}
	bold := b.spec.Kind != Tab
	r.text = b.look.Write(b.spec.Text, b.spec.TextSize, bold, color.Transparent)
	r.parts = []fyne.CanvasObject{r.text}
	if b.spec.Icon != "" {
		r.icon = Image(nil, b.iconSide())
		if b.spec.IconAfter {
			r.parts = append(r.parts, r.icon)
		} else {
			r.parts = append([]fyne.CanvasObject{r.icon}, r.parts...)
		}
	}
	if b.spec.Count != "" {
		r.count = b.look.Write(b.spec.Count, b.spec.TextSize, true, color.Transparent)
		r.parts = append(r.parts, r.count)
	}
	if b.spec.Key != "" {
		r.cap = newKeyCap(b.look, b.spec.Key)
		r.parts = append(r.parts, r.cap.box)
	}
	r.Refresh()
	return r
}

func (b *Button) iconSide() float32 { return max(b.spec.TextSize*1.22, b.look.Sizes.Icon*0.9) }

type buttonRenderer struct {
	b                *Button
	ring, halo, fill *canvas.Rectangle
	text, count      *canvas.Text
	icon             *canvas.Raster
	cap              *keyCap
	parts            []fyne.CanvasObject
}

func (r *buttonRenderer) gap() float32 { return max(8, r.b.spec.TextSize*0.45) }

func (r *buttonRenderer) content() fyne.Size {
	var w, h float32
	for i, p := range r.parts {
		s := p.MinSize()
		if i > 0 {
			w += r.gap()
		}
		w, h = w+s.Width, max(h, s.Height)
	}
	return fyne.NewSize(w, h)
}

func (r *buttonRenderer) MinSize() fyne.Size {
	c := r.content()
	return fyne.NewSize(c.Width+2*r.b.spec.Pad, max(r.b.spec.Height, c.Height+4))
}

func (r *buttonRenderer) Layout(size fyne.Size) {
	r.fill.Resize(size)
	place := func(rect *canvas.Rectangle, out float32) {
		rect.Move(fyne.NewPos(-out, -out))
		rect.Resize(fyne.NewSize(size.Width+2*out, size.Height+2*out))
	}
	place(r.ring, 6)
	place(r.halo, 3)
	x := (size.Width - r.content().Width) / 2
	for _, p := range r.parts {
		s := p.MinSize()
		p.Resize(s)
		p.Move(fyne.NewPos(x, (size.Height-s.Height)/2))
		x += s.Width + r.gap()
	}
}

func (r *buttonRenderer) Refresh() {
	fill, border, ink := r.b.colours()
	radius := r.b.look.Sizes.Radius
	r.fill.FillColor, r.fill.StrokeColor, r.fill.StrokeWidth, r.fill.CornerRadius = fill, border, r.b.spec.Border, radius
	if r.b.spec.Kind == Tab && !r.b.disabled {
		r.fill.StrokeWidth = 1
	}
	r.ring.FillColor, r.ring.CornerRadius = r.b.look.Focus, radius+6
	r.halo.FillColor, r.halo.CornerRadius = r.b.look.Halo, radius+3
	r.ring.Hidden, r.halo.Hidden = !r.b.focused, !r.b.focused
	r.text.Color = ink
	if r.count != nil {
		r.count.Color = ink
	}
	if r.icon != nil {
		r.icon.Generator = Drawn(Icon(r.b.spec.Icon, ink))
	}
	if r.cap != nil {
		r.cap.paint(ink)
	}
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

func (r *buttonRenderer) Objects() []fyne.CanvasObject {
	return append([]fyne.CanvasObject{r.ring, r.halo, r.fill}, r.parts...)
}

func (r *buttonRenderer) Destroy() {}
