package iso7816

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// script plays the card: each step is the block it must get and the one it gives back, without check bytes.
// "-" as an answer is silence; an answer that begins with "!" is given with a wrong check byte.
type script struct {
	t       *testing.T
	steps   []string
	factors []byte
	crc     bool
}

func (s *script) Exchange(_ context.Context, block []byte, factor byte) ([]byte, error) {
	s.t.Helper()
	s.factors = append(s.factors, factor)
	if len(s.steps) == 0 {
		s.t.Errorf("unexpected block % X", block)
		return nil, errors.New("end of script")
	}
	want, answer, _ := strings.Cut(s.steps[0], ">")
	s.steps = s.steps[1:]
	if w := s.seal(unhex(s.t, want)); !bytes.Equal(block, w) {
		s.t.Errorf("sent % X, want % X", block, w)
	}
	answer = strings.TrimSpace(answer)
	if answer == "-" {
		return nil, fmt.Errorf("silence: %w", ErrNoBlock)
	}
	if bad, ok := strings.CutPrefix(answer, "!"); ok {
		b := s.seal(unhex(s.t, bad))
		b[len(b)-1] ^= 0xFF
		return b, nil
	}
	return s.seal(unhex(s.t, answer)), nil
}

func (s *script) seal(b []byte) []byte {
	if s.crc {
		sum := crc16(b)
		return append(b, byte(sum>>8), byte(sum))
	}
	return append(b, xor(b))
}

func play(t *testing.T, p T1Params, steps ...string) (*T1, *script) {
	t.Helper()
	s := &script{t: t, steps: steps, crc: p.CRC}
	t.Cleanup(func() {
		if len(s.steps) != 0 {
			t.Errorf("steps left: %q", s.steps)
		}
	})
	return NewT1(s, p), s
}

// ask sends 00 CA 11 00 and expects the answer AA 90 00.
func ask(t *testing.T, c *T1) {
	t.Helper()
	got, err := c.Transmit(t.Context(), unhex(t, "00 CA 11 00"))
	if err != nil || !bytes.Equal(got, unhex(t, "AA 90 00")) {
		t.Fatalf("% X, %v", got, err)
	}
}

const (
	asked    = "00 00 04 00 CA 11 00"
	answered = "00 00 03 AA 90 00"
)

func TestTheBlocksOfTheTranscript(t *testing.T) {
	c, _ := play(t, T1Params{IFSC: 0xFE},
		"00 C1 01 FE > 00 E1 01 FE",
		"00 00 15 00A4040010D1580000010000000000000000001100 > 00 00 02 90 00",
		"00 40 07 00 CA 11 00 02 00 00 > 00 40 03 AA 90 00")
	if err := c.Negotiate(t.Context(), 254); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Transmit(t.Context(), unhex(t, "00A4040010D1580000010000000000000000001100")); err != nil {
		t.Fatal(err)
	}
	got, err := c.Transmit(t.Context(), unhex(t, "00CA1100020000"))
	if err != nil || len(got) != 3 {
		t.Fatalf("% X, %v", got, err)
	}
}

func TestACardThatRefusesTheLongerBlockIsStillRead(t *testing.T) {
	c, _ := play(t, T1Params{},
		"00 C1 01 FE > 00 82 00", "00 C1 01 FE > -", "00 C1 01 FE > 00 82 00",
		asked+">"+answered)
	if err := c.Negotiate(t.Context(), 254); err == nil {
		t.Fatal("a refusal passed for consent")
	}
	ask(t, c)
}

func TestALongAnswerArrivesInThreeBlocks(t *testing.T) {
	c, _ := play(t, T1Params{}, asked+"> 00 20 01 AA", "00 90 00 > 00 60 01 90", "00 80 00 > 00 00 01 00")
	ask(t, c)
}

func TestALongCommandIsSentInBlocksTheCardCanHold(t *testing.T) {
	c, _ := play(t, T1Params{IFSC: 3}, "00 20 03 00 CA 11 > 00 90 00", "00 40 01 00 > "+answered)
	ask(t, c)
}

func TestTheCardShortensTheBlocksInMidChain(t *testing.T) {
	c, _ := play(t, T1Params{IFSC: 2},
		"00 20 02 00 CA > 00 C1 01 01", "00 E1 01 01 > 00 90 00", "00 60 01 11 > 00 80 00", "00 00 01 00 > "+answered)
	ask(t, c)
}

func TestTheCardAsksForMoreTime(t *testing.T) {
	c, s := play(t, T1Params{}, asked+"> 00 C3 01 05", "00 E3 01 05 > 00 C3 01 00", "00 E3 01 00 >"+answered)
	ask(t, c)
	if !slices.Equal(s.factors, []byte{0, 5, 1}) {
		t.Fatalf("waiting factors %v", s.factors)
	}
}

func TestABlockWithAWrongCheckByteIsAskedForAgain(t *testing.T) {
	c, _ := play(t, T1Params{}, asked+"> !"+answered, "00 81 00 >"+answered)
	ask(t, c)
	if c.Faults() != 1 {
		t.Errorf("%d faults counted", c.Faults())
	}
}

func TestOnlyFaultsInARowCount(t *testing.T) {
	var steps []string
	for range 5 {
		steps = append(steps, "00 82 00 > 00 C3 01 01", "00 E3 01 01 > -")
	}
	c, _ := play(t, T1Params{}, append(append([]string{asked + "> -"}, steps...), "00 82 00 >"+answered)...)
	ask(t, c)
}

