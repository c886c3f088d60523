package serialccid

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ezhitong.tw/drivers/emulator"
	"ezhitong.tw/drivers/iso7816"
	"ezhitong.tw/drivers/serialline"
	"ezhitong.tw/drivers/smartcard"
	"ezhitong.tw/drivers/smartcard/smartcardtest"
)

// TestMain lets many tests run at once: they wait for timers, not for the processor.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "64"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

func emulate(t *testing.T, c emulator.Config) *emulator.Reader {
	t.Helper()
	r, err := emulator.Start(context.WithoutCancel(t.Context()), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func nhi(t *testing.T) emulator.Card {
	t.Helper()
	card, err := emulator.NHI(emulator.Sample())
	if err != nil {
		t.Fatal(err)
	}
	return card
}

// within gives a context with a limit that ends with the test.
func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func dial(ctx context.Context, t *testing.T, cfg Config) *Conn {
	t.Helper()
	c, err := Dial(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// basic reads the basic data, by the two commands.
func basic(ctx context.Context, k iso7816.Transmitter) error {
	for _, apdu := range [][]byte{
		{0, 0xA4, 4, 0, 16, 0xD1, 0x58, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x11, 0},
		{0, 0xCA, 0x11, 0, 2, 0, 0},
	} {
		r, err := iso7816.Send(ctx, k, apdu)
		if err != nil {
			return err
		}
		if r.Status != iso7816.OK || apdu[1] == 0xCA && len(r.Data) != 57 {
			return errors.New("status " + r.Status.String())
		}
	}
	return nil
}

// watch starts a Reader and stops it, goroutine and all, at the end of the test.
func watch(t *testing.T, cfg Config) (*Reader, <-chan smartcard.Event) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := NewReader(cfg)
	events := r.Events(ctx)
	t.Cleanup(func() {
		cancel()
		for range events { // until the port is closed
		}
	})
	return r, events
}

func TestACardIsReadWellUnderASecondAfterItIsInserted(t *testing.T) {
	for name, f := range map[string]emulator.Faults{
		"movements told with the next answer": {},
		"movements told at once":              {Events: emulator.EventsUnsolicited},
		"movements not told":                  {Events: emulator.EventsNone},
		"the first answer lost":               {MoveMute: true},
	} {
		t.Run(name, func(t *testing.T) {
			sim := emulate(t, emulator.Config{Faults: f})
			r, events := watch(t, Config{Port: sim.Path()})
			smartcardtest.Expect(t, events, smartcard.ReaderReady)
			for range 3 {
				began := time.Now()
				sim.Insert(nhi(t))
				smartcardtest.Expect(t, events, smartcard.CardInserted)
				card, err := r.Connect(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if err := basic(t.Context(), card); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(began); took > time.Second {
					t.Errorf("took %s", took)
				}
				if err := card.Release(t.Context()); err != nil {
					t.Error(err)
				}
				sim.Remove()
				smartcardtest.Expect(t, events, smartcard.CardRemoved)
			}
		})
	}
}

func TestACardExchangedBetweenTwoLooksIsANewCard(t *testing.T) {
	sim := emulate(t, emulator.Config{Card: nhi(t)})
	r, events := watch(t, Config{Port: sim.Path()})
	smartcardtest.Expect(t, events, smartcard.ReaderReady)
	smartcardtest.Expect(t, events, smartcard.CardInserted)
	card, err := r.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sim.Remove()
	sim.Insert(nhi(t))
	smartcardtest.Expect(t, events, smartcard.CardRemoved)
	smartcardtest.Expect(t, events, smartcard.CardInserted)
	if err := basic(t.Context(), card); !errors.Is(err, smartcard.ErrCardRemoved) {
		t.Errorf("the old card still answers: %v", err)
	}
	if err := card.Reset(t.Context()); !errors.Is(err, smartcard.ErrCardRemoved) {
		t.Errorf("the old card was reset: %v", err)
	}
}

func TestTheReaderIsFoundAgainAfterItWasUnplugged(t *testing.T) {
	t.Parallel()
	link := filepath.Join(t.TempDir(), "reader")
	sim := emulate(t, emulator.Config{Link: link, Card: nhi(t)})
	r, events := watch(t, Config{Port: link})
	smartcardtest.Expect(t, events, smartcard.ReaderReady)
	smartcardtest.Expect(t, events, smartcard.CardInserted)
	for range 2 {
		if err := sim.Cut(); err != nil {
			t.Fatal(err)
		}
		smartcardtest.Expect(t, events, smartcard.CardRemoved)
		if e := smartcardtest.Expect(t, events, smartcard.ReaderLost); !errors.Is(e.Err, serialline.ErrGone) {
			t.Errorf("lost because of %v", e.Err)
		}
		if _, err := r.Connect(t.Context()); !errors.Is(err, smartcard.ErrNoReader) {
			t.Errorf("connected to nothing: %v", err)
		}
		if err := sim.Mend(); err != nil {
			t.Fatal(err)
		}
		mended := time.Now()
		for e := range events { // the port may be missed a few times before
			if e.Kind == smartcard.ReaderReady {
				break
			}
			if e.Kind != smartcard.ReaderLost {
				t.Fatalf("got %v", e.Kind)
			}
		}
		smartcardtest.Expect(t, events, smartcard.CardInserted)
		if took := time.Since(mended); took > 2500*time.Millisecond {
			t.Errorf("found again after %s", took)
		}
		card, err := r.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := basic(t.Context(), card); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAReaderThatIsPluggedInLaterIsFound(t *testing.T) {
	link := filepath.Join(t.TempDir(), "reader")
	_, events := watch(t, Config{Port: link})
	if e := smartcardtest.Expect(t, events, smartcard.ReaderLost); !errors.Is(e.Err, serialline.ErrNoPort) {
		t.Fatalf("lost because of %v", e.Err)
	}
	emulate(t, emulator.Config{Link: link})
	smartcardtest.Expect(t, events, smartcard.ReaderReady)
}

func TestAReaderThatFallsSilentIsLost(t *testing.T) {
	t.Parallel()
	sim := emulate(t, emulator.Config{})
	r, events := watch(t, Config{Port: sim.Path()})
	smartcardtest.Expect(t, events, smartcard.ReaderReady)
	if report, ok := r.Report(); !ok || !report.Echo || report.Firmware != "EmuTwin-V1.00" {
		t.Errorf("%+v, %v", report, ok)
	}
	if err := sim.SetFaults(emulator.Faults{Mute: true}); err != nil {
		t.Fatal(err)
	}
	if e := smartcardtest.Expect(t, events, smartcard.ReaderLost); !errors.Is(e.Err, ErrSilent) {
		t.Fatalf("lost because of %v", e.Err)
	}
	if err := sim.SetFaults(emulator.Faults{}); err != nil {
		t.Fatal(err)
	}
	for e := range events {
		if e.Kind == smartcard.ReaderReady {
			return
		}
	}
	t.Fatal("never found again")
}

// TestOneAnswerComesLateOrNever lets each command of a reading in turn wait three seconds, or go unanswered.
func TestOneAnswerComesLateOrNever(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]emulator.Faults{
		"late": {Delay: 3 * time.Second}, "lost": {Mute: true},
	} {
		for nth := int32(1); nth <= 8; nth++ {
			t.Run(name+" "+strconv.Itoa(int(nth)), func(t *testing.T) {
				t.Parallel()
				var seen atomic.Int32
				var sim atomic.Pointer[emulator.Reader]
				card := nhi(t)
				sim.Store(emulate(t, emulator.Config{Card: card, Watch: func(p emulator.Piece) {
					if p.From != emulator.FromHost {
						return
					}
					f := emulator.Faults{}
					if seen.Add(1) == nth {
						f = fault
					}
					if err := sim.Load().SetFaults(f); err != nil {
						t.Error(err)
					}
				}}))
				ctx := within(t, 9*time.Second)
				c := dial(ctx, t, Config{Port: sim.Load().Path(), WakeFirst: true})
				k, err := c.Connect(ctx)
				if err == nil {
					err = basic(ctx, k)
				}
				if err != nil {
					t.Errorf("%v, %+v", err, c.Report())
				}
			})
		}
	}
}

func TestAPortThatIsNoneIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for port, want := range map[string]error{
		"/dev/null": serialline.ErrNotSerial, file: serialline.ErrNotSerial, file + "x": serialline.ErrNoPort, "": serialline.ErrNoPort,
	} {
		_, err := Dial(within(t, 5*time.Second), Config{Port: port})
		if !errors.Is(err, want) || !errors.Is(err, smartcard.ErrNoReader) {
			t.Errorf("%q: %v", port, err)
		}
	}
	if _, err := Dial(within(t, 5*time.Second), Config{Port: "/dev/null", Baud: 12345}); !errors.Is(err, smartcard.ErrNoReader) {
		t.Error(err)
	}
}

func TestTheCallerMayStopWaitingAtAnyTime(t *testing.T) {
	t.Parallel()
	sim := emulate(t, emulator.Config{Card: nhi(t), Faults: emulator.Faults{Delay: time.Minute}})
	began := time.Now()
	if _, err := Dial(within(t, 300*time.Millisecond), Config{Port: sim.Path()}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if took := time.Since(began); took > 1500*time.Millisecond {
		t.Errorf("came back after %s", took)
	}
}

func TestACardAndItsReaderAgreeAsRecorded(t *testing.T) {
	sim := emulate(t, emulator.Config{Card: nhi(t)})
	ctx := within(t, 5*time.Second)
	c := dial(ctx, t, Config{Port: sim.Path()})
	k, err := c.Connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if k.Protocol() != 1 || k.FiDi() != 0x18 || string(k.ATR().Historical) != "THCC10TECOGDHN2" {
		t.Errorf("T=%d speed %02X %q", k.Protocol(), k.FiDi(), k.ATR().Historical)
	}
	if err := k.Reset(ctx); err != nil || k.FiDi() != iso7816.DefaultFiDi {
		t.Errorf("after a reset: speed %02X, %v", k.FiDi(), err)
	}
	if err := basic(ctx, k); err != nil {
		t.Error(err)
	}
	sim.Remove()
	if _, err := c.Connect(ctx); !errors.Is(err, smartcard.ErrNoCard) {
		t.Errorf("connected to no card: %v", err)
	}
	sim.Insert(emulator.Mute())
	if _, err := c.Connect(ctx); !errors.Is(err, smartcard.ErrCardMute) {
		t.Errorf("connected to a dead card: %v", err)
	}
}

func TestWrongCheckBytesAreReported(t *testing.T) {
	t.Parallel()
	sim := emulate(t, emulator.Config{Card: nhi(t), Faults: emulator.Faults{BadLRC: 1}})
	ctx := within(t, 5*time.Second)
	c := dial(ctx, t, Config{Port: sim.Path()})
	k, err := c.Connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := basic(ctx, k); err != nil {
		t.Fatal(err)
	}
	if r := c.Report(); len(r.Degraded) != 1 || r.Degraded[0] != "wrong LRC" || r.BadLRC == 0 {
		t.Errorf("%+v", r)
	}
}
