// Package setup is the pages on which people look after a device itself: where its
// reader, scanner and printer are, each with a trial, and the self-check. They draw
// what the station tells and hold no rules.
package setup

import (
	"context"
	"log/slog"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"ezhitong.tw/drivers/serialline"
	"ezhitong.tw/kiosk/station"
	"ezhitong.tw/kiosk/ui"
)

// Device is what the pages need of the station.
type Device interface {
	Gear() station.Gear
	Named() station.Gear
	SetGear(ctx context.Context, g station.Gear) error
	TryReader(ctx context.Context, where string) station.Verdict
	TryScanner(ctx context.Context, port string) station.Verdict
	TryPrinter(ctx context.Context, port string) station.Verdict
	SelfCheck(ctx context.Context) []station.Check
	CallPage(ctx context.Context) (station.CallPage, error)
	SetCallPage(ctx context.Context, on bool) error
}

// Config is how the pages look.
type Config struct {
	Look       ui.Look
	Log        *slog.Logger
	Background ui.Background
	Ports      func() ([]serialline.Port, error)
	Turn       func() // to the other page of this room; nil where it is behind the rail itself
}

// turn is the way to the other page.
func (c Config) turn(key, icon string) []fyne.CanvasObject {
	if c.Turn == nil {
		return nil
	}
	return []fyne.CanvasObject{ui.NewButton(c.Look, ui.ButtonSpec{Text: c.Look.T(key), Icon: icon}, c.Turn)}
}

func (c Config) filled() Config {
	if c.Ports == nil {
		c.Ports = serialline.Ports
	}
	return c
}

// width is how wide the pages are, so that sentences know where to break.
const width = 1080

// part is one device of the gear.
type part struct {
	name    string // of its texts, under "gear."
	field   *ui.Input
	fixed   bool // the command line names it
	busy    bool
	verdict *station.Verdict
	try     func(context.Context, string) station.Verdict
}

// Gear is the page of the hardware. Its methods belong to the drawing goroutine.
type Gear struct {
	cfg    Config
	ctx    context.Context
	device Device
	parts  []*part
	ports  []string
	calls  calls
	said   string
	why    string
	root   *fyne.Container
}

// NewGear makes a page that is empty until Begin.
func NewGear(cfg Config) *Gear {
	g := &Gear{cfg: cfg.filled(), ctx: context.Background(), root: container.NewStack()}
	for _, name := range []string{"reader", "scanner", "printer"} {
		g.parts = append(g.parts, &part{name: name, field: ui.NewInput(g.save)})
	}
	return g
}

// Content is what the page shows.
func (g *Gear) Content() fyne.CanvasObject { return g.root }

// Begin gives the page its device.
func (g *Gear) Begin(ctx context.Context, d Device) {
	g.ctx, g.device = ctx, d
	for i, try := range []func(context.Context, string) station.Verdict{d.TryReader, d.TryScanner, d.TryPrinter} {
		g.parts[i].try = try
	}
	g.fill()
}

// fill writes what is set up into the fields.
func (g *Gear) fill() {
	now, named := g.device.Gear(), g.device.Named()
	for i, texts := range [][2]string{
		{strings.Join(now.Readers, ", "), strings.Join(named.Readers, ", ")}, {now.Scanner, named.Scanner}, {now.Printer, named.Printer},
	} {
		p := g.parts[i]
		p.field.SetText(texts[0])
		if p.fixed = texts[1] != ""; p.fixed {
			p.field.Disable()
		}
	}
	g.draw()
}

// Show looks which ports the machine has.
func (g *Gear) Show() {
	g.said, g.why = "", ""
	g.lookAtCalls()
	g.cfg.Background.Run(func() func() {
		ports, err := g.cfg.Ports()
		return func() {
			if err != nil {
				g.cfg.Log.Warn("not done", "screen", "gear", "what", "list the ports", "why", err)
			}
			g.ports = nil
			for _, p := range ports {
				g.ports = append(g.ports, strings.TrimSpace(p.Path+" "+p.Name))
			}
			g.draw()
		}
	})
}

// entered is what the fields say.
func (g *Gear) entered() station.Gear {
	readers := strings.FieldsFunc(g.parts[0].field.Text, func(r rune) bool { return strings.ContainsRune(",，、", r) })
	for i := range readers {
		readers[i] = strings.TrimSpace(readers[i])
	}
	return station.Gear{
		Readers: slices.DeleteFunc(readers, func(s string) bool { return s == "" }),
		Scanner: strings.TrimSpace(g.parts[1].field.Text), Printer: strings.TrimSpace(g.parts[2].field.Text),
	}
}

