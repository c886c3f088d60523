package serialccid

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"ezhitong.tw/drivers/emulator"
	"ezhitong.tw/drivers/smartcard"
)

// TestTheTraceNeverShowsThePerson reads cards over sound and over bad lines and looks for the holder in what is shown.
func TestTheTraceNeverShowsThePerson(t *testing.T) {
	t.Parallel()
	t0, err := emulator.T0(emulator.Sample())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]emulator.Config{
		"T=1":                    {Card: nhi(t)},
		"T=1 in small pieces":    {Card: nhi(t), Faults: emulator.Faults{Chunk: 3}},
		"T=0":                    {Card: t0},
		"wrong check bytes":      {Card: nhi(t), Faults: emulator.Faults{BadLRC: 2}},
		"bytes lost":             {Card: nhi(t), Faults: emulator.Faults{Drop: 7, DropAt: 3}},
		"half answers and noise": {Card: nhi(t), Faults: emulator.Faults{Half: 7, Garbage: emulator.Bytes{0x41}}},
		"old answers again":      {Card: nhi(t), Faults: emulator.Faults{Stale: 1}},
		"the card spoils blocks": {Card: nhi(t), Faults: emulator.Faults{CardBadEDC: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := emulate(t, c)
			var shown, whole strings.Builder
			ctx := within(t, 9*time.Second)
			conn := dial(ctx, t, Config{Port: sim.Path(), Trace: func(p smartcard.Piece) {
				fmt.Fprintln(&shown, p)
				fmt.Fprintln(&whole, p.Reveal())
			}})
			card, err := conn.Connect(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if err := basic(ctx, card); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(shown.String(), "CA 11 00 02 00 00") || !strings.Contains(shown.String(), "** **") {
				t.Errorf("no GET DATA in the trace:\n%s", shown.String())
			}
			holder := emulator.Sample()
			for _, secret := range []string{holder.ID[2:], holder.Number[6:], "0790215", "1120704"} {
				for _, part := range []string{secret, secret[:3], secret[len(secret)-3:]} {
					if text := strings.ToUpper(spaced(part)); strings.Contains(shown.String(), text) {
						t.Errorf("%s stands in the trace:\n%s", part, shown.String())
					}
				}
			}
		})
	}
}

// spaced writes the letters of a text as a trace does.
func spaced(text string) string {
	var out []string
	for _, b := range []byte(text) {
		out = append(out, hex.EncodeToString([]byte{b}))
	}
	return strings.Join(out, " ")
}

func TestTheWholeTraceIsTheWholeExchange(t *testing.T) {
	sim := emulate(t, emulator.Config{Card: nhi(t)})
	ctx := within(t, 9*time.Second)
	var whole []string
	conn := dial(ctx, t, Config{Port: sim.Path(), Trace: func(p smartcard.Piece) { whole = append(whole, p.Reveal()) }})
	card, err := conn.Connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := basic(ctx, card); err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, p := range sim.Transcript() {
		want = append(want, p.String())
	}
	if got := strings.Join(whole, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("traced\n%s\nthe reader said\n%s", got, strings.Join(want, "\n"))
	}
}
