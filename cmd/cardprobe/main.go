// Command cardprobe reads one NHI card from a reader on a serial port and shows what is on it, or says what is
// wrong and what to do next. It always ends within its time limit, whatever the port does.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/alecthomas/kong"
)

// flags are what the command line takes.
type flags struct {
	Port    string        `required:"" help:"讀卡機的連接埠，例如 /dev/ttyUSB0。Serial port of the reader."`
	JSON    bool          `name:"json" help:"只輸出一個 JSON 物件。Print one JSON object and nothing else."`
	Reveal  bool          `help:"顯示完整個人資料，預設為隱碼。Show personal data in full; masked otherwise."`
	Timeout time.Duration `default:"10s" help:"最長時間，1s 至 5m。Longest running time, 1s to 5m."`
}

// The exit codes: the card was read, it was not, the command line is wrong.
const (
	exitRead    = 0
	exitTrouble = 1
	exitUsage   = 2
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the program. It leaves a goroutine behind only when the operating system holds on to the port.
func run(args []string, stdout, stderr io.Writer) int {
	began := time.Now()
	f, err := parse(args, stdout)
	if errors.Is(err, errHelp) {
		return exitRead
	}
	if err != nil {
		show(slices.Contains(args, "--json"), stdout, stderr, output{Trouble: trouble("usage"), Detail: err.Error()})
		return exitUsage
	}
	// Two limits inside the one promised: the first ends the reading in good order, the second does not rely
	// on anything that touches the port.
	hard := f.Timeout - min(500*time.Millisecond, f.Timeout/8)
	soft := hard - min(300*time.Millisecond, f.Timeout/8)
	ctx, cancel := context.WithDeadline(context.Background(), began.Add(soft))
	defer cancel()
	p := &probe{port: f.Port, today: began}
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
	out.Port, out.Reveal, out.Took = f.Port, f.Reveal, time.Since(began)
	return show(f.JSON, stdout, stderr, out)
}

// errHelp says that only the help was asked for.
var errHelp = errors.New("help was shown")

func parse(args []string, stdout io.Writer) (flags, error) {
	var f flags
	shown := false
	parser, err := kong.New(&f, kong.Name("cardprobe"), kong.Writers(stdout, stdout),
		kong.Description("讀取一張健保卡並顯示內容。Reads one NHI card and shows what is on it."),
		kong.Exit(func(int) { shown = true }))
	if err != nil {
		return f, err
	}
	_, err = parser.Parse(args)
	switch {
	case shown:
		return f, errHelp
	case err != nil:
		return f, err
	case f.Timeout < time.Second || f.Timeout > 5*time.Minute:
		return f, fmt.Errorf("--timeout=%s is not between 1s and 5m", f.Timeout)
	}
	return f, nil
}
