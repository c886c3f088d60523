package pcsc

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"ezhitong.tw/drivers/emulator"
	"ezhitong.tw/drivers/pause"
	"ezhitong.tw/drivers/serialccid"
	"ezhitong.tw/drivers/smartcard"
	"ezhitong.tw/drivers/smartcard/smartcardtest"
)

// TestOracleOurDriverIsAsFastAsTheService measures, in one run and against equal emulators, the time from the insertion of a
// card to its parsed record: with our serial driver, and with Debian's pcscd and libccid. Ours may take 1.2 times as long.
// The cards go in at times that fall anywhere in what either polls.
func TestOracleOurDriverIsAsFastAsTheService(t *testing.T) {
	theirs, _ := reader(t, emulator.Config{})
	link := filepath.Join(t.TempDir(), "ours")
	ours, err := emulator.Start(t.Context(), emulator.Config{Link: link})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := ours.Close(); err != nil {
			t.Error(err)
		}
	}()
	service, seenByService := observe(t, Config{})
	driver, seenByDriver := follow(t, serialccid.NewReader(serialccid.Config{Port: link}))
	smartcardtest.Expect(t, seenByService, smartcard.ReaderReady)
	smartcardtest.Expect(t, seenByDriver, smartcard.ReaderReady)
	card := nhi(t)
	measure := func(sim *emulator.Reader, r smartcard.Reader, seen <-chan smartcard.Event) time.Duration {
		began := time.Now()
		sim.Insert(card)
		smartcardtest.Expect(t, seen, smartcard.CardInserted)
		got, err := read(within(t, 10*time.Second), r)
		took := time.Since(began)
		if err != nil || got.ID.Reveal() != emulator.Sample().ID {
			t.Fatal(errors.Join(errors.New("not read"), err))
		}
		sim.Remove()
		smartcardtest.Expect(t, seen, smartcard.CardRemoved)
		return took
	}
	var with, without []time.Duration
	for i := range 12 {
		if err := pause.For(t.Context(), time.Duration(i)*37*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		with = append(with, measure(theirs, service, seenByService))
		without = append(without, measure(ours, driver, seenByDriver))
	}
	slices.Sort(with)
	slices.Sort(without)
	median := func(d []time.Duration) time.Duration { return (d[len(d)/2-1] + d[len(d)/2]) / 2 }
	t.Logf("insertion to record, median of %d: our driver %s, pcscd %s; longest %s, %s",
		len(with), median(without), median(with), without[len(without)-1], with[len(with)-1])
	if float64(median(without)) > 1.2*float64(median(with)) {
		t.Errorf("our driver takes %s, pcscd %s", median(without), median(with))
	}
}
