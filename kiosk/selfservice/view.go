package selfservice

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/ui"
)

// view draws the page anew whenever something of it has changed.
type view struct {
	s     *Screen
	root  *fyne.Container
	clock *canvas.Text
	site  string

	size  fyne.Size
	l     ui.Look
	drawn string

	turned int // the period that stands there, as turn
}

func newView(s *Screen) *view {
	v := &view{s: s, size: fyne.NewSize(1280, 800)}
	v.root = container.New(&fill{v})
	return v
}

// portrait tells which of the two arrangements fits the screen.
func (v *view) portrait() bool { return v.size.Height > v.size.Width }

// render draws the page if it differs from what stands there.
func (v *view) render() {
	m := &v.s.m
	slip := fmt.Sprintf("%p", m.Finding.Entry)
	state := fmt.Sprint(m.Page, m.Asking, m.Busy, m.CardIn, m.Contrast, m.Locale, m.Slip, m.SlipWhy, m.Problem, m.Err != nil, m.Closed(), m.Lost, m.Scanner, m.gone(),
		m.Link, m.News, v.turn(), v.s.today, m.Rung, m.Coming, m.Left, m.Staff, len(m.Offers), m.Offer.Slot.ID, m.Receipt.Ticket, m.Receipt.Ahead, m.Notice, m.NoticeArgs, v.site, v.size, slip, m.Finding.Code, len(m.Finding.Choice),
		m.canBook(), m.Later.At, m.Later.Day, m.Later.Slot.ID, m.Later.Mobile, m.Later.Wrong, m.Later.First, len(m.Later.Steps), m.Appointment.Code, whyNot(m.Err), m.Speaks, m.Volume)
	if state == v.drawn {
		return
	}
	v.drawn, v.turned = state, v.turn()
	v.l = ui.Look{Palette: ui.Light(), Sizes: ui.LandscapeSizes(), Locale: m.Locale, NoPointer: v.s.cfg.NoPointer}
	if v.portrait() {
		v.l.Sizes = ui.PortraitSizes()
	}
	if m.Contrast {
		v.l.Palette = ui.HighContrast()
	}
	body, foot := v.page()
	v.root.Objects = []fyne.CanvasObject{
		canvas.NewRectangle(v.l.Surface),
		ui.NewPointer(v.s.cfg.NoPointer),
		ui.Frame(v.head(), foot, nil, nil, body),
	}
	v.tell(v.s.cfg.Now())
	v.root.Refresh()
}

// tell draws the time when the minute has changed.
func (v *view) tell(now time.Time) {
	if minute := clinic.TimeOfDayOf(now).String(); v.clock.Text != minute {
		v.clock.Text = minute
		v.clock.Refresh()
	}
}

// head is the same on every page: the clinic, the time, 高對比.
func (v *view) head() fyne.CanvasObject {
	l := v.l
	v.clock = l.Write("00:00", l.Sizes.Text, false, l.Ink2)
	contrast := ui.NewButton(l, ui.ButtonSpec{Text: l.T("kiosk.contrast"), Icon: "contrast", Height: l.Sizes.Head, Border: 3, Pad: 24},
		func() { v.s.press(just(v.s.m.ToggleContrast)) })
	taken := l.Sizes.Mark + v.clock.MinSize().Width + contrast.MinSize().Width + 3*24 + 2*l.Sizes.Margin
	name := l.Write(ui.Fit(v.site, l.Sizes.Text, true, v.size.Width-taken), l.Sizes.Text, true, l.Ink)
	row := ui.Row(24, ui.Middle(newKnob(ui.Image(l.Mark(), l.Sizes.Mark), func() { v.s.press(func() Order { return v.s.m.Knock(v.s.cfg.Now()) }) })), ui.Middle(name), layout.NewSpacer(), ui.Middle(v.clock), ui.Middle(contrast))
	pad := float32(10)
	if v.portrait() {
		pad = 24
	}
	return ui.Frame(nil, l.Rule(2), nil, nil, ui.Inset(pad, pad, l.Sizes.Margin, l.Sizes.Margin, row))
}

// foot holds the way back and the way to a person, or what a page puts there.
func (v *view) foot(rows ...fyne.CanvasObject) fyne.CanvasObject {
	l := v.l
	pad := float32(14)
	if v.portrait() {
		pad = 28
	}
	return ui.Frame(l.Rule(2), nil, nil, nil, container.NewStack(canvas.NewRectangle(l.Ground),
		ui.Inset(pad, pad, l.Sizes.Margin, l.Sizes.Margin, ui.Column(24, rows...))))
}

// usual is the foot of most pages: back at the left, the desk at the right.
func (v *view) usual(back fyne.CanvasObject) fyne.CanvasObject {
	return v.foot(ui.Pages(24, back, v.small("kiosk.help", "help", func() { v.s.press(v.s.m.AskDesk) })))
}

// small is a button of the foot.
func (v *view) small(key, icon string, f func()) *ui.Button {
	l := v.l
	return ui.NewButton(l, ui.ButtonSpec{Text: l.T(key), Icon: icon, Height: l.Sizes.FootTarget, Border: 3, Pad: 16}, f)
}

// big is a button of the page.
func (v *view) big(kind ui.ButtonKind, text, icon string, f func()) *ui.Button {
	l := v.l
	return ui.NewButton(l, ui.ButtonSpec{Text: text, Icon: icon, Kind: kind, TextSize: l.Sizes.Second, Pad: 20}, f)
}

