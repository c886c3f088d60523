package station

import (
	"context"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/sys/unix"

	"ezhitong.tw/drivers/emulator"
	"ezhitong.tw/drivers/scanner"
)

// parse reads a command line of front desk or kiosk.
func parse(t *testing.T, args ...string) (Flags, error) {
	t.Helper()
	t.Chdir(t.TempDir()) // no settings
	var f Flags
	parser, err := kong.New(&f, Settings("frontdesk", 5)...)
	if err != nil {
		t.Fatal(err)
	}
	_, err = parser.Parse(args)
	return f, err
}

func TestAScannersLineIsSetOnTheCommandLine(t *testing.T) {
	sim, err := emulator.StartScanner(context.WithoutCancel(t.Context()), emulator.ScannerConfig{Prefix: "\x02~", Suffix: "\x03"})
	if err != nil {
		t.Fatal(err)
	}
	f, err := parse(t, "--scanner", sim.Path(), "--scanner-baud=19200", `--scanner-prefix=\x02~`, `--scanner-suffix=\x03`)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	s := &Station{gear: Gear{Scanner: f.Scanner}, opt: Options{Scanner: f.scanner(), Log: slog.New(slog.DiscardHandler)}}
	events := s.Codes(ctx)
	defer func() {
		stop()
		for range events { // until the port is closed
		}
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	}()
	if e := <-events; e.Kind != scanner.Ready {
		t.Fatalf("%+v", e)
	}
	tty, err := os.OpenFile(sim.Path(), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tty.Close() }() // nothing was written
	line, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err != nil || line.Cflag&unix.CBAUD != unix.B19200 {
		t.Errorf("the line is set to %o, %v", line.Cflag&unix.CBAUD, err)
	}
	if err := sim.Scan("0193-7F2A"); err != nil {
		t.Fatal(err)
	}
	if e := <-events; e.Kind != scanner.Scanned || e.Code.Reveal() != "0193-7F2A" {
		t.Errorf("%+v", e)
	}
}

func TestAWrongScannerSettingIsRefusedAtOnce(t *testing.T) {
	for _, arg := range []string{"--scanner-baud=9601", `--scanner-prefix=\q`, `--scanner-suffix="`} {
		if _, err := parse(t, arg); err == nil {
			t.Errorf("%s was taken", arg)
		}
	}
	f, err := parse(t)
	if c := f.scanner(); err != nil || c.Port != "" || c.Baud != 9600 || c.Prefix != "" || c.Suffix != "" {
		t.Errorf("without any: %+v, %v", c, err)
	}
}
