package setup

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"ezhitong.tw/kiosk/station"
	"ezhitong.tw/kiosk/ui"
)

// calls is the page of the numbers called, for the waiting room's screens.
type calls struct {
	page station.CallPage
	busy bool
	why  string // what went wrong when it was looked at or switched
}

const qrSide = 132

// lookAtCalls reads how the page of the calls stands.
func (g *Gear) lookAtCalls() {
	ctx, device := g.ctx, g.device
	if device == nil {
		return
	}
	g.cfg.Background.Run(func() func() {
		page, err := device.CallPage(ctx)
		return func() { g.toldCalls(page, err) }
	})
}

func (g *Gear) toldCalls(page station.CallPage, err error) {
	g.calls.busy, g.calls.why = false, ""
	if err != nil {
		g.cfg.Log.Warn("not done", "screen", "gear", "what", "look at the page of the calls", "why", err)
		g.calls.why = g.cfg.Look.Explain(err)
	} else {
		g.calls.page = page
	}
	g.draw()
}

// switchCalls turns the page on or off.
func (g *Gear) switchCalls() {
	if g.device == nil || g.calls.busy {
		return
	}
	g.calls.busy = true
	g.draw()
	ctx, device, on := g.ctx, g.device, !g.calls.page.On
	g.cfg.Background.Run(func() func() {
		err := device.SetCallPage(ctx, on)
		page, unread := device.CallPage(ctx)
		if page.Err != nil { // said in its own words
			err = nil
		}
		return func() {
			if unread == nil {
				unread = err
			}
			g.toldCalls(page, unread)
			g.cfg.Log.Info("switched", "screen", "gear", "what", "page of the calls", "on", page.On)
		}
	})
}

// drawCalls is the page's panel: the switch, and where browsers find it.
func (g *Gear) drawCalls() fyne.CanvasObject {
	l, p := g.cfg.Look, g.calls.page
	text := "gear.calls.on"
	if p.On {
		text = "gear.calls.off"
	}
	turn := ui.NewButton(l, ui.ButtonSpec{Text: l.T(text)}, g.switchCalls)
	if g.calls.busy || g.device == nil {
		turn.Disable()
	}
	const words = width - qrSide - 60
	rows := ui.Column(4, l.Write(l.T("gear.calls"), l.Sizes.Text, true, l.Ink), l.Lines(l.T("gear.calls.hint"), l.Sizes.Smallest, false, l.Ink2, words))
	side := layout.NewSpacer()
	switch {
	case g.calls.why != "":
		rows.Add(l.Note(ui.Notice, "alert", g.calls.why, words))
	case p.On && p.Err != nil:
		rows.Add(l.Note(ui.Notice, "alert", l.T("gear.calls.taken"), words))
	case len(p.Addresses) > 0:
		rows.Add(l.Lines(strings.Join(p.Addresses, "   "), l.Sizes.Text, true, l.Accent, words))
		if qr, err := ui.QR(p.Addresses[0], qrSide); err == nil {
			side = ui.Middle(qr)
		} else {
			g.cfg.Log.Warn("not done", "screen", "gear", "what", "draw the QR code", "why", err)
		}
	}
	rows.Add(container.NewHBox(turn))
	return l.Panel(ui.Inset(14, 14, 18, 18, container.NewBorder(nil, nil, nil, side, rows)))
}
