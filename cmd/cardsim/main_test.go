package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain lets the test binary be cardsim itself, for the tests that need a
// process.
func TestMain(m *testing.M) {
	if os.Getenv("BE_CARDSIM") == "1" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

func sim(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out strings.Builder
	err := run(t.Context(), args, strings.NewReader(""), &out)
	return strings.TrimSpace(out.String()), err
}

func gone(t *testing.T, paths ...string) {
	t.Helper()
	for _, p := range paths {
		if _, err := os.Lstat(p); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there: %v", filepath.Base(p), err)
		}
	}
}

func TestACardIsPutInAndTakenOutFromAnotherShell(t *testing.T) {
	folder := t.TempDir()
	link, socket := filepath.Join(folder, "reader"), filepath.Join(folder, "control")
	in, keyboard := io.Pipe()
	screen, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(t.Context(), []string{
			"serve", "--link", link, "--control", socket,
			"--holder", "A123456789,王小明,1961-06-15,M", "--no-echo", "--delay=1ms",
		}, in, out)
		ended <- errors.Join(err, in.Close(), out.Close())
	}()
	lines := bufio.NewScanner(screen)
	if !lines.Scan() {
		t.Fatal("no path was printed")
	}
	if target, err := os.Readlink(link); err != nil || target != lines.Text() {
		t.Errorf("the link leads to %q, printed %q, %v", target, lines.Text(), err)
	}
	for _, args := range [][]string{
		{"remove", "--control", socket},
		{"insert", "--control", socket, "--id", "A123456789", "--name", "王小明", "--birth", "1961-06-15", "--sex", "M"},
		{"insert", "--control", socket, "--id", "A800000014", "--name", "KIM DEOKHAN", "--birth", "1990-02-15", "--sex", "F", "--kind", "new", "--padding", "space"},
		{"insert", "--control", socket, "--kind", "hpc"},
		{"tell", "--control", socket, "fault delay=2ms"},
	} {
		if got, err := sim(t, args...); err != nil || got != "ok" {
			t.Errorf("%v: %s, %v", args, got, err)
		}
	}
	for _, args := range [][]string{
		{"insert", "--control", socket},
		{"insert", "--control", socket, "--kind", "gold"},
		{"insert", "--control", socket, "--kind", "hpc", "--id", "A123456789"},
		{"insert", "--id", "A123456789"},
		{"tell", "--control", socket, "dance"},
		{"serve", "--control", socket},
		{},
	} {
		if got, err := sim(t, args...); err == nil {
			t.Errorf("%v: %s", args, got)
		}
	}
	if _, err := io.WriteString(keyboard, "remove\nquit\n"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"ok", "ok"} {
		if !lines.Scan() || lines.Text() != want {
			t.Errorf("the keyboard was answered %q", lines.Text())
		}
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	gone(t, link, socket)
}

func TestASignalEndsItCleanly(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		folder := t.TempDir()
		link, socket := filepath.Join(folder, "reader"), filepath.Join(folder, "control")
		card := filepath.Join(folder, "card.json")
		text := `{"id":"A223456781","name":"陳美玲","birth":"1988-03-09","sex":"F"}`
		if err := os.WriteFile(card, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		cmd := exec.CommandContext(ctx, os.Args[0], "serve", "--link", link, "--control", socket, "--card", card, "--trace")
		cmd.Env = append(os.Environ(), "BE_CARDSIM=1")
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		if !lines.Scan() {
			t.Fatal("no path was printed")
		}
		host, err := os.OpenFile(link, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := host.Write([]byte{0x03, 0x06, 0x65, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0x62}); err != nil {
			t.Fatal(err)
		}
		want := "R 03 06 81 00 00 00 00 00 02 01 00 01 86"
		for lines.Scan() && lines.Text() != want {
		}
		if lines.Text() != want {
			t.Errorf("the trace ended with %q", lines.Text())
		}
		if err := errors.Join(host.Close(), cmd.Process.Signal(sig)); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // until the process has closed it
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %v", sig, err)
		}
		gone(t, link, socket)
	}
}

// TestAScriptAScannerAndAPrinterStandBesideTheReader prints a slip, scans a code and plays a script.
func TestAScriptAScannerAndAPrinterStandBesideTheReader(t *testing.T) {
	folder := t.TempDir()
	scanner, printer, script := filepath.Join(folder, "scanner"), filepath.Join(folder, "printer"), filepath.Join(folder, "script")
	if err := os.WriteFile(script, []byte("insert hpc\nremove\nrepeat 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	in, keyboard := io.Pipe()
	screen, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(t.Context(), []string{
			"serve", "--script", script, "--scanner", scanner, "--scanner-suffix", "#", "--printer", printer, "--slips", folder,
		}, in, out)
		ended <- errors.Join(err, in.Close(), out.Close())
	}()
	lines := bufio.NewScanner(screen)
	next := func(want string) {
		t.Helper()
		if !lines.Scan() || !strings.HasPrefix(lines.Text(), want) {
			t.Fatalf("told %q, want %q", lines.Text(), want)
		}
	}
	say := func(line string) {
		t.Helper()
		if _, err := io.WriteString(keyboard, line+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	next("/dev/")
	say("printer ok")
	next("ok")
	codes, err := os.OpenFile(scanner, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer codes.Close()
	say("scan 0193-7F2A")
	next("ok")
	got := make([]byte, 10)
	if _, err := io.ReadFull(codes, got); err != nil || string(got) != "0193-7F2A#" {
		t.Errorf("scanned %q, %v", got, err)
	}
	paper, err := os.OpenFile(printer, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer paper.Close()
	if _, err := paper.WriteString("A001\n\x1dVA\x00"); err != nil {
		t.Fatal(err)
	}
	next("slip " + filepath.Join(folder, "slip-001.png"))
	say("quit")
	next("ok")
	if err := <-ended; err != nil {
		t.Error(err)
	}
	gone(t, scanner, printer)
}

func TestAStartThatFailsLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	socket := filepath.Join(folder, "control")
	for _, args := range [][]string{
		{"serve", "--control", socket, "--link", filepath.Join(folder, "no", "reader")},
		{"serve", "--control", socket, "--printer", filepath.Join(folder, "no", "printer")},
		{"serve", "--control", socket, "--holder", "nobody"},
		{"serve", "--control", socket, "--wtx=-1"},
		{"serve", "--control", socket, "--events", "loud"},
		{"serve", "--control", socket, "--garbage", "xyz"},
		{"serve", "--control", socket, "--card", filepath.Join(folder, "none.json")},
	} {
		if got, err := sim(t, args...); err == nil {
			t.Errorf("%v: %s", args, got)
		}
		gone(t, socket)
	}
}
