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
	return await(events, "gear.reader.silent", "gear.reader.no_card", func(ev cards.Event) (answers bool, v *Verdict) {
		switch ev.Kind {
		case cards.Recognised:
			return true, &Verdict{OK: true, Key: "gear.reader.ok", Args: []string{"name", ev.Person.Name.String()}}
		case cards.Unreadable:
			return true, &Verdict{Key: "card." + ev.Problem}
		}
		return ev.Kind == cards.ReaderReady || ev.Kind == cards.Reading, nil
	})
}

// await waits for an event that comes to a verdict. silent is the verdict on a device that
// does not answer, nothing that where the person did not do their part.
func await[E any](events <-chan E, silent, nothing string, judge func(E) (answers bool, v *Verdict)) Verdict {
	answer, part := time.NewTimer(answerTime), time.NewTimer(trialTime)
	defer answer.Stop()
	defer part.Stop()
	for {
		select {
		case <-answer.C:
			return Verdict{Key: silent}
		case <-part.C:
			return Verdict{Key: nothing}
		case ev, open := <-events:
			if !open {
				return Verdict{Key: silent}
			}
			answers, v := judge(ev)
			if v != nil {
				return *v
			}
			if answers {
				answer.Stop()
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
	return await(events, "gear.scanner.silent", "gear.scanner.nothing", func(ev scanner.Event) (answers bool, v *Verdict) {
		switch ev.Kind {
		case scanner.Scanned:
			return true, &Verdict{OK: true, Key: "gear.scanner.ok", Args: []string{"text", shortened(ev.Code.Reveal())}}
		case scanner.Misread:
			return true, &Verdict{Key: "gear.scanner.misread"}
		}
		return ev.Kind == scanner.Ready, nil
	})
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
