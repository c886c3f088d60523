package station_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"ezhitong.tw/drivers/emulator"
	"ezhitong.tw/drivers/escpos"
	"ezhitong.tw/drivers/scanner"
	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/station"
)

func stationAt(t *testing.T, opt station.Options) *station.Station {
	t.Helper()
	opt.Clock, opt.Log = time.Now, slog.New(slog.DiscardHandler)
	s, err := station.Open(t.Context(), opt)
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

func reader(t *testing.T) *emulator.Reader {
	t.Helper()
	r, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Config{})
	must(t, err)
	t.Cleanup(func() { must(t, r.Close()) })
	return r
}

// running has a station use its gear; the channel tells of each session.
func running(t *testing.T, s *station.Station) <-chan station.Hardware {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	sessions, ended := make(chan station.Hardware, 8), make(chan struct{})
	go func() {
		defer close(ended)
		s.WithGear(ctx, func(ctx context.Context, hw station.Hardware) {
			sessions <- hw
			<-ctx.Done()
		})
	}()
	t.Cleanup(func() { stop(); <-ended })
	return sessions
}

func within[T any](t *testing.T, what string, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(20 * time.Second):
		t.Fatalf("no %s came", what)
		panic("unreachable")
	}
}

func TestGearThatIsSetUpIsUsedAtOnceAndAfterARestart(t *testing.T) {
	sim, folder := reader(t), t.TempDir()
	s := stationAt(t, station.Options{Data: folder})
	sessions := running(t, s)
	if _, open := <-within(t, "session", sessions).Cards; open {
		t.Fatal("a reader is there before one is set up")
	}
	must(t, s.SetGear(t.Context(), station.Gear{Readers: []string{sim.Path()}, Printer: "/dev/no-printer"}))
	hw := within(t, "session", sessions)
	if ev := within(t, "event", hw.Cards); ev.Kind != cards.ReaderReady || hw.Printer == nil {
		t.Errorf("the new reader says %+v, printer %v", ev, hw.Printer)
	}
	again := stationAt(t, station.Options{Data: folder, Printer: escpos.Config{Port: "/dev/other"}})
	if g := again.Gear(); len(g.Readers) != 1 || g.Readers[0] != sim.Path() || g.Printer != "/dev/other" {
		t.Errorf("after a restart %+v", g)
	}
}

func TestAReaderInUseIsTriedAndUsedAgain(t *testing.T) {
	sim := reader(t)
	card, err := emulator.NHI(emulator.Holder{Number: "000012345678", Issued: emulator.Date{Year: 2020, Month: 1, Day: 1}, ID: "A123456789", Name: "王小明", Birth: emulator.Date{Year: 1961, Month: 6, Day: 15}, Sex: "M"})
	must(t, err)
	sim.Insert(card)
	s := stationAt(t, station.Options{Data: t.TempDir(), Readers: []string{sim.Path()}})
	sessions := running(t, s)
	within(t, "session", sessions)
	v := s.TryReader(t.Context(), sim.Path())
	if !v.OK || v.Args[1] != "王○明" {
		t.Errorf("the trial says %+v", v)
	}
	within(t, "event", within(t, "session", sessions).Cards)
	sim.Insert(emulator.HPC())
	if v := s.TryReader(t.Context(), sim.Path()); v.OK || v.Key != "card.hpc" {
		t.Errorf("with another card %+v", v)
	}
	if v := s.TryReader(t.Context(), "/dev/no-reader"); v.OK || v.Key != "gear.reader.silent" {
		t.Errorf("where there is none %+v", v)
	}
}

func TestAScannerIsTried(t *testing.T) {
	sim, err := emulator.StartScanner(context.WithoutCancel(t.Context()), emulator.ScannerConfig{})
	must(t, err)
	t.Cleanup(func() { must(t, sim.Close()) })
	s := stationAt(t, station.Options{Data: t.TempDir(), Scanner: scanner.Config{Port: sim.Path()}})
	running(t, s)
	got := make(chan station.Verdict, 1)
	go func() { got <- s.TryScanner(context.WithoutCancel(t.Context()), sim.Path()) }()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case v := <-got:
			if !v.OK || v.Args[1] != "0193-7F2A" {
				t.Errorf("the trial says %+v", v)
			}
			return
		case <-tick.C: // until the trial has the port
			must(t, sim.Scan("0193-7F2A"))
		}
	}
}

func TestATrialSlipIsPrinted(t *testing.T) {
	sim, err := emulator.StartPrinter(context.WithoutCancel(t.Context()), emulator.PrinterConfig{})
	must(t, err)
	t.Cleanup(func() { must(t, sim.Close()) })
	s := stationAt(t, station.Options{Data: t.TempDir()})
	if v := s.TryPrinter(t.Context(), sim.Path()); !v.OK {
		t.Errorf("the trial says %+v", v)
	}
	must(t, sim.Await(t.Context(), 1))
	for key, state := range map[string]emulator.PrinterState{
		"gear.printer.paper": {PaperOut: true}, "gear.printer.cover": {CoverOpen: true}, "gear.printer.silent": {Mute: true},
	} {
		sim.SetState(state)
		if v := s.TryPrinter(t.Context(), sim.Path()); v.OK || v.Key != key {
			t.Errorf("%+v: the trial says %+v", state, v)
		}
	}
	if v := s.TryPrinter(t.Context(), "/dev/no-printer"); v.Key != "gear.printer.no_port" {
		t.Errorf("where there is none %+v", v)
	}
}
