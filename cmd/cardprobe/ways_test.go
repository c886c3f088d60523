package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"ezhitong.tw/drivers/emulator"
	"ezhitong.tw/drivers/emulator/pcscdtest"
)

// oracle starts Debian's smart card service with an emulated reader, where this process finds it.
func oracle(t *testing.T, card emulator.Card) (*emulator.Reader, *pcscdtest.Daemon) {
	t.Helper()
	link := filepath.Join(t.TempDir(), "twin")
	r, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Config{Card: card, Link: link})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	d := pcscdtest.Start(t, pcscdtest.Twin("NHI Twin serial", link))
	d.AnswerAt(socket)
	return r, d
}

// words runs the program and gives what it printed.
func words(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, &out, &errs)
	return out.String(), errs.String(), code
}

func TestACardIsReadThroughTheService(t *testing.T) {
	r, d := oracle(t, sample(t))
	for _, flag := range []string{"--pcsc", "--pcsc=Twin"} {
		stdout, stderr, code := words(t, "--json", "--reveal", flag)
		var object map[string]any
		if err := json.Unmarshal([]byte(stdout), &object); err != nil || stderr != "" {
			t.Fatalf("%v: %s%s", err, stdout, stderr)
		}
		wantCard(t, object, code)
	}
	stdout, _, code := words(t, "--list", "--json")
	if code != exitRead || !strings.Contains(stdout, `"pcsc":["NHI Twin serial 00 00"]`) {
		t.Errorf("--list: exit %d, %s", code, stdout)
	}
	if stdout, _, _ = words(t, "--list"); !strings.Contains(stdout, `--pcsc="NHI Twin serial 00 00"`) {
		t.Errorf("--list: %s", stdout)
	}
	r.Remove()
	d.Await("Card Removed From")
	for want, args := range map[string][]string{
		"unknown_reader": {"--json", "--pcsc=Omnikey"},
		"no_card":        {"--json", "--pcsc", "--timeout=2s"},
	} {
		if stdout, _, code := words(t, args...); code != exitTrouble || !strings.Contains(stdout, `"code":"`+want+`"`) {
			t.Errorf("%v: exit %d, %s", args, code, stdout)
		}
	}
}

func TestWithoutTheServiceItSaysSo(t *testing.T) {
	if stdout, _, code := words(t, "--json", "--pcsc"); code != exitTrouble || !strings.Contains(stdout, `"code":"no_service"`) {
		t.Errorf("exit %d, %s", code, stdout)
	}
	stdout, _, code := words(t, "--list", "--json")
	if code != exitRead || !strings.Contains(stdout, `"pcsc_trouble":"no_service"`) {
		t.Errorf("--list: exit %d, %s", code, stdout)
	}
	if stdout, _, code := words(t, "--list"); code != exitRead || !strings.Contains(stdout, "pcscd") {
		t.Errorf("--list: exit %d, %s", code, stdout)
	}
}

func TestTheTraceShowsBothDirectionsAndHidesThePerson(t *testing.T) {
	r := readerWith(t, sample(t), emulator.Faults{})
	_, stderr, code := words(t, "--trace", "--port", r.Path())
	if code != exitRead || !strings.Contains(stderr, " H 03 06 62") || !strings.Contains(stderr, " ** ** ** ") || strings.Contains(stderr, "41 31 32 33") {
		t.Errorf("exit %d\n%s", code, stderr)
	}
	if _, stderr, _ := words(t, "--trace", "--reveal", "--port", r.Path()); strings.Contains(stderr, "**") || !strings.Contains(stderr, "41 31 32 33 34 35 36 37 38 39") {
		t.Errorf("revealed:\n%s", stderr)
	}
}

func TestItWatchesUntilItIsStopped(t *testing.T) {
	r := readerWith(t, sample(t), emulator.Faults{})
	ctx, stop := context.WithCancel(t.Context())
	screen, out := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"--json", "--watch", "--port", r.Path()}, out, io.Discard)
		_ = out.Close() // a pipe always closes
	}()
	lines := bufio.NewScanner(screen)
	next := func(want string) {
		t.Helper()
		if !lines.Scan() || !strings.Contains(lines.Text(), want) {
			t.Fatalf("%s, want %s", lines.Text(), want)
		}
	}
	next(`"event":"reader_ready"`)
	next(`"event":"card_inserted"`)
	next(`"ok":true`)
	r.Remove()
	next(`"event":"card_removed"`)
	r.Insert(emulator.HPC())
	next(`"event":"card_inserted"`)
	next(`"code":"hpc"`)
	if err := r.Cut(); err != nil {
		t.Fatal(err)
	}
	next(`"event":"card_removed"`)
	next(`"event":"reader_lost","code":"line_gone"`)
	stop()
	for lines.Scan() { // what was on its way
	}
	if code := <-ended; code != exitRead {
		t.Errorf("exit %d", code)
	}
}
