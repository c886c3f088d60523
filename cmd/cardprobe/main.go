// Command cardprobe reads one NHI card from a reader, on a serial port or behind the PC/SC service, and shows what is on it,
// or says what is wrong and what to do next. It always ends within its time limit, whatever the port does; with --watch it
// goes on until it is stopped.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"ezhitong.tw/drivers/pcsc"
	"ezhitong.tw/drivers/serialccid"
	"ezhitong.tw/drivers/smartcard"
	"ezhitong.tw/internal/version"
)

// The exit codes: the card was read, it was not, the command line is wrong.
const (
	exitRead    = 0
	exitTrouble = 1
	exitUsage   = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program. It leaves a goroutine behind only when the operating system holds on to the port.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	began := time.Now()
	f, err := parse(args, stdout)
	if errors.Is(err, errHelp) {
		return exitRead
	}
	if err != nil {
		show(slices.Contains(args, "--json"), stdout, stderr, output{Trouble: trouble("usage"), Detail: err.Error()})
		return exitUsage
	}
	switch {
	case f.List:
		ctx, cancel := context.WithTimeout(ctx, f.Timeout)
		defer cancel()
		if err := list(ctx, f.JSON, stdout); err != nil {
			return show(f.JSON, stdout, stderr, output{Trouble: trouble("internal"), Detail: err.Error()})
		}
		return exitRead
	case f.Watch:
		return watch{f.reader(f.tracer(began, stderr)), f, time.Now, stdout, stderr}.run(ctx)
	}
	return once(ctx, f, began, stdout, stderr)
}

// once reads one card.
func once(ctx context.Context, f flags, began time.Time, stdout, stderr io.Writer) int {
	// Two limits inside the one promised: the first ends the reading in good order, the second does not rely
	// on anything that touches the port.
	hard := f.Timeout - min(500*time.Millisecond, f.Timeout/8)
	soft := hard - min(300*time.Millisecond, f.Timeout/8)
	ctx, cancel := context.WithDeadline(ctx, began.Add(soft))
	defer cancel()
	p := &probe{open: f.slot(f.tracer(began, stderr)), today: began}
	result := make(chan output, 1)
	go func() { result <- p.run(ctx) }()
	watchdog := time.NewTimer(time.Until(began.Add(hard)))
	defer watchdog.Stop()
	var out output
	select {
	case out = <-result:
	case <-watchdog.C:
		out = output{Trouble: trouble(p.stage().code())}
	}
	out.Port, out.Reveal, out.Took = f.place(), f.Reveal, time.Since(began)
	return show(f.JSON, stdout, stderr, out)
}

// errHelp says that only the help was asked for.
var errHelp = errors.New("help was shown")

func parse(args []string, stdout io.Writer) (flags, error) {
	var f flags
	shown := false
	parser, err := kong.New(&f, kong.Name("cardprobe"), kong.Writers(stdout, stdout), kong.Vars{"version": "cardprobe " + version.Number},
		kong.Description("讀取一張健保卡並顯示內容。Reads one NHI card and shows what is on it."),
		kong.Exit(func(int) { shown = true }))
	if err != nil {
		return f, err
	}
	_, err = parser.Parse(args)
	if shown {
		return f, errHelp
	}
	return f, errors.Join(err, f.check())
}

// reader prepares the reader that --watch follows.
func (f flags) reader(trace func(smartcard.Piece)) smartcard.Reader {
	if f.PCSC.asked {
		return pcsc.NewReader(pcsc.Config{Reader: f.PCSC.name, Trace: trace})
	}
	return serialccid.NewReader(serialccid.Config{Port: f.Port, Trace: trace})
}

// slot prepares the place of one card.
func (f flags) slot(trace func(smartcard.Piece)) func(context.Context) (slot, error) {
	if f.PCSC.asked {
		return openPCSC(pcsc.Config{Reader: f.PCSC.name, Trace: trace})
	}
	return openSerial(serialccid.Config{Port: f.Port, WakeFirst: true, Trace: trace})
}

// tracer prints what both ends say, with the milliseconds since the start; nil when nobody asked for it.
func (f flags) tracer(began time.Time, to io.Writer) func(smartcard.Piece) {
	if !f.Trace {
		return nil
	}
	var mu sync.Mutex // after a time-out the last words of the reader may still come
	return func(p smartcard.Piece) {
		text := p.String()
		if f.Reveal {
			text = p.Reveal()
		}
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(to, "%8.1f %s\n", float64(time.Since(began).Microseconds())/1000, text)
	}
}