// leave is the way back that takes the card along.
func (v *view) leave() fyne.CanvasObject {
	key := "kiosk.cancel.no_card"
	if v.s.m.CardIn {
		key = "kiosk.cancel"
	}
	return v.small(key, "back", func() { v.s.press(just(v.s.m.Leave)) })
}

// halves sets what is told above or left of what is to be done.
func (v *view) halves(told, steps fyne.CanvasObject) fyne.CanvasObject {
	m := v.l.Sizes.Margin
	if v.portrait() {
		return ui.Inset(64, 64, m, m, ui.Frame(told, steps, nil, nil, layout.NewSpacer()))
	}
	return ui.Inset(20, 20, m, m, ui.Pages(m, ui.Middle(told), ui.Middle(steps)))
}

// column is the width that a line of text may have.
func (v *view) column() float32 {
	if v.portrait() {
		return v.size.Width - 2*v.l.Sizes.Margin
	}
	return (v.size.Width - 3*v.l.Sizes.Margin) / 2
}

func (v *view) title(s string) fyne.CanvasObject {
	return v.l.Lines(s, v.l.Sizes.Title, true, v.l.Ink, v.column())
}

// hello is a title with a name in it: a long one is set smaller, not broken.
func (v *view) hello(name string) fyne.CanvasObject {
	s := v.l.T("kiosk.greeting", "name", name)
	if ui.Width(s, v.l.Sizes.Title, true) <= v.column() {
		return v.title(s)
	}
	return v.l.Write(ui.Fit(s, v.l.Sizes.Second, true, v.column()), v.l.Sizes.Second, true, v.l.Ink)
}

func (v *view) lead(s string) fyne.CanvasObject {
	return v.l.Lines(s, v.l.Sizes.Second, false, v.l.Ink, v.column())
}

func (v *view) question(s string) fyne.CanvasObject {
	return v.l.Lines(s, v.l.Sizes.Second, true, v.l.Ink, v.column())
}

func (v *view) text(parts ...fyne.CanvasObject) fyne.CanvasObject {
	return ui.Column(v.l.Sizes.Gap*0.7, parts...)
}

// say is a coloured note with an icon.
func (v *view) say(tone ui.Tone, icon string, lines ...fyne.CanvasObject) fyne.CanvasObject {
	l := v.l
	ink, ground := l.Tone(tone)
	width := float32(0)
	if l.Outlined {
		width = 2
	}
	side := l.Sizes.Icon * 1.17
	if icon == "" {
		return ui.Box(ground, ink, width, l.Sizes.Radius, ui.Inset(l.Sizes.Inset*0.6, l.Sizes.Inset*0.6, l.Sizes.Inset, l.Sizes.Inset, ui.Column(0, lines...)))
	}
	return ui.Box(ground, ink, width, l.Sizes.Radius, ui.Inset(l.Sizes.Inset*0.6, l.Sizes.Inset*0.6, l.Sizes.Inset, l.Sizes.Inset,
		ui.Row(l.Sizes.Inset*0.8, ui.Middle(ui.Image(ui.Icon(icon, ink), side)), ui.Middle(ui.Column(0, lines...)))))
}

// picture is a drawing of card and reader, on white in every palette, with a
// word on the reader.
func (v *view) picture(name, label string, height float32) fyne.CanvasObject {
	l := v.l
	img := ui.ImageSize(ui.Picture(name), height*680/560, height)
	parts := []fyne.CanvasObject{img}
	if label != "" {
		word := l.Write(label, l.Sizes.Text, true, ui.Light().Ink)
		word.Alignment = fyne.TextAlignCenter
		parts = append(parts, container.New(&onReader{}, word))
	}
	drawing := container.NewStack(parts...)
	if l.Outlined {
		return container.NewCenter(ui.Box(ui.Light().Surface, l.Ink, 0, l.Sizes.Radius, drawing))
	}
	return container.NewCenter(drawing)
}

// onReader puts a word on the box of the reader: its middle lies 465/560 down.
type onReader struct{}

func (onReader) MinSize(o []fyne.CanvasObject) fyne.Size { return o[0].MinSize() }

func (onReader) Layout(o []fyne.CanvasObject, size fyne.Size) {
	h := o[0].MinSize().Height
	o[0].Resize(fyne.NewSize(size.Width, h))
	o[0].Move(fyne.NewPos(0, size.Height*470/560-h/2))
}

// fill gives the page the whole screen and has it drawn anew when the screen
// has another size.
type fill struct{ v *view }

func (f *fill) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(320, 320) // the screen is as large as it is
}

func (f *fill) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	if f.v.size != size && size.Width > 0 && size.Height > 0 {
		f.v.size = size
		f.v.render()
	}
	for _, o := range f.v.root.Objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(size)
	}
}

// knob is a part that can be touched without looking like it.
type knob struct {
	widget.BaseWidget
	part   fyne.CanvasObject
	tapped func()
}

func newKnob(part fyne.CanvasObject, tapped func()) *knob {
	k := &knob{part: part, tapped: tapped}
	k.ExtendBaseWidget(k)
	return k
}

// Tapped is a touch.
func (k *knob) Tapped(*fyne.PointEvent) { k.tapped() }

// CreateRenderer is part of being a widget.
func (k *knob) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(k.part) }
