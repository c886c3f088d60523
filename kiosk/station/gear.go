package station

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"ezhitong.tw/drivers/escpos"
	"ezhitong.tw/drivers/scanner"
	"ezhitong.tw/kiosk/cards"
)

// Gear says where the hardware of the place is. What is empty is not there.
type Gear struct {
	Readers []string `json:"readers,omitempty"` // as in cards.Watcher
	Scanner string   `json:"scanner,omitempty"` // serial port
	Printer string   `json:"printer,omitempty"` // serial port
}

// Hardware is what the gear tells while it is in use.
type Hardware struct {
	Cards   <-chan cards.Event
	Codes   <-chan scanner.Event // nil without a scanner on a serial line
	Printer *Printer             // nil without one
}

// settingGear is the replica's setting of the Gear, in JSON.
const settingGear = "gear"

// loadGear reads what was kept. What the command line names goes before it.
func (s *Station) loadGear(ctx context.Context) error {
	kept, err := s.Replica.Setting(ctx, settingGear)
	if err != nil {
		return fmt.Errorf("read the settings of the hardware: %w", err)
	}
	var gear Gear
	if kept != nil {
		if err := json.Unmarshal(kept, &gear); err != nil {
			return fmt.Errorf("read the settings of the hardware: %w", err)
		}
	}
	s.use(s.named().or(gear))
	return nil
}

// or fills what is empty from another.
func (g Gear) or(other Gear) Gear {
	if len(g.Readers) == 0 {
		g.Readers = other.Readers
	}
	g.Scanner, g.Printer = cmp.Or(g.Scanner, other.Scanner), cmp.Or(g.Printer, other.Printer)
	return g
}

// named is the gear that the command line names.
func (s *Station) named() Gear {
	return Gear{Readers: s.opt.Readers, Scanner: s.opt.Scanner.Port, Printer: s.opt.Printer.Port}
}

// Named is the gear that the command line names: it goes before what is kept.
func (s *Station) Named() Gear { return s.named() }

// Gear is the gear in use.
func (s *Station) Gear() Gear {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gear
}

func (s *Station) use(gear Gear) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gear = gear
	s.Cards = &cards.Watcher{Readers: gear.Readers, Clock: s.opt.Clock, Log: s.opt.Log}
}

// SetGear keeps the gear on the device and has it used at once.
func (s *Station) SetGear(ctx context.Context, gear Gear) error {
	text, err := json.Marshal(gear)
	if err != nil {
		return fmt.Errorf("write the settings of the hardware: %w", err)
	}
	if err := s.Replica.Keep(ctx, settingGear, text); err != nil {
		return fmt.Errorf("write the settings of the hardware: %w", err)
	}
	return s.between(ctx, func() { s.use(s.named().or(gear)) })
}

// WithGear runs f with the hardware that is set up, and anew whenever that has
// changed, until ctx ends.
func (s *Station) WithGear(ctx context.Context, f func(context.Context, Hardware)) {
	for ctx.Err() == nil {
		s.session(ctx, f)
	}
}

// session runs f until ctx ends or something has to be done between two runs.
func (s *Station) session(ctx context.Context, f func(context.Context, Hardware)) {
	run, stop := context.WithCancel(ctx)
	hardware := s.hardware(run)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f(run, hardware)
	}()
	job := func() {}
	select {
	case <-ctx.Done():
	case job = <-s.jobs:
	}
	stop()
	<-ended
	for range hardware.Cards { // the ports are closed when the channels are
	}
	if hardware.Codes != nil {
		for range hardware.Codes {
		}
	}
	job()
}

// between does something while nobody uses the hardware. It waits for a WithGear.
func (s *Station) between(ctx context.Context, do func()) error {
	done := make(chan struct{})
	select {
	case s.jobs <- func() { defer close(done); do() }:
		<-done
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Station) hardware(ctx context.Context) Hardware {
	gear := s.Gear()
	out := Hardware{Cards: s.Cards.Watch(ctx), Codes: s.watchCodes(ctx, gear.Scanner)}
	if gear.Printer != "" {
		printer, err := s.Printer(escpos.Config{Port: gear.Printer, Baud: s.opt.Printer.Baud})
		if err != nil {
			s.opt.Log.Error("nothing will be printed", "err", err)
		} else {
			out.Printer = printer
		}
	}
	return out
}

// watchCodes tells what the scanner on a port reads, and keeps in mind whether it
// answers.
func (s *Station) watchCodes(ctx context.Context, port string) <-chan scanner.Event {
	if port == "" {
		return nil
	}
	cfg := s.opt.Scanner
	cfg.Port = port
	out := make(chan scanner.Event)
	go func() {
		defer close(out)
		for ev := range scanner.Watch(ctx, cfg) {
			s.scannerLost.Store(ev.Kind == scanner.Lost)
			select {
			case out <- ev:
			case <-ctx.Done():
			}
		}
	}()
	return out
}
