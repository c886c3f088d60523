package serialccid

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ezhitong.tw/drivers/emulator"
	"ezhitong.tw/drivers/iso7816"
	"ezhitong.tw/drivers/nhicard"
	"ezhitong.tw/drivers/serialline"
	"ezhitong.tw/drivers/smartcard"
)

// kinds are the readers of the family, as far as they differ on the line: faults of the emulator that are the ordinary way of
// a real model.
func kinds() map[string]emulator.Faults {
	return map[string]emulator.Faults{
		"GemPC Twin":              {},
		"GemCore PosPro":          {NoEcho: true},
		"SEC1210":                 {NoEcho: true, RefuseEscapes: true, Events: emulator.EventsNone},
		"Twin that tells at once": {Events: emulator.EventsUnsolicited},
	}
}

// row is one fault, written as on a command line, and the troubles that may come of it; none means that the card is read.
type row struct {
	fault, value string
	troubles     []error
}

func rows() []row {
	gone := []error{smartcard.ErrCardRemoved, smartcard.ErrNoCard}
	lossy := []error{ErrSilent, ErrNotCCID, iso7816.ErrDead, context.DeadlineExceeded, smartcard.ErrCardMute}
	return []row{
		{"no-echo", "on", nil},
		{"nak-first", "on", nil},
		{"nak-every", "2", nil},
		{"nak-every", "1", []error{&CommandError{}}},
		{"mute", "on", []error{ErrSilent}},
		{"echo-only-after-move", "on", nil},
		{"bad-lrc-every", "1", nil},
		{"bad-lrc-every", "3", nil},
		{"bad-seq-every", "1", nil},
		{"bad-seq-every", "3", nil},
		{"stale-every", "2", nil},
		{"drop-every", "7", nil},
		{"drop-every", "1", lossy},
		{"drop-at", "5", nil}, // without drop-every it strikes nothing
		{"half-every", "7", nil},
		{"half-every", "1", lossy},
		{"card-edc-every", "3", nil},
		{"card-edc-every", "1", []error{iso7816.ErrDead, smartcard.ErrCardMute}},
		{"garbage", "0041FF0303", nil},
		{"delay", "700ms", nil},
		{"delay", "1m", []error{context.DeadlineExceeded, ErrSilent}},
		{"byte-gap", "2ms", nil},
		{"wait-bytes", "5", nil},
		{"time-extensions", "3", nil},
		{"wtx", "3", nil},
		{"chunk", "7", nil},
		{"refuse-pps", "on", nil},
		{"refuse-escapes", "on", nil},
		{"remove-at", "1", gone},
		{"remove-at", "60", gone},
		{"remove-at", "148", gone},
		{"events", "none", nil},
	}
}

// limit is the deadline of every reading below.
const limit = 7 * time.Second

// attempt reads a card at a port from the opening to the record.
func attempt(ctx context.Context, port string) (nhicard.Card, error) {
	conn, err := Dial(ctx, Config{Port: port})
	if err != nil {
		return nhicard.Card{}, err
	}
	defer conn.Close()
	chip, err := conn.Connect(ctx)
	if err != nil {
		return nhicard.Card{}, err
	}
	return nhicard.Read(ctx, chip)
}

// among says whether an error is one of those named.
func among(err error, troubles []error) bool {
	return slices.ContainsFunc(troubles, func(want error) bool {
		var no *CommandError
		if errors.As(want, &no) {
			return errors.As(err, &no)
		}
		return errors.Is(err, want)
	})
}

// TestEveryFaultOfEveryReaderEndsInACardOrANamedTrouble walks the whole matrix. A fault of the emulator without a row fails.
func TestEveryFaultOfEveryReaderEndsInACardOrANamedTrouble(t *testing.T) {
	t.Parallel()
	unseen := emulator.FaultNames()
	for _, r := range rows() {
		unseen = slices.DeleteFunc(unseen, func(name string) bool { return name == r.fault })
		for kind, faults := range kinds() {
			t.Run(fmt.Sprintf("%s=%s, %s", r.fault, r.value, kind), func(t *testing.T) {
				t.Parallel()
				if err := faults.Set(r.fault, r.value); err != nil {
					t.Fatal(err)
				}
				sim := emulate(t, emulator.Config{Card: nhi(t), Faults: faults})
				began := time.Now()
				card, err := attempt(within(t, limit), sim.Path())
				if took := time.Since(began); took > limit+time.Second {
					t.Errorf("came back after %s", took)
				}
				if err == nil && r.troubles == nil && card.ID.Reveal() == emulator.Sample().ID {
					return
				}
				if err == nil || !among(err, r.troubles) {
					t.Errorf("%v", err)
				}
			})
		}
	}
	if len(unseen) > 0 {
		t.Errorf("faults without a row: %s", strings.Join(unseen, " "))
	}
}

