// Command kiosk is the check-in machine in the waiting room: a card goes in, a
// queue number comes out, with and without the network. 自助報到機。
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"github.com/alecthomas/kong"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/drivers/bell"
	"ezhitong.tw/kiosk/enrol"
	"ezhitong.tw/kiosk/roster"
	"ezhitong.tw/kiosk/selfservice"
	"ezhitong.tw/kiosk/station"
	"ezhitong.tw/kiosk/ui"
	_ "ezhitong.tw/kiosk/ui/thrift"
	"ezhitong.tw/kiosk/ui/window"
)

type options struct {
	Data string `type:"path" default:"kiosk-data" help:"資料夾。Folder of the local copy."`
	station.Flags

	Windowed bool `help:"開發用：視窗模式，可以關閉。For development: in a window that can be closed."`
	Portrait bool `help:"開發用：直立的視窗。For development: a standing window."`
}

func main() {
	var opt options
	kong.Parse(&opt, append(station.Settings("kiosk", 0), kong.Description("疫苗E指通，自助報到機。E-Zhitong kiosk."))...)
	again, err := run(opt)
	if err == nil && again {
		err = replace()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "kiosk:", err)
		os.Exit(1)
	}
}

// run shows the kiosk until its end, and tells whether staff want it to start again.
func run(opt options) (again bool, err error) {
	program, err := opt.Begin()
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, program.Close()) }()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	// A unit is a pixel: sizes are millimetres on the panels of the manual.
	if err := os.Setenv("FYNE_SCALE", "1"); err != nil {
		return false, fmt.Errorf("set the scale: %w", err)
	}
	look := ui.Look{Palette: ui.Light(), Sizes: ui.LandscapeSizes(), Locale: i18n.Default}
	if err := window.WithoutInputMethod(); err != nil {
		return false, err
	}
	a := app.NewWithID("tw.ezhitong.kiosk")
	if err := ui.Prepare(a, look); err != nil {
		return false, err
	}
	screen := selfservice.New(selfservice.Config{Now: program.Now, Log: program.Log, NoPointer: !opt.Windowed, Keys: ui.Keys{Now: time.Now, Alone: true}})
	w := a.NewWindow(look.T("kiosk.title"))
	w.SetPadded(false)
	switch {
	case !opt.Windowed:
		w.SetFullScreen(true)
		w.SetCloseIntercept(func() {}) // there is no way out for visitors
	case opt.Portrait:
		w.Resize(fyne.NewSize(1080, 1920))
	default:
		w.Resize(fyne.NewSize(1280, 800))
	}

	work := func() {
		w.SetContent(screen.Content())
		screen.Attach(w.Canvas())
	}
	work()
	first := enrol.New(enrol.Config{Look: look, Window: w, Keypad: true, Leave: work})

	notice := func(key string, args ...string) { ui.Do(func() { screen.Notice(key, args...) }) }
	feed := func(ctx context.Context, s *station.Station) {
		changed, unwatch := s.Replica.Watch()
		defer unwatch()
		s.WithGear(ctx, func(ctx context.Context, hw station.Hardware) {
			feed := selfservice.Feed{
				Counter: s.Counter, Feed: ui.Feed{Cards: hw.Cards, Codes: hw.Codes, Links: s.Agent.Standings(), Changed: changed},
				Later: s.Appointments(), Site: s.SiteName, Lock: lock{&roster.Roster{Replica: s.Replica}}, Bell: bell.Sound, Help: s.CallHelp, Comes: s.HelpComes,
				End: func(restart bool) { again = restart; a.Quit() },
			}
			if hw.Printer != nil {
				feed.Printer = hw.Printer
			}
			defer speak(&feed, s.Replica, program.Log)()
			screen.Run(ctx, feed)
		})
	}

	front := station.Front{Tell: notice, Ask: first.Ask, Compare: first.Compare, Done: first.Done}
	err = window.Run(ctx, a, w, time.Now, func(ctx context.Context) error { return program.Work(ctx, opt.Data, "kiosk", front, feed) })
	return again, err
}
