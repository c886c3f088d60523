package setup

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"ezhitong.tw/kiosk/station"
	"ezhitong.tw/kiosk/ui"
)

// Check is the page of the self-check. Its methods belong to the drawing goroutine.
type Check struct {
	cfg    Config
	ctx    context.Context
	device Device
	busy   bool
	found  []station.Check
	root   *fyne.Container
}

// NewCheck makes a page that is empty until Begin.
func NewCheck(cfg Config) *Check {
	c := &Check{cfg: cfg.filled(), ctx: context.Background(), root: container.NewStack()}
	c.draw()
	return c
}

// Content is what the page shows.
func (c *Check) Content() fyne.CanvasObject { return c.root }

// Begin gives the page its device.
func (c *Check) Begin(ctx context.Context, d Device) { c.ctx, c.device = ctx, d }

// Show checks everything.
func (c *Check) Show() {
	if c.device == nil || c.busy {
		return
	}
	c.busy = true
	c.draw()
	ctx, device := c.ctx, c.device
	c.cfg.Background.Run(func() func() {
		found := device.SelfCheck(ctx)
		return func() {
			c.busy, c.found = false, found
			for _, f := range found {
				if f.State >= station.CheckWarn {
					c.cfg.Log.Warn("self-check", "code", f.Code, "say", f.Say)
				}
			}
			c.draw()
		}
	})
}

// Key checks again at Enter.
func (c *Check) Key(name fyne.KeyName) bool {
	if name != fyne.KeyReturn && name != fyne.KeyEnter {
		return false
	}
	c.Show()
	return true
}

// states gives colour and icon of each state.
var states = map[station.CheckState]struct {
	tone ui.Tone
	icon string
	word string
}{
	station.CheckOK:   {ui.Done, "check", "check.state.ok"},
	station.CheckNone: {ui.Muted, "stop", "check.state.none"},
	station.CheckWarn: {ui.Notice, "alert", "check.state.warn"},
	station.CheckBad:  {ui.Alarm, "alert", "check.state.bad"},
}

func (c *Check) draw() {
	l := c.cfg.Look
	again := ui.NewButton(l, ui.ButtonSpec{Text: l.T("check.again"), Icon: "sync", Key: "Enter"}, c.Show)
	if c.busy {
		again.Disable()
	}
	head := ui.Row(12, append([]fyne.CanvasObject{ui.Middle(l.Write(l.T("check.title"), l.Sizes.Second, true, l.Ink)), layout.NewSpacer(), again},
		c.cfg.turn("desk.rail.gear", "settings")...)...)
	rows := ui.Column(0)
	for i, f := range c.found {
		if i > 0 {
			rows.Add(l.Rule(1))
		}
		rows.Add(c.row(f))
	}
	list := layout.NewSpacer()
	switch {
	case len(c.found) > 0:
		list = l.Panel(ui.Inset(4, 4, 18, 18, rows))
	case c.busy:
		list = l.Note(ui.Info, "clock", l.T("check.busy"), width)
	}
	c.root.Objects = []fyne.CanvasObject{ui.Frame(head, nil, nil, nil, ui.Inset(12, 0, 0, 0, container.NewVScroll(list)))}
	c.root.Refresh()
}

// row is one part of the device: its code, its name, how it stands, what to do.
func (c *Check) row(f station.Check) fyne.CanvasObject {
	l, s := c.cfg.Look, states[f.State]
	text := l.T("check."+f.Code+"."+f.Say, f.Args...)
	if f.Say == "failed" {
		text = l.T("check.failed")
	}
	const code, name, state = 60, 190, 150
	fixed := func(w float32, o fyne.CanvasObject) fyne.CanvasObject {
		return container.NewStack(ui.Strut(w, 0), ui.Middle(o))
	}
	return ui.Inset(4, 4, 0, 0, ui.Row(8,
		fixed(code, l.Write(f.Code, l.Sizes.Text, true, l.Ink2)),
		fixed(name, l.Write(l.T("check."+f.Code), l.Sizes.Text, true, l.Ink)),
		fixed(state, container.NewHBox(ui.NewChip(l, l.Sizes.Smallest, s.tone, s.icon, l.T(s.word)))),
		ui.Middle(l.Lines(text, l.Sizes.Smallest, false, l.Ink, width-code-name-state-60))))
}
