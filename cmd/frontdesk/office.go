package main

import (
	"cmp"
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/closing"
	"ezhitong.tw/kiosk/desk"
	"ezhitong.tw/kiosk/roster"
	"ezhitong.tw/kiosk/setup"
	"ezhitong.tw/kiosk/signin"
	"ezhitong.tw/kiosk/station"
	"ezhitong.tw/kiosk/stock"
	"ezhitong.tw/kiosk/ui"
)

// office is the desk's screens beside those for people: who works here, and the
// device itself.
type office struct {
	look   ui.Look
	log    *slog.Logger
	window fyne.Window
	screen *desk.Screen
	door   *signin.Door
	gear   *setup.Gear
	check  *setup.Check
	day    *closing.Page
	carry  *closing.Carry
	stock  *stock.Page
	slips  atomic.Pointer[station.Printer]
	signed func(roster.Member) // until there is a counter it does nothing
}

// newOffice puts the pages behind the rail; lock is after how long the desk locks, and
// seat brings a booking up at the chair.
func newOffice(screen *desk.Screen, look ui.Look, w fyne.Window, log *slog.Logger, lock time.Duration, seat func(clinic.ID)) *office {
	p := &office{look: look, log: log, window: w, screen: screen, signed: func(roster.Member) {}}
	p.door = signin.NewDoor(signin.Config{
		Look: look, Window: w, Log: log, Enter: p.enter, Shut: screen.Detach, Known: screen.Known, Limit: lock,
		Signed: func(m roster.Member) { p.signed(m) },
	})
	staff := signin.NewStaff(p.door)
	screen.Cards(func(ev cards.Event, pass func()) bool {
		return screen.Front() == "staff" && staff.Card(ev) || p.door.Card(ev, pass)
	})
	p.stock = stock.New(stock.Config{Look: look, Log: log})
	screen.Add(
		desk.Page{Name: "stock", Icon: "vial", Content: p.stock.Content(), Show: p.stock.Show, Changed: func() {
			if screen.Front() == "stock" {
				p.stock.Changed()
			}
		}},
		p.dayEnd(seat),
		p.device(),
		desk.Page{Name: "staff", Icon: "person", Content: staff.Content(), Show: staff.Show, Tick: func() { p.door.Waited(screen.Idle()) }},
	)
	return p
}

// dayEnd is the page on which a day ends, and behind a button that of the USB stick.
func (p *office) dayEnd(seat func(clinic.ID)) desk.Page {
	var both *leaf
	turn := func() { both.turn() }
	cfg := closing.Config{
		Look: p.look, Log: p.log, Chair: seat, Carry: turn,
		Trouble: func(err error) string { return p.look.T(station.PrinterTrouble(err)) },
	}
	p.day, p.carry = closing.New(cfg), closing.NewCarry(cfg, turn)
	both = newLeaf(p.day, p.carry)
	page := both.page("closing", "check")
	page.Changed = func() {
		if both.up == 0 && p.screen.Front() == page.Name {
			p.day.Changed()
		}
	}
	return page
}

// device is the page of the device itself: the self-check, and behind a button the
// settings.
func (p *office) device() desk.Page {
	var both *leaf
	cfg := setup.Config{Look: p.look, Log: p.log, Turn: func() { both.turn() }}
	p.gear, p.check = setup.NewGear(cfg), setup.NewCheck(cfg)
	both = newLeaf(p.check, p.gear)
	return both.page("check", "tick")
}

// work shows the desk's screens.
func (p *office) work() {
	p.window.SetContent(p.screen.Content())
	p.screen.Attach(p.window.Canvas())
}

// enter shows them to who has just signed in.
func (p *office) enter() {
	p.work()
	if p.screen.Front() == "staff" {
		p.screen.Turn(desk.List)
	}
}

// leave asks who comes next, or for the first manager where nobody is set up.
func (p *office) leave() {
	if p.door.Me().Account == "" {
		p.screen.Turn("staff")
		return
	}
	p.door.Leave()
}

// begin gives the pages their station.
func (p *office) begin(ctx context.Context, s *station.Station, data string) {
	p.signed = func(m roster.Member) {
		s.Counter.SignIn(m.Account)
		p.screen.Who(cmp.Or(m.Name, p.look.T("signin.none")), p.leave)
	}
	p.signed(roster.Member{})
	p.gear.Begin(ctx, s)
	p.check.Begin(ctx, s)
	p.stock.Begin(ctx, s.Counter)
	p.carry.Begin(ctx, carrying{s})
	p.day.Begin(ctx, &printing{
		app: fyne.CurrentApp(), log: p.log, station: s, folder: printFolder(data), author: func() string { return p.door.Me().Name }, slips: p.slips.Load,
	})
	p.door.Begin(ctx, &roster.Roster{Replica: s.Replica})
}
