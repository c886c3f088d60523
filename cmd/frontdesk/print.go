package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"

	"fyne.io/fyne/v2"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/kiosk/paper"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/station"
	"ezhitong.tw/kiosk/ui"
)

// printing is what the page of the day's end has printed: files that lie in the
// device's folder for as long as the program runs, opened with the system's viewer.
type printing struct {
	app     fyne.App
	log     *slog.Logger
	station *station.Station
	folder  string
	author  func() string
	slips   func() *station.Printer
}

func printFolder(data string) string { return filepath.Join(data, "print") }

// forgetPrints removes what was printed: it names people, in the clear.
func forgetPrints(data string) error {
	if err := os.RemoveAll(printFolder(data)); err != nil {
		return fmt.Errorf("remove the print-outs: %w", err)
	}
	return nil
}

// Closing sums the day up.
func (p *printing) Closing(ctx context.Context) (reception.Closing, error) {
	return p.station.Counter.Closing(ctx)
}

// Decide records what was decided on what central doubts.
func (p *printing) Decide(ctx context.Context, d reception.Doubt, decision reception.Decision, reason string) error {
	return p.station.Counter.Decide(ctx, d, decision, reason)
}

// HasPrinter reports whether there is a slip printer.
func (p *printing) HasPrinter() bool { return p.slips() != nil }

// PrintSlip prints the figures.
func (p *printing) PrintSlip(ctx context.Context, c reception.Closing) error {
	return p.slips().PrintLines(ctx, i18n.T(i18n.Default, "closing.title", nil), paper.Lines(i18n.Default, c)...)
}

// PrintList opens the day's list.
func (p *printing) PrintList(ctx context.Context) (string, error) {
	return p.open("list", func(w io.Writer) error {
		_, err := writeList(ctx, w, p.station.Counter, p.station.Replica.Now())
		return err
	})
}

// PrintSummary opens the summary.
func (p *printing) PrintSummary(ctx context.Context, c reception.Closing) (string, error) {
	site, err := p.station.SiteName(ctx)
	if err != nil {
		return "", err
	}
	return p.open("summary", func(w io.Writer) error {
		return paper.Summary(w, i18n.Default, site, p.author(), p.station.Replica.Now(), c)
	})
}

// open writes a file and asks the system to show it. Whether it does, the system
// does not say; so the person is told where the file is.
func (p *printing) open(name string, write func(io.Writer) error) (path string, err error) {
	if err := os.MkdirAll(p.folder, 0o700); err != nil {
		return "", fmt.Errorf("make the folder for print-outs: %w", err)
	}
	path = filepath.Join(p.folder, name+p.station.Replica.Now().Format("-20060102-150405.000")+".pdf")
	if err := create(path, write); err != nil {
		return "", err
	}
	shown := make(chan error, 1)
	ui.Do(func() { shown <- p.app.OpenURL(&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}) })
	if err := <-shown; err != nil {
		p.log.Warn("not shown", "file", path, "why", err)
	}
	return path, nil
}
