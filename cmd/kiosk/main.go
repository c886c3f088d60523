// Command kiosk is the check-in machine in the waiting room: a card goes in, a
// queue number comes out, with and without the network. 自助報到機。
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"github.com/alecthomas/kong"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/internal/clock"
	"ezhitong.tw/kiosk/selfservice"
	"ezhitong.tw/kiosk/station"
	"ezhitong.tw/kiosk/ui"
)

type options struct {
	Data    string `type:"path" default:"kiosk-data" help:"資料夾。Folder of the local copy."`
	Central string `default:"http://127.0.0.1:8080" help:"中央主機的網址。Address of central."`
	Reader  string `placeholder:"PORT" help:"讀卡機的序列埠，例如 /dev/ttyUSB0。Serial port of the card reader."`
	Enrol   string `placeholder:"CODE" help:"衛生局給的啟用碼，只在第一次用。One-time enrolment code."`
	Clock   string `placeholder:"FILE" help:"示範用：時鐘偏移寫在這個檔案。For demonstrations: file with a clock offset."`
	Log     string `placeholder:"FILE" help:"紀錄檔；省略時寫到標準錯誤輸出。Log file."`

	Windowed bool `help:"開發用：視窗模式，可以關閉。For development: in a window that can be closed."`
	Portrait bool `help:"開發用：直立的視窗。For development: a standing window."`
}

func main() {
	var opt options
	kong.Parse(&opt, kong.Name("kiosk"), kong.Description("疫苗E指通，自助報到機。E-Zhitong kiosk."))
	if err := run(opt); err != nil {
		fmt.Fprintln(os.Stderr, "kiosk:", err)
		os.Exit(1)
	}
}

func run(opt options) (err error) {
	out := io.Writer(os.Stderr)
	if opt.Log != "" {
		f, failed := os.OpenFile(opt.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if failed != nil {
			return fmt.Errorf("open the log: %w", failed)
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		out = f
	}
	log := slog.New(slog.NewTextHandler(out, nil))
	machine := clock.System()
	if opt.Clock != "" {
		shifted, err := clock.Shifted(opt.Clock, log)
		if err != nil {
			return fmt.Errorf("read the clock file: %w", err)
		}
		machine = shifted
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	// A unit is a pixel: sizes are millimetres on the panels of the manual.
	if err := os.Setenv("FYNE_SCALE", "1"); err != nil {
		return fmt.Errorf("set the scale: %w", err)
	}
	look := ui.Look{Palette: ui.Light(), Sizes: ui.LandscapeSizes(), Locale: i18n.Default}
	a := app.NewWithID("tw.ezhitong.kiosk")
	ui.Still(a)
	a.Settings().SetTheme(look.Theme())
	if err := ui.FeedFyne(look.Locale); err != nil {
		return err
	}
	var now atomic.Pointer[func() time.Time] // the replica knows the time better, once it is open
	system := machine.Now
	now.Store(&system)
	screen := selfservice.New(selfservice.Config{Now: func() time.Time { return (*now.Load())() }, Log: log, NoPointer: !opt.Windowed})
	w := a.NewWindow(look.T("kiosk.title"))
	w.SetPadded(false)
	w.SetContent(screen.Content())
	switch {
	case !opt.Windowed:
		w.SetFullScreen(true)
		w.SetCloseIntercept(func() {}) // there is no way out for visitors
	case opt.Portrait:
		w.Resize(fyne.NewSize(1080, 1920))
	default:
		w.Resize(fyne.NewSize(1280, 800))
	}

	// The window comes first; the replica is opened behind it.
	ended := make(chan error, 1)
	a.Lifecycle().SetOnStarted(func() {
		go func() {
			ended <- work(ctx, opt, machine, log, screen, func(s *station.Station) { better := s.Replica.Now; now.Store(&better) })
		}()
	})
	w.ShowAndRun() // returns when the window is closed or the program is told to end
	stop()
	return <-ended
}

// work opens the device and feeds the screen until the context ends.
func work(ctx context.Context, opt options, machine clock.Clock, log *slog.Logger, screen *selfservice.Screen, opened func(*station.Station)) (err error) {
	s, err := station.Open(ctx, station.Options{
		Data: opt.Data, Central: opt.Central, Reader: opt.Reader, Staff: "kiosk", Build: build(), Clock: machine, Log: log,
	})
	notice := func(key string) { ui.Do(func() { screen.Notice(key) }) }
	if err != nil {
		log.Error("the local copy can't be opened", "err", err)
		notice("desk.failure.load")
		<-ctx.Done()
		return fmt.Errorf("open the local copy: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	opened(s)
	if !s.Begin(ctx, opt.Enrol, notice) {
		<-ctx.Done()
		return nil
	}
	agent := make(chan struct{})
	go func() { defer close(agent); s.Run(ctx) }()
	changed, unwatch := s.Replica.Watch()
	defer unwatch()
	screen.Run(ctx, selfservice.Feed{
		Counter: s.Counter, Cards: s.Cards.Watch(ctx), Links: s.Agent.Standings(), Changed: changed,
		Site: func(ctx context.Context) (string, error) { site, _, err := s.Replica.Site(ctx); return site.Name, err },
	})
	<-agent
	return nil
}

func build() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return info.Main.Version
}
