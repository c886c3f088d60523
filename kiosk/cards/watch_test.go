package cards_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ezhitong.tw/clinic"
	"ezhitong.tw/drivers/emulator"
	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/syncproto"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, c emulator.Config) *emulator.Reader {
	t.Helper()
	reader, err := emulator.Start(context.WithoutCancel(t.Context()), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
	})
	return reader
}

// follow watches the readers at these ports until the test ends.
func follow(t *testing.T, ports ...string) (*cards.Watcher, <-chan cards.Event) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	w := &cards.Watcher{Readers: ports, Clock: time.Now, Log: slog.New(slog.DiscardHandler)}
	seen := w.Watch(ctx)
	t.Cleanup(func() {
		stop()
		for range seen { // until the watcher has let go of the ports
		}
	})
	return w, seen
}

// at watches an emulated reader and gives it and what it sees.
func at(t *testing.T, faults emulator.Faults) (*emulator.Reader, *cards.Watcher, <-chan cards.Event) {
	t.Helper()
	reader := start(t, emulator.Config{Faults: faults})
	w, seen := follow(t, reader.Path())
	return reader, w, seen
}

func next(t *testing.T, seen <-chan cards.Event, want cards.Kind) cards.Event {
	t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	for {
		select {
		case e, open := <-seen:
			if !open {
				t.Fatal("the watch ended")
			}
			if e.Kind == want {
				return e
			}
		case <-deadline.C:
			t.Fatalf("no event %d came", want)
		}
	}
}

func card(t *testing.T) emulator.Card {
	t.Helper()
	c, err := emulator.NHI(emulator.Sample())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAnInsertedCardBecomesAPersonWithinASecond(t *testing.T) {
	reader, w, seen := at(t, emulator.Faults{})
	next(t, seen, cards.ReaderReady)
	if w.State() != syncproto.ReaderReady {
		t.Errorf("the reader is in state %d", w.State())
	}
	began := time.Now()
	reader.Insert(card(t))
	e := next(t, seen, cards.Recognised)
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %s", took)
	}
	want := emulator.Sample()
	if e.Person.ID.Reveal() != want.ID || e.Person.Name.Reveal() != want.Name || e.Doubt {
		t.Errorf("read %v, doubt %v", e.Person, e.Doubt)
	}
	if got := e.Person.Birth.Reveal(); got != (clinic.Date{Year: want.Birth.Year, Month: time.Month(want.Birth.Month), Day: want.Birth.Day}) {
		t.Errorf("born %v", got)
	}
	reader.Remove()
	next(t, seen, cards.Removed)
}

func TestEveryWrongCardSaysWhatIsWrong(t *testing.T) {
	for problem, wrong := range map[string]emulator.Card{
		cards.ProblemNotNHI: emulator.Foreign(),
		cards.ProblemHPC:    emulator.HPC(),
		cards.ProblemMute:   emulator.Mute(),
	} {
		t.Run(problem, func(t *testing.T) {
			reader, _, seen := at(t, emulator.Faults{})
			next(t, seen, cards.ReaderReady)
			reader.Insert(wrong)
			if e := next(t, seen, cards.Unreadable); e.Problem != problem {
				t.Errorf("said %s", e.Problem)
			}
			reader.Remove()
			next(t, seen, cards.Removed)
			reader.Insert(card(t)) // the next person is read as ever
			next(t, seen, cards.Recognised)
		})
	}
}

func TestACardPulledOutMidReadIsSaidAndTheNextIsRead(t *testing.T) {
	reader, _, seen := at(t, emulator.Faults{RemoveAt: 85})
	next(t, seen, cards.ReaderReady)
	reader.Insert(card(t))
	if e := next(t, seen, cards.Unreadable); e.Problem != cards.ProblemRemoved {
		t.Errorf("said %s", e.Problem)
	}
	if err := reader.SetFaults(emulator.Faults{}); err != nil {
		t.Fatal(err)
	}
	reader.Insert(card(t))
	next(t, seen, cards.Recognised)
}

func TestADeadReaderIsSaidAndFoundAgain(t *testing.T) {
	reader, w, seen := at(t, emulator.Faults{})
	next(t, seen, cards.ReaderReady)
	if err := reader.Cut(); err != nil {
		t.Fatal(err)
	}
	next(t, seen, cards.ReaderLost)
	if w.State() != syncproto.ReaderMissing {
		t.Errorf("the reader is in state %d", w.State())
	}
}

func TestAnHPCKeptInASecondReaderIsNoPatient(t *testing.T) {
	patients, staff := start(t, emulator.Config{}), start(t, emulator.Config{Card: emulator.HPC()})
	w, seen := follow(t, patients.Path(), staff.Path())
	next(t, seen, cards.Removed) // the HPC was looked at and set aside
	for range 2 {
		patients.Insert(card(t))
		next(t, seen, cards.Recognised)
		patients.Remove()
		next(t, seen, cards.Removed)
	}
	if w.State() != syncproto.ReaderReady {
		t.Errorf("the readers are in state %d", w.State())
	}
}

func TestAPlaceWithoutAReaderIsNoFault(t *testing.T) {
	w := &cards.Watcher{Clock: time.Now, Log: slog.New(slog.DiscardHandler)}
	if _, open := <-w.Watch(t.Context()); open || w.State() != syncproto.ReaderNone {
		t.Error("a reader was seen where there is none")
	}
}
