package scanner

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ezhitong.tw/drivers/emulator"
	"ezhitong.tw/drivers/serialline"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, c emulator.ScannerConfig) *emulator.Scanner {
	t.Helper()
	s, err := emulator.StartScanner(context.WithoutCancel(t.Context()), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func watch(t *testing.T, cfg Config) <-chan Event {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	events := Watch(ctx, cfg)
	t.Cleanup(func() {
		stop()
		for range events { // until the port is closed
		}
	})
	return events
}

func next(t *testing.T, events <-chan Event, want Kind) Event {
	t.Helper()
	late := time.NewTimer(10 * time.Second)
	defer late.Stop()
	select {
	case e, open := <-events:
		if !open || e.Kind != want {
			t.Fatalf("got %d (%v, %v), want %d", e.Kind, e.Code, e.Err, want)
		}
		return e
	case <-late.C:
		t.Fatalf("nothing came, want %d", want)
	}
	return Event{}
}

func TestCodesArriveHoweverTheScannerWritesThem(t *testing.T) {
	for name, c := range map[string]emulator.ScannerConfig{
		"with CR":              {},
		"with LF":              {Suffix: "\n"},
		"with CR LF":           {Suffix: "\r\n"},
		"with a tab":           {Suffix: "\t"},
		"with prefix and end":  {Prefix: "~Q", Suffix: "#\r"},
		"one byte at a time":   {Gap: 2 * time.Millisecond},
		"slowly with a prefix": {Prefix: "\x02", Suffix: "\x03", Gap: time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, c)
			suffix := c.Suffix
			if suffix == "\n" || suffix == "\r\n" {
				suffix = "" // it finds out by itself
			}
			events := watch(t, Config{Port: s.Path(), Prefix: c.Prefix, Suffix: suffix})
			next(t, events, Ready)
			for _, code := range []string{"0193-7F2A", "https://ezhitong.tw/c/0193-7F2A?k=1", "綠川", strings.Repeat("9", maxCode)[:400]} {
				if err := s.Scan(code); err != nil {
					t.Fatal(err)
				}
				if e := next(t, events, Scanned); e.Code.Reveal() != code {
					t.Errorf("%q came as %q", code, e.Code.Reveal())
				}
			}
		})
	}
}

func TestWhatIsNoCodeIsSaid(t *testing.T) {
	s := start(t, emulator.ScannerConfig{})
	events := watch(t, Config{Port: s.Path(), Prefix: "~"})
	next(t, events, Ready)
	for _, c := range []struct {
		raw  string
		want error
	}{
		{"no prefix\r", ErrNoPrefix},
		{"~\xff\xfe\r", ErrNotText},
		{"~a\x00b\r", ErrNotText},
		{"~" + strings.Repeat("9", maxCode+200) + "\r", ErrTooLong},
		{"~cut off", ErrUnended},
	} {
		if err := s.Raw([]byte(c.raw)); err != nil {
			t.Fatal(err)
		}
		if e := next(t, events, Misread); !errors.Is(e.Err, c.want) {
			t.Errorf("%.20q: %v, want %v", c.raw, e.Err, c.want)
		}
		if err := s.Raw([]byte("\r\n~next\r")); err != nil {
			t.Fatal(err)
		}
		if e := next(t, events, Scanned); e.Code.Reveal() != "next" {
			t.Errorf("after %.20q came %q", c.raw, e.Code.Reveal())
		}
	}
}

func TestAScannerIsFoundAgainAfterItWasUnplugged(t *testing.T) {
	link := filepath.Join(t.TempDir(), "scanner")
	events := watch(t, Config{Port: link})
	if e := next(t, events, Lost); !errors.Is(e.Err, serialline.ErrNoPort) {
		t.Errorf("lost because of %v", e.Err)
	}
	s := start(t, emulator.ScannerConfig{Link: link})
	next(t, events, Ready)
	if err := s.Cut(); err != nil {
		t.Fatal(err)
	}
	if e := next(t, events, Lost); !errors.Is(e.Err, serialline.ErrGone) {
		t.Errorf("lost because of %v", e.Err)
	}
	if err := s.Mend(); err != nil {
		t.Fatal(err)
	}
	for e := range events { // while the cable was out it may have looked for the port once or twice
		if e.Kind == Ready {
			break
		}
	}
	if err := s.Scan("again"); err != nil {
		t.Fatal(err)
	}
	if e := next(t, events, Scanned); e.Code.Reveal() != "again" {
		t.Error(e.Code.Reveal())
	}
}

func TestACodeHidesItself(t *testing.T) {
	c := Code{"A123456789"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if got := fmt.Sprintf(verb, c); got != "code of 10 bytes" {
			t.Errorf("%s prints %s", verb, got)
		}
		if got := fmt.Sprintf(verb, Event{Code: c}); strings.Contains(got, "A12") {
			t.Errorf("%s of an event prints %s", verb, got)
		}
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("", "", []byte("one\rtwo\r\n"), uint8(3))
	f.Add("~", "##", []byte("~a###~b##"), uint8(1))
	f.Fuzz(func(t *testing.T, prefix, suffix string, b []byte, at uint8) {
		whole, err := newSplitter(prefix, suffix)
		if err != nil {
			if len(prefix) <= 16 && len(suffix) <= 16 {
				t.Fatal(err)
			}
			return
		}
		want := whole.feed(b)
		if len(whole.buf) > len(prefix)+maxCode+len(suffix) {
			t.Fatalf("it keeps %d bytes", len(whole.buf))
		}
		for _, e := range want {
			if text := e.Code.Reveal(); (e.Kind == Scanned) != (text != "") || strings.ContainsAny(text, "\r\n") {
				t.Fatalf("%v %q", e, text)
			}
		}
		parts, err := newSplitter(prefix, suffix)
		if err != nil {
			t.Fatal(err)
		}
		cut := min(int(at), len(b))
		if got := append(parts.feed(b[:cut]), parts.feed(b[cut:])...); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("in two parts %v, whole %v", got, want)
		}
	})
}
