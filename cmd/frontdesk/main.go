// Command frontdesk is the clinic's front desk: the day's list, check-in by NHI
// card, and it works on while the network does not. 櫃檯報到。
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

	"ezhitong.tw/drivers/bell"
	"ezhitong.tw/kiosk/desk"
	"ezhitong.tw/kiosk/enrol"
	"ezhitong.tw/kiosk/station"
	"ezhitong.tw/kiosk/ui"
	_ "ezhitong.tw/kiosk/ui/thrift"
	"ezhitong.tw/kiosk/ui/window"
)

type options struct {
	Data string `type:"path" default:"frontdesk-data" help:"資料夾。Folder of the local copy."`
	station.Flags
	Staff      string        `default:"desk" help:"操作人員帳號，記在紀錄上。Account of who works here."`
	Lock       time.Duration `default:"10m" help:"多久沒有操作就要重新登入；0 表示不鎖。After how long without a key people sign in again; 0 for never."`
	Look       string        `enum:"light,dark,contrast" default:"light" help:"畫面配色。Colours: ${enum}."`
	CallScreen bool          `name:"call-screen" help:"另開叫號視窗，給候診區的第二個螢幕；按 Enter 全螢幕。Open a window with the numbers that are called, for a second screen."`

	Full bool `help:"全螢幕。Full screen."`

	Windowed bool `help:"視窗模式，這是預設。In a window, which is the default."`

	Run    struct{}               `cmd:"" default:"1" help:"開啟櫃檯畫面，這是預設。Open the front desk, which is the default."`
	List   listCommand            `cmd:"" help:"把今日名單寫成 PDF，印出來就能用紙筆繼續。Write today's list as a PDF, to go on with on paper."`
	Bundle station.BundleCommands `cmd:"" help:"沒有網路時，用隨身碟送出紀錄。Send events by USB stick while there is no network."`
	Unlock station.UnlockCommand  `cmd:"" help:"裝置太久沒連線而上鎖時，管理者輸入 PIN，可再報到 24 小時。When the device was offline for too long and is locked, a manager's PIN opens it for 24 hours of checking in."`
}

// walkIns is how many places of each session a desk holds for people without a
// booking, where nobody says otherwise.
const walkIns = 5

func main() {
	var opt options
	command := kong.Parse(&opt, append(station.Settings("frontdesk", walkIns), kong.Description("疫苗E指通，櫃檯報到。E-Zhitong front desk."))...).Command()
	work := run
	switch command {
	case "run":
	case "list":
		work = list
	case "unlock <account>":
		work = unlock
	case "bundle receipt <file>":
		work = receipt
	default:
		work = export
	}
	if err := work(opt); err != nil {
		fmt.Fprintln(os.Stderr, "frontdesk:", err)
		os.Exit(1)
	}
}

func run(opt options) (err error) {
	program, err := opt.Begin()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, forgetPrints(opt.Data), program.Close()) }()
	if err := forgetPrints(opt.Data); err != nil { // of a program that lost its power
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	look := lookOf(opt.Look)
	a := app.NewWithID("tw.ezhitong.frontdesk")
	if err := ui.Prepare(a, look); err != nil {
		return err
	}
	cfg := desk.PageConfig{Look: look, Now: program.Now, Log: program.Log}
	pages := newPages(cfg)
	screen := desk.New(desk.Config{PageConfig: cfg, Keys: ui.Keys{Now: time.Now}, Chair: pages.seat, WalkIn: pages.register, Change: pages.alter})
	pages.behind(screen)
	w := a.NewWindow(look.T("desk.title"))
	w.SetPadded(false)
	w.Resize(fyne.NewSize(1280, 800))
	w.SetFullScreen(opt.Full && !opt.Windowed)

	office := newOffice(screen, look, w, program.Log, opt.Lock, pages.seat)
	office.work()
	w.SetMaster()
	pages.call(a, look, opt.CallScreen)
	first := enrol.New(enrol.Config{Look: look, Window: w, Leave: office.work})

	notice := func(key string, args ...string) { ui.Do(func() { screen.Notice(key, args...) }) }
	feed := func(ctx context.Context, s *station.Station) {
		changed, unwatch := s.Replica.Watch()
		defer unwatch()
		ui.Do(func() {
			pages.begin(ctx, s.Counter)
			office.begin(ctx, s, opt.Data)
		})
		s.WithGear(ctx, func(ctx context.Context, hw station.Hardware) {
			office.slips.Store(hw.Printer)
			screen.Run(ctx, desk.Feed{
				Counter: s.Counter, Feed: ui.Feed{Cards: hw.Cards, Codes: hw.Codes, Links: s.Agent.Standings(), Changed: changed}, SyncNow: s.Agent.SyncNow,
				Site: s.SiteName, Help: s, Bell: bell.Sound,
			})
		})
	}

	front := station.Front{Tell: notice, Ask: first.Ask, Compare: first.Compare, Done: first.Done}
	return window.Run(ctx, a, w, time.Now, func(ctx context.Context) error { return program.Work(ctx, opt.Data, opt.Staff, front, feed) })
}
