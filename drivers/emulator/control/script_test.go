package control

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ezhitong.tw/drivers/emulator"
)

func TestAScriptMovesCards(t *testing.T) {
	var moves []string
	r := reader(t)
	c := New(r, func() { moves = append(moves, "quit") })
	s, err := ParseScript("# two patients\ninsert hpc\n\nremove\nfault delay=2s\nrepeat 2\n")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Play(t.Context(), s); err != nil {
		t.Error(err)
	}
	if r.Faults().Delay != 2*time.Second {
		t.Error("the last line was not obeyed")
	}
	if s, err = ParseScript("remove\nquit"); err != nil {
		t.Fatal(err)
	}
	if err := c.Play(t.Context(), s); err != nil || len(moves) != 1 {
		t.Errorf("%v, %v", moves, err)
	}
}

func TestAScriptWaitsAndStopsWhenItIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := ParseScript("wait 3s\nrepeat 4")
		if err != nil {
			t.Fatal(err)
		}
		c := New(nil, func() {})
		began := time.Now()
		if err := c.Play(t.Context(), s); err != nil || time.Since(began) != 12*time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
		if s, err = ParseScript("wait 1h\nrepeat"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Hour)
		defer cancel()
		if err := c.Play(ctx, s); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

func TestAScriptThatCannotRunSaysWhichLine(t *testing.T) {
	for text, line := range map[string]string{
		"wait": "1", "\nwait soon": "2", "repeat 0": "1", "repeat x": "1", "remove\nrepeat 2\nremove": "3",
	} {
		if _, err := ParseScript(text); err == nil || !strings.Contains(err.Error(), "Line "+line) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := ParseScript("remove\nrepeat"); err == nil {
		t.Error("a script that never rests was taken")
	}
	s, err := ParseScript("remove\ndance")
	if err != nil {
		t.Fatal(err)
	}
	if err := New(reader(t), func() {}).Play(t.Context(), s); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Error(err)
	}
}

func TestScannerAndPrinterObeyTheConsole(t *testing.T) {
	c := New(reader(t), func() {})
	for _, line := range []string{"scan 0193", "printer ok"} {
		if got := c.Do(line); !strings.HasPrefix(got, Refused) {
			t.Errorf("%s without one: %s", line, got)
		}
	}
	var err error
	if c.Scanner, err = emulator.StartScanner(t.Context(), emulator.ScannerConfig{}); err != nil {
		t.Fatal(err)
	}
	if c.Printer, err = emulator.StartPrinter(t.Context(), emulator.PrinterConfig{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(c.Scanner.Close(), c.Printer.Close()); err != nil {
			t.Error(err)
		}
	})
	for _, line := range []string{"scan 0193-7F2A", `scan "a b"`, "printer paper-out", "printer cover-open=on", "printer paper-out=off"} {
		if got := c.Do(line); got != OK {
			t.Errorf("%s: %s", line, got)
		}
	}
	if s := c.Printer.State(); s.PaperOut || !s.CoverOpen {
		t.Errorf("%+v", s)
	}
	for _, line := range []string{"scan", "scan a b", "printer", "printer fire=on", "printer paper-out=maybe"} {
		if got := c.Do(line); !strings.HasPrefix(got, Refused) {
			t.Errorf("%s: %s", line, got)
		}
	}
	if got := c.Do("printer ok"); got != OK || c.Printer.State() != (emulator.PrinterState{}) {
		t.Errorf("%s, %+v", got, c.Printer.State())
	}
}

func FuzzScript(f *testing.F) {
	f.Add("insert hpc\nwait 2s\nremove\nrepeat 3")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseScript(text)
		if err == nil && (s.times < 0 || s.forever && !s.pauses()) {
			t.Errorf("%q never rests", text)
		}
	})
}