func TestSilenceIsAskedAboutAgain(t *testing.T) {
	c, _ := play(t, T1Params{}, asked+"> -", "00 82 00 > -", "00 82 00 >"+answered)
	ask(t, c)
}

func TestABlockTheCardNeverGotIsSentAgain(t *testing.T) {
	c, _ := play(t, T1Params{}, asked+"> 00 81 00", asked+"> -", "00 82 00 > 00 80 00", asked+">"+answered)
	ask(t, c)
}

func TestAnOldBlockIsNotTakenForTheAnswer(t *testing.T) {
	c, _ := play(t, T1Params{}, asked+"> 00 40 03 BB 90 00", "00 82 00 >"+answered)
	ask(t, c)
}

func TestTheCardMissesOurRequestForTheNextBlock(t *testing.T) {
	c, _ := play(t, T1Params{}, asked+"> 00 20 01 AA", "00 90 00 > 00 91 00", "00 90 00 > 00 40 02 90 00")
	ask(t, c)
}

func TestAfterThreeRequestsTheTwoSidesStartAfresh(t *testing.T) {
	c, _ := play(t, T1Params{},
		asked+"> -", "00 82 00 > -", "00 82 00 > -",
		"00 C0 00 > -", "00 C0 00 > 00 E0 00",
		asked+">"+answered, "00 40 04 00 CA 11 00 > 00 40 03 AA 90 00")
	ask(t, c)
	ask(t, c)
}

func TestACardThatStaysSilentIsDeadUntilReset(t *testing.T) {
	c, _ := play(t, T1Params{},
		asked+"> -", "00 82 00 > -", "00 82 00 > -", "00 C0 00 > -", "00 C0 00 > -", "00 C0 00 > -")
	for range 2 {
		if _, err := c.Transmit(t.Context(), unhex(t, "00 CA 11 00")); !errors.Is(err, ErrDead) {
			t.Fatal(err)
		}
	}
	if !c.Dead() {
		t.Fatal("not dead")
	}
}

func TestTheCardBreaksOffAndIsAskedOnceMore(t *testing.T) {
	c, _ := play(t, T1Params{IFSC: 3},
		"00 20 03 00 CA 11 > 00 C2 00", "00 E2 00 > 00 80 00",
		"00 20 03 00 CA 11 > 00 90 00", "00 40 01 00 > "+answered)
	if _, err := c.Transmit(t.Context(), unhex(t, "00 CA 11 00")); !errors.Is(err, ErrAborted) {
		t.Fatal(err)
	}
	ask(t, c)
}

func TestACardThatUsesACRC(t *testing.T) {
	c, _ := play(t, T1Params{CRC: true}, asked+"> !"+answered, "00 81 00 >"+answered)
	ask(t, c)
}

func TestACancelledReadStopsBetweenBlocks(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c, _ := play(t, T1Params{})
	if _, err := c.Transmit(ctx, unhex(t, "00 CA 11 00")); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func TestVectorsWithNADOfAnotherReader(t *testing.T) {
	for _, s := range []string{"21 00 15 00A4040010D1580000010000000000000000001100 1D", "21 40 07 00CA1100020000 BF"} {
		raw := unhex(t, s)
		b, err := ParseBlock(raw, false)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := b.Bytes(false); err != nil || !bytes.Equal(again, raw) {
			t.Fatalf("% X, %v", again, err)
		}
	}
}

func TestEveryFlippedBitOfABlockIsNoticed(t *testing.T) {
	for _, crc := range []bool{false, true} {
		raw, err := Block{Kind: IBlock, Seq: 1, Info: []byte{1, 2, 3}}.Bytes(crc)
		if err != nil {
			t.Fatal(err)
		}
		for i := range len(raw) * 8 {
			bad := slices.Clone(raw)
			bad[i/8] ^= 1 << (i % 8)
			if _, err := ParseBlock(bad, crc); err == nil {
				t.Errorf("crc %v: bit %d passed unnoticed", crc, i)
			}
		}
	}
}

func FuzzBlock(f *testing.F) {
	for _, s := range []string{asked, answered, "00 C3 01 05", "00 81 00", "00 E0 00"} {
		f.Add(append(unhex(f, s), xor(unhex(f, s))), false)
	}
	f.Fuzz(func(t *testing.T, raw []byte, crc bool) {
		b, err := ParseBlock(raw, crc)
		if err != nil {
			return
		}
		if again, err := b.Bytes(crc); err != nil || !bytes.Equal(again, raw) {
			t.Fatalf("% X was written again as % X, %v", raw, again, err)
		}
	})
}

// FuzzT1 lets the card answer anything: the host must end, and never with a panic.
func FuzzT1(f *testing.F) {
	f.Add([]byte{4, 0, 0x90, 0, 0x90}, []byte{0, 0xCA, 0x11, 0})
	f.Fuzz(func(t *testing.T, answers, apdu []byte) {
		card := NewT1(exchangeFunc(func(context.Context, []byte, byte) ([]byte, error) {
			if len(answers) == 0 {
				return nil, errors.New("no more answers")
			}
			n := min(int(answers[0]), len(answers)-1)
			b := answers[1 : 1+n : 1+n]
			answers = answers[1+n:]
			if len(b) == 0 {
				return nil, ErrNoBlock
			}
			return append(b, xor(b)), nil
		}), T1Params{IFSC: 4})
		_, _ = card.Transmit(t.Context(), apdu)
	})
}

type exchangeFunc func(context.Context, []byte, byte) ([]byte, error)

func (f exchangeFunc) Exchange(ctx context.Context, b []byte, factor byte) ([]byte, error) {
	return f(ctx, b, factor)
}