func TestEveryCardInEveryReaderIsReadOrNamed(t *testing.T) {
	t.Parallel()
	made := func(card emulator.Card, err error) emulator.Card {
		if err != nil {
			t.Fatal(err)
		}
		return card
	}
	type trial struct {
		card emulator.Card
		want error
	}
	trials := map[string]trial{
		"new":     {made(emulator.NewCard(emulator.Sample())), nil},
		"T=0":     {made(emulator.T0(emulator.Sample())), nil},
		"hpc":     {emulator.HPC(), nhicard.ErrHPC},
		"foreign": {emulator.Foreign(), nhicard.ErrNotNHI},
		"mute":    {emulator.Mute(), smartcard.ErrCardMute},
		"empty":   {emulator.Card{}, smartcard.ErrNoCard},
		"unsound": {made(emulator.NHI(emulator.Sample(), emulator.WithRecord(make([]byte, 57)))), nhicard.ErrRecord},
		"short":   {made(emulator.NHI(emulator.Sample(), emulator.WithRecord(make([]byte, 12)))), nhicard.ErrRecord},
		"long":    {made(emulator.NHI(emulator.Sample(), emulator.WithRecord(make([]byte, 254)))), nhicard.ErrRecord},
	}
	for _, chip := range emulator.Chips() {
		trials[string(chip)] = trial{made(emulator.NHI(emulator.Sample(), emulator.WithChip(chip))), nil}
	}
	for name, c := range trials {
		for kind, faults := range kinds() {
			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()
				sim := emulate(t, emulator.Config{Card: c.card, Faults: faults})
				card, err := attempt(within(t, limit), sim.Path())
				if !errors.Is(err, c.want) || err == nil && card.ID.Reveal() != emulator.Sample().ID {
					t.Errorf("%v, want %v", err, c.want)
				}
			})
		}
	}
}

// TestTheCardIsPulledOutAtEveryByte takes the card out at each byte that passes its contacts, and puts the next one in.
func TestTheCardIsPulledOutAtEveryByte(t *testing.T) {
	t.Parallel()
	for kind, faults := range kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			sim := emulate(t, emulator.Config{Faults: faults})
			conn := dial(within(t, time.Minute), t, Config{Port: sim.Path()})
			for at := 1; ; at++ {
				faults.RemoveAt = at
				if err := sim.SetFaults(faults); err != nil {
					t.Fatal(err)
				}
				sim.Insert(nhi(t))
				ctx := within(t, limit)
				began := time.Now()
				chip, err := conn.Connect(ctx)
				if err == nil {
					err = basic(ctx, chip)
				}
				if took := time.Since(began); took > 2*time.Second {
					t.Fatalf("byte %d: came back after %s", at, took)
				}
				if err == nil {
					if at != 149 { // the length of the exchange: 25, PPS 8, IFS 10, SELECT 31, GET DATA 74, and one
						t.Fatalf("byte %d: the card stayed in", at)
					}
					return
				}
				if !errors.Is(err, smartcard.ErrCardRemoved) && !errors.Is(err, smartcard.ErrNoCard) {
					t.Fatalf("byte %d: %v", at, err)
				}
			}
		})
	}
}

// TestTheCableIsPulledAtEveryPiece hangs the line up at each piece of the exchange.
func TestTheCableIsPulledAtEveryPiece(t *testing.T) {
	t.Parallel()
	for nth := 1; nth <= 40; nth++ {
		t.Run(fmt.Sprint(nth), func(t *testing.T) {
			t.Parallel()
			now, pieces := make(chan struct{}), 0
			sim := emulate(t, emulator.Config{Card: nhi(t), Watch: func(p emulator.Piece) {
				if p.From != emulator.FromReader {
					return
				}
				if pieces++; pieces == nth {
					close(now)
				}
			}})
			cut := make(chan error, 1)
			done := make(chan struct{})
			go func() {
				select {
				case <-now:
					cut <- sim.Cut()
				case <-done: // the exchange was over before
					cut <- nil
				}
			}()
			_, err := attempt(within(t, limit), sim.Path())
			close(done)
			if cut := <-cut; cut != nil {
				t.Error(cut)
			}
			if err != nil && !errors.Is(err, serialline.ErrGone) {
				t.Error(err)
			}
		})
	}
}

// TestAByteIsLostAnywhereInTheRecord drops each byte of the answer that carries the record, once.
func TestAByteIsLostAnywhereInTheRecord(t *testing.T) {
	t.Parallel()
	for at := 0; at < 76; at += 1 + at/12 {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			t.Parallel()
			sim := emulate(t, emulator.Config{Card: nhi(t)})
			ctx := within(t, 9*time.Second)
			conn := dial(ctx, t, Config{Port: sim.Path()})
			chip, err := conn.Connect(ctx)
			if err != nil {
				t.Fatal(err)
			}
			answers := 0 // since the line opened: Dial's three, ATR, PPS, parameters, IFS
			for _, p := range sim.Transcript() {
				if p.From == emulator.FromHost {
					answers++
				}
			}
			// The next answer is SELECT's, the one after it the record; no later one is a multiple of its number.
			if err := sim.SetFaults(emulator.Faults{Drop: answers + 2, DropAt: at}); err != nil {
				t.Fatal(err)
			}
			if _, err := nhicard.Read(ctx, chip); err != nil {
				t.Errorf("%v, %+v", err, conn.Report())
			}
		})
	}
}
