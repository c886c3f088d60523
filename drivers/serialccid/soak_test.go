package serialccid

import (
	"flag"
	"os"
	"runtime"
	"testing"

	"ezhitong.tw/drivers/emulator"
	"ezhitong.tw/drivers/nhicard"
	"ezhitong.tw/drivers/smartcard"
	"ezhitong.tw/drivers/smartcard/smartcardtest"
)

// cycles is how many cards go in and out; `make soak` asks for 100,000.
var cycles = flag.Int("cycles", 400, "cards that go in and out")

// footprint is what a program holds.
type footprint struct {
	goroutines, files int
	heap              uint64
}

func measure(t *testing.T) footprint {
	t.Helper()
	runtime.GC()
	runtime.GC() // what finalizers let go
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return footprint{runtime.NumGoroutine(), len(open), m.HeapAlloc}
}

// TestManyCardsComeAndGoWithoutALeak inserts, reads and removes one card after the other. What the program holds after a tenth
// of them is what it may hold at the end.
func TestManyCardsComeAndGoWithoutALeak(t *testing.T) {
	sim := emulate(t, emulator.Config{Faults: emulator.Faults{Events: emulator.EventsUnsolicited}})
	r, events := watch(t, Config{Port: sim.Path()})
	smartcardtest.Expect(t, events, smartcard.ReaderReady)
	card := nhi(t)
	var early footprint
	for i := 1; i <= *cycles; i++ {
		sim.Insert(card)
		smartcardtest.Expect(t, events, smartcard.CardInserted)
		chip, err := r.Connect(t.Context())
		if err != nil {
			t.Fatalf("card %d: %v", i, err)
		}
		read, err := nhicard.Read(t.Context(), chip)
		if err != nil || read.ID.Reveal() != emulator.Sample().ID {
			t.Fatalf("card %d: %v", i, err)
		}
		if err := chip.Release(t.Context()); err != nil {
			t.Fatalf("card %d: %v", i, err)
		}
		sim.Remove()
		smartcardtest.Expect(t, events, smartcard.CardRemoved)
		if i == *cycles/10 {
			early = measure(t)
		}
	}
	// The emulator keeps its last 4,096 pieces, which is some of the heap of either.
	late := measure(t)
	t.Logf("after %d cards %+v, after %d %+v", *cycles/10, early, *cycles, late)
	if late.goroutines > early.goroutines+2 || late.files > early.files+1 || late.heap > early.heap+2<<20 {
		t.Errorf("it grows: %+v, then %+v", early, late)
	}
}
