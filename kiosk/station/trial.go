package station

import (
	"context"
	"errors"
	"time"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/drivers/escpos"
	"ezhitong.tw/drivers/scanner"
	"ezhitong.tw/drivers/serialline"
	"ezhitong.tw/kiosk/cards"
)

// Verdict is what a trial of a device came to, in words.
type Verdict struct {
	OK   bool
	Key  string   // of the catalogue
	Args []string // in pairs
}

const (
	answerTime = 6 * time.Second  // a reader or scanner has so long to answer
	trialTime  = 20 * time.Second // a person has so long to put a card in or scan something
	longText   = 60               // characters of a scanned text that are shown
)

// TryReader waits for a card in the reader at a place and reads it.
func (s *Station) TryReader(ctx context.Context, where string) (v Verdict) {
	if where == "" {
		return Verdict{Key: "gear.empty"}
	}
	v = Verdict{Key: "gear.reader.silent"}
	_ = s.between(ctx, func() {
		ctx, stop := context.WithCancel(ctx)
		events := (&cards.Watcher{Readers: []string{where}, Clock: s.opt.Clock, Log: s.opt.Log}).Watch(ctx)
		v = cardIn(events)
		stop()
		for range events {
		}
	})
	return v
}

func cardIn(events <-chan cards.Event) Verdict {
	silent, nobody := time.NewTimer(answerTime), time.NewTimer(trialTime)
	defer silent.Stop()
	defer nobody.Stop()
	for {
		select {
		case <-silent.C:
			return Verdict{Key: "gear.reader.silent"}
		case <-nobody.C:
			return Verdict{Key: "gear.reader.no_card"}
		case ev, open := <-events:
			switch {
			case !open:
				return Verdict{Key: "gear.reader.silent"}
			case ev.Kind == cards.ReaderReady, ev.Kind == cards.Reading:
				silent.Stop()
			case ev.Kind == cards.Recognised:
				return Verdict{OK: true, Key: "gear.reader.ok", Args: []string{"name", ev.Person.Name.String()}}
			case ev.Kind == cards.Unreadable:
				return Verdict{Key: "card." + ev.Problem}
			}
		}
	}
}

// TryScanner waits for a code from the scanner on a port and gives its text.
func (s *Station) TryScanner(ctx context.Context, port string) (v Verdict) {
	if port == "" {
		return Verdict{Key: "gear.empty"}
	}
	v = Verdict{Key: "gear.scanner.silent"}
	_ = s.between(ctx, func() {
		ctx, stop := context.WithCancel(ctx)
		cfg := s.opt.Scanner
		cfg.Port = port
		events := scanner.Watch(ctx, cfg)
		v = codeIn(events)
		stop()
		for range events {
		}
	})
	return v
}

func codeIn(events <-chan scanner.Event) Verdict {
	silent, nobody := time.NewTimer(answerTime), time.NewTimer(trialTime)
	defer silent.Stop()
	defer nobody.Stop()
	for {
		select {
		case <-silent.C:
			return Verdict{Key: "gear.scanner.silent"}
		case <-nobody.C:
			return Verdict{Key: "gear.scanner.nothing"}
		case ev, open := <-events:
			switch {
			case !open:
				return Verdict{Key: "gear.scanner.silent"}
			case ev.Kind == scanner.Ready:
				silent.Stop()
			case ev.Kind == scanner.Scanned:
				return Verdict{OK: true, Key: "gear.scanner.ok", Args: []string{"text", shortened(ev.Code.Reveal())}}
			case ev.Kind == scanner.Misread:
				return Verdict{Key: "gear.scanner.misread"}
			}
		}
	}
}

func shortened(text string) string {
	if r := []rune(text); len(r) > longText {
		return string(r[:longText]) + "…"
	}
	return text
}

// TryPrinter prints a trial slip on a port.
func (s *Station) TryPrinter(ctx context.Context, port string) Verdict {
	if port == "" {
		return Verdict{Key: "gear.empty"}
	}
	p, err := s.Printer(escpos.Config{Port: port, Baud: s.opt.Printer.Baud})
	if err == nil {
		err = p.PrintLines(ctx, i18n.T(i18n.Default, "gear.slip.title", nil), i18n.T(i18n.Default, "gear.slip", nil))
	}
	if err != nil {
		s.opt.Log.Warn("not printed", "err", err)
		return Verdict{Key: PrinterTrouble(err)}
	}
	return Verdict{OK: true, Key: "gear.printer.ok"}
}

// PrinterTrouble gives the key of what a person is told about a slip that did not
// come.
func PrinterTrouble(err error) string {
	switch {
	case errors.Is(err, escpos.ErrPaperEnd):
		return "gear.printer.paper"
	case errors.Is(err, escpos.ErrCoverOpen):
		return "gear.printer.cover"
	case errors.Is(err, escpos.ErrCutter):
		return "gear.printer.cutter"
	case errors.Is(err, serialline.ErrNoPort):
		return "gear.printer.no_port"
	}
	return "gear.printer.silent"
}
