package pcsc

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ezhitong.tw/drivers/emulator"
	"ezhitong.tw/drivers/emulator/pcscdtest"
	"ezhitong.tw/drivers/nhicard"
	"ezhitong.tw/drivers/smartcard"
	"ezhitong.tw/drivers/smartcard/smartcardtest"
)

const twin = "NHI Twin serial"

// socket is where libpcsclite looks for the service. It asks the environment once in a process, so each daemon is reached
// over the same name.
var socket string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "pcsc")
	if err == nil {
		socket = filepath.Join(folder, "socket")
		err = os.Setenv("PCSCLITE_CSOCK_NAME", socket)
	}
	if err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(folder)
		os.Exit(code)
	}))
}

// service starts pcscd and lets this process find it.
func service(t *testing.T, readers ...pcscdtest.Reader) *pcscdtest.Daemon {
	t.Helper()
	d := pcscdtest.Start(t, readers...)
	d.AnswerAt(socket)
	return d
}

// reader starts an emulated reader and pcscd with it.
func reader(t *testing.T, c emulator.Config) (*emulator.Reader, *pcscdtest.Daemon) {
	t.Helper()
	c.Link = filepath.Join(t.TempDir(), "twin")
	sim, err := emulator.Start(context.WithoutCancel(t.Context()), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	return sim, service(t, pcscdtest.Twin(twin, c.Link))
}

func nhi(t testing.TB) emulator.Card {
	t.Helper()
	card, err := emulator.NHI(emulator.Sample())
	if err != nil {
		t.Fatal(err)
	}
	return card
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func observe(t *testing.T, cfg Config) (smartcard.Reader, <-chan smartcard.Event) {
	t.Helper()
	return follow(t, NewReader(cfg))
}

// follow watches a reader and stops it at the end of the test.
func follow(t *testing.T, r smartcard.Reader) (smartcard.Reader, <-chan smartcard.Event) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	events := r.Events(ctx)
	t.Cleanup(func() {
		cancel()
		for range events { // until the context is released
		}
	})
	return r, events
}

// read reads the card in the reader and lets it go.
func read(ctx context.Context, r smartcard.Reader) (nhicard.Card, error) {
	chip, err := r.Connect(ctx)
	if err != nil {
		return nhicard.Card{}, err
	}
	card, err := nhicard.Read(ctx, chip)
	return card, errors.Join(err, chip.Release(ctx))
}

func TestOracleCardsComeAndGoThroughTheService(t *testing.T) {
	sim, _ := reader(t, emulator.Config{})
	names, err := Readers(t.Context())
	if err != nil || len(names) != 1 || !strings.Contains(names[0], twin) {
		t.Fatalf("%q, %v", names, err)
	}
	r, events := observe(t, Config{Reader: "Twin"})
	smartcardtest.Expect(t, events, smartcard.ReaderReady)
	if _, err := r.Connect(t.Context()); !errors.Is(err, smartcard.ErrNoCard) {
		t.Errorf("connected to no card: %v", err)
	}
	for range 3 {
		sim.Insert(nhi(t))
		smartcardtest.Expect(t, events, smartcard.CardInserted)
		card, err := read(within(t, 10*time.Second), r)
		if err != nil || card.ID.Reveal() != "A123456789" {
			t.Fatalf("%v, %v", card.ID, err)
		}
		sim.Remove()
		smartcardtest.Expect(t, events, smartcard.CardRemoved)
	}
}

func TestOracleEveryKindOfCardThroughTheService(t *testing.T) {
	sim, _ := reader(t, emulator.Config{})
	r, events := observe(t, Config{})
	smartcardtest.Expect(t, events, smartcard.ReaderReady)
	make := func(card emulator.Card, err error) emulator.Card {
		if err != nil {
			t.Fatal(err)
		}
		return card
	}
	for _, c := range []struct {
		card     emulator.Card
		protocol int
		want     error
	}{
		{make(emulator.NewCard(emulator.Sample())), 1, nil},
		{make(emulator.T0(emulator.Sample())), 0, nil},
		{emulator.HPC(), 1, nhicard.ErrHPC},
		{emulator.Foreign(), 1, nhicard.ErrNotNHI},
		{emulator.Mute(), 1, smartcard.ErrCardMute},
	} {
		t.Run(c.card.Kind(), func(t *testing.T) {
			sim.Insert(c.card)
			smartcardtest.Expect(t, events, smartcard.CardInserted)
			if card, err := read(within(t, 10*time.Second), r); !errors.Is(err, c.want) || err == nil && card.ID.Reveal() != "A123456789" {
				t.Errorf("%v", err)
			}
			sim.Remove()
			smartcardtest.Expect(t, events, smartcard.CardRemoved)
		})
	}
}

func TestOracleACardPulledOutMidReadThroughTheService(t *testing.T) {
	sim, _ := reader(t, emulator.Config{})
	r, events := observe(t, Config{})
	smartcardtest.Expect(t, events, smartcard.ReaderReady)
	sim.Insert(nhi(t))
	smartcardtest.Expect(t, events, smartcard.CardInserted)
	if err := sim.SetFaults(emulator.Faults{RemoveAt: 85}); err != nil {
		t.Fatal(err)
	}
	if _, err := read(within(t, 10*time.Second), r); !errors.Is(err, smartcard.ErrCardRemoved) {
		t.Errorf("%v", err)
	}
	smartcardtest.Expect(t, events, smartcard.CardRemoved)
	sim.Insert(nhi(t))
	smartcardtest.Expect(t, events, smartcard.CardInserted)
	if _, err := read(within(t, 10*time.Second), r); err != nil {
		t.Error(err)
	}
}

func TestOracleACallerNeedNotWaitForTheService(t *testing.T) {
	sim, _ := reader(t, emulator.Config{Card: nhi(t)})
	chip, err := Connect(within(t, 10*time.Second), Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.SetFaults(emulator.Faults{Delay: 2 * time.Second}); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, err := nhicard.Read(within(t, 200*time.Millisecond), chip); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("read: %v", err)
	}
	if err := chip.Release(within(t, 200*time.Millisecond)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("released: %v", err)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("came back after %s", took)
	}
	if err := sim.SetFaults(emulator.Faults{}); err != nil {
		t.Fatal(err)
	}
	again := NewReader(Config{})
	if _, err := read(within(t, 20*time.Second), again); err != nil {
		t.Errorf("read again: %v", err)
	}
}

func TestOracleAServiceThatEndsIsSaidAndFoundAgain(t *testing.T) {
	sim, d := reader(t, emulator.Config{Card: nhi(t)})
	_, events := observe(t, Config{})
	smartcardtest.Expect(t, events, smartcard.ReaderReady)
	smartcardtest.Expect(t, events, smartcard.CardInserted)
	d.Stop()
	smartcardtest.Expect(t, events, smartcard.CardRemoved)
	if e := smartcardtest.Expect(t, events, smartcard.ReaderLost); !errors.Is(e.Err, smartcard.ErrNoReader) {
		t.Errorf("lost because of %v", e.Err)
	}
	if err := os.Remove(socket); err != nil {
		t.Fatal(err)
	}
	service(t, pcscdtest.Twin(twin, sim.Path()))
	for e := range events { // a service that ends may first say one thing, then another
		if e.Kind == smartcard.ReaderReady {
			break
		}
	}
	smartcardtest.Expect(t, events, smartcard.CardInserted)
}

func TestWithoutAServiceEveryWayInSaysSo(t *testing.T) {
	if _, err := Readers(t.Context()); !errors.Is(err, ErrNoService) || !errors.Is(err, smartcard.ErrNoReader) {
		t.Errorf("Readers: %v", err)
	}
	if _, err := Connect(t.Context(), Config{}); !errors.Is(err, ErrNoService) {
		t.Errorf("Connect: %v", err)
	}
	_, events := observe(t, Config{})
	if e := smartcardtest.Expect(t, events, smartcard.ReaderLost); !errors.Is(e.Err, ErrNoService) {
		t.Errorf("lost because of %v", e.Err)
	}
}

func TestOracleAReaderOfAnotherNameIsNotTaken(t *testing.T) {
	reader(t, emulator.Config{Card: nhi(t)})
	if _, err := Connect(t.Context(), Config{Reader: "Omnikey"}); !errors.Is(err, ErrUnknownReader) || !errors.Is(err, smartcard.ErrNoReader) {
		t.Error(err)
	}
	_, events := observe(t, Config{Reader: "Omnikey"})
	if e := smartcardtest.Expect(t, events, smartcard.ReaderLost); !errors.Is(e.Err, ErrUnknownReader) {
		t.Errorf("lost because of %v", e.Err)
	}
}

func TestOracleTheTraceShowsCommandsAndResponses(t *testing.T) {
	reader(t, emulator.Config{Card: nhi(t)})
	var lines []string
	r := NewReader(Config{Trace: func(p smartcard.Piece) { lines = append(lines, p.String()) }})
	if _, err := read(within(t, 10*time.Second), r); err != nil {
		t.Fatal(err)
	}
	if len(lines) != 4 || lines[1] != "R 90 00" || lines[2] != "H 00 CA 11 00 02 00 00" || lines[3] != "R"+strings.Repeat(" **", 57)+" 90 00" {
		t.Errorf("%q", lines)
	}
}

func FuzzMultiString(f *testing.F) {
	f.Add([]byte("one\x00two\x00\x00"))
	f.Add([]byte("\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, name := range multiString(b) {
			if name == "" || strings.Contains(name, "\x00") {
				t.Errorf("%q holds %q", b, name)
			}
		}
	})
}
