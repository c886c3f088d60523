package main

import (
	"context"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/desk"
	"ezhitong.tw/kiosk/desk/chair"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/station"
	"ezhitong.tw/kiosk/ui"
)

// pages are the desk's pages beside the list, for who works with people.
type pages struct {
	screen *desk.Screen
	chair  *chair.Screen
}

func newPages(look ui.Look, p *station.Program) *pages {
	return &pages{chair: chair.New(chair.Config{Look: look, Now: p.Now, Log: p.Log, Keys: ui.Keys{Now: time.Now}})}
}

// behind puts the pages behind the desk's rail.
func (p *pages) behind(screen *desk.Screen) {
	p.screen = screen
	screen.Add(p.chair.Page())
}

// begin lets the pages work, once the replica is open.
func (p *pages) begin(ctx context.Context, c *reception.Counter) { p.chair.Begin(ctx, c) }

// seat brings a booking up at the chair.
func (p *pages) seat(id clinic.ID) {
	p.chair.Open(id)
	p.screen.Turn(chair.Name)
}
