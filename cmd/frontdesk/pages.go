package main

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/desk"
	"ezhitong.tw/kiosk/desk/chair"
	"ezhitong.tw/kiosk/desk/change"
	"ezhitong.tw/kiosk/desk/queue"
	"ezhitong.tw/kiosk/desk/walkin"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
)

// lookOf is how the desk is drawn in the colours of a name.
func lookOf(colours string) ui.Look {
	palettes := map[string]ui.Palette{"light": ui.Light(), "dark": ui.Dark(), "contrast": ui.HighContrast()}
	return ui.Look{Palette: palettes[colours], Sizes: ui.DeskSizes(), Locale: i18n.Default}
}

// pages are the desk's pages beside the list, for who works with people.
type pages struct {
	screen *desk.Screen
	chair  *chair.Screen
	queue  *queue.Screen
	walkin *walkin.Screen
	change *change.Screen
	board  *queue.Board
}

func newPages(cfg desk.PageConfig) *pages {
	p := &pages{
		chair:  chair.New(chair.Config{PageConfig: cfg, Keys: ui.Keys{Now: time.Now}}),
		walkin: walkin.New(cfg),
		change: change.New(cfg),
		board:  queue.NewBoard(cfg.Look),
	}
	p.queue = queue.New(queue.Config{PageConfig: cfg, Chair: p.seat, Board: p.board})
	return p
}

// behind puts the pages behind the desk's rail.
func (p *pages) behind(screen *desk.Screen) {
	p.screen = screen
	screen.Add(p.walkin.Page(), p.queue.Page(), p.chair.Page(), p.change.Page())
}

// begin lets the pages work, once the replica is open.
func (p *pages) begin(ctx context.Context, c *reception.Counter) {
	p.chair.Begin(ctx, c)
	p.queue.Begin(ctx, c)
	p.walkin.Begin(ctx, c)
	p.change.Begin(ctx, c)
}

// alter brings up a booking that central is to be asked to change.
func (p *pages) alter(e reception.Entry) {
	p.change.Open(e)
	p.screen.Turn(change.Name)
}

// register brings somebody up who has no booking for today.
func (p *pages) register(person clinic.Person) {
	p.walkin.Take(person)
	p.screen.Turn(walkin.Name)
}

// call opens the window for the waiting room, where it is wanted. Enter makes it
// fill its screen and back.
func (p *pages) call(a fyne.App, look ui.Look, wanted bool) {
	if !wanted {
		return
	}
	w := a.NewWindow(look.T("queue.board.title"))
	w.SetPadded(false)
	w.SetContent(p.board.Content())
	w.Resize(fyne.NewSize(1280, 800))
	w.Canvas().SetOnTypedKey(func(ev *fyne.KeyEvent) {
		if ev.Name == fyne.KeyReturn || ev.Name == fyne.KeyEnter || ev.Name == fyne.KeyF11 {
			w.SetFullScreen(!w.FullScreen())
		}
	})
	w.Show()
}

// seat brings a booking up at the chair.
func (p *pages) seat(id clinic.ID) {
	p.chair.Open(id)
	p.screen.Turn(chair.Name)
}