// save keeps what the fields say and has it used at once.
func (g *Gear) save() {
	if g.device == nil {
		return
	}
	ctx, device, gear := g.ctx, g.device, g.entered()
	g.cfg.Background.Run(func() func() {
		err := device.SetGear(ctx, gear)
		return func() {
			g.said, g.why = g.cfg.Look.T("gear.saved"), ""
			if err != nil {
				g.cfg.Log.Warn("not done", "screen", "gear", "what", "keep the settings", "why", err)
				g.said, g.why = "", g.cfg.Look.Explain(err)
			}
			g.draw()
		}
	})
}

// attempt tries one device with what its field says.
func (g *Gear) attempt(p *part) {
	if g.device == nil || p.busy {
		return
	}
	where := strings.TrimSpace(p.field.Text)
	if p.name == "reader" {
		if where = ""; len(g.entered().Readers) > 0 {
			where = g.entered().Readers[0]
		}
	}
	p.busy, p.verdict, g.said = true, nil, ""
	g.draw()
	ctx := g.ctx
	g.cfg.Background.Run(func() func() {
		v := p.try(ctx, where)
		return func() {
			p.busy, p.verdict = false, &v
			g.cfg.Log.Info("tried", "screen", "gear", "device", p.name, "ok", v.OK, "verdict", v.Key)
			g.draw()
		}
	})
}

func (g *Gear) draw() {
	l := g.cfg.Look
	head := []fyne.CanvasObject{ui.Middle(l.Write(l.T("gear.title"), l.Sizes.Second, true, l.Ink)), layout.NewSpacer()}
	parts := []fyne.CanvasObject{ui.Row(12, append(head, g.cfg.turn("check.title", "tick")...)...)}
	for _, p := range g.parts {
		parts = append(parts, g.panel(p))
	}
	if len(g.ports) > 0 {
		parts = append(parts, l.Lines(l.T("gear.ports", "ports", strings.Join(g.ports, "、")), l.Sizes.Smallest, false, l.Ink2, width))
	}
	if g.said != "" {
		parts = append(parts, l.Note(ui.Done, "check", g.said, width))
	}
	if g.why != "" {
		parts = append(parts, l.Note(ui.Notice, "alert", g.why, width))
	}
	parts = append(parts, container.NewHBox(ui.NewButton(l, ui.ButtonSpec{Text: l.T("gear.save"), Key: "Enter", Kind: ui.Primary}, g.save)), g.drawCalls())
	g.root.Objects = []fyne.CanvasObject{container.NewVScroll(ui.Column(14, parts...))}
	g.root.Refresh()
}

// panel is one device: where it is, a trial, and what that came to.
func (g *Gear) panel(p *part) fyne.CanvasObject {
	l := g.cfg.Look
	hint := l.T("gear." + p.name + ".hint")
	if p.fixed {
		hint = l.T("gear.named")
	}
	try := ui.NewButton(l, ui.ButtonSpec{Text: l.T("gear." + p.name + ".try"), Icon: "sync"}, func() { g.attempt(p) })
	if p.busy {
		try.Disable()
	}
	rows := []fyne.CanvasObject{
		l.Write(l.T("gear."+p.name), l.Sizes.Text, true, l.Ink), l.Write(hint, l.Sizes.Smallest, false, l.Ink2),
		container.New(&beside{gap: 12}, p.field, try),
	}
	switch {
	case p.busy:
		rows = append(rows, l.Note(ui.Info, "clock", l.T("gear."+p.name+".trying"), width-36))
	case p.verdict != nil && p.verdict.OK:
		rows = append(rows, l.Note(ui.Done, "check", l.T(p.verdict.Key, p.verdict.Args...), width-36))
	case p.verdict != nil:
		rows = append(rows, l.Note(ui.Notice, "alert", l.T(p.verdict.Key, p.verdict.Args...), width-36))
	}
	return l.Panel(ui.Inset(14, 14, 18, 18, ui.Column(4, rows...)))
}

// beside gives the last part its own width and the first what is left.
type beside struct{ gap float32 }

func (b *beside) MinSize(o []fyne.CanvasObject) fyne.Size {
	a, c := o[0].MinSize(), o[1].MinSize()
	return fyne.NewSize(a.Width+b.gap+c.Width, max(a.Height, c.Height))
}

func (b *beside) Layout(o []fyne.CanvasObject, size fyne.Size) {
	w := o[1].MinSize().Width
	o[0].Resize(fyne.NewSize(size.Width-w-b.gap, size.Height))
	o[0].Move(fyne.NewPos(0, 0))
	o[1].Resize(fyne.NewSize(w, size.Height))
	o[1].Move(fyne.NewPos(size.Width-w, 0))
}
