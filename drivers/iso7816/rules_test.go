package iso7816

import (
	"bytes"
	"context"
	"errors"
	"testing"
)

// TestTheRulesOfErrorRecoveryOneByOne plays each rule of ISO/IEC 7816-3, 11.6.3, that binds the reader's side. A rule whose
// steps end with the answer is read; the others end in the error named.
func TestTheRulesOfErrorRecoveryOneByOne(t *testing.T) {
	for rule, c := range map[string]struct {
		ifsc  byte
		steps []string
		want  error
	}{
		"2.2: a block of a chain is acknowledged by the number of the next": {3, []string{
			"00 20 03 00 CA 11 > 00 90 00", "00 40 01 00 >" + answered,
		}, nil},
		"2.2: an acknowledgement that says of a fault is one all the same": {3, []string{
			"00 20 03 00 CA 11 > 00 92 00", "00 40 01 00 >" + answered,
		}, nil},
		"2.3: the card's chain is acknowledged block by block": {32, []string{
			asked + "> 00 20 01 AA", "00 90 00 > 00 60 01 90", "00 80 00 > 00 00 01 00",
		}, nil},
		"3: waiting time is granted with the card's own factor": {32, []string{
			asked + "> 00 C3 01 07", "00 E3 01 07 >" + answered,
		}, nil},
		"4: the card's new block size holds from the next block on": {3, []string{
			"00 20 03 00 CA 11 > 00 C1 01 20", "00 E1 01 20 > 00 90 00", "00 40 01 00 >" + answered,
		}, nil},
		"7.1: after an I-block an invalid block is answered by R with the number expected": {32, []string{
			asked + "> !" + answered, "00 81 00 >" + answered,
		}, nil},
		"7.1: in the middle of our chain too": {3, []string{
			"00 20 03 00 CA 11 > -", "00 82 00 > 00 90 00", "00 40 01 00 >" + answered,
		}, nil},
		"7.2: an R-block is sent again as it was, whatever is wrong this time": {32, []string{
			asked + "> -", "00 82 00 > !" + answered, "00 82 00 >" + answered,
		}, nil},
		"7.2: an acknowledgement is sent again as it was": {32, []string{
			asked + "> 00 20 01 AA", "00 90 00 > !00 40 02 90 00", "00 90 00 > -", "00 90 00 > 00 40 02 90 00",
		}, nil},
		"7.3: after an S-response an invalid block is answered by R": {32, []string{
			asked + "> 00 C3 01 01", "00 E3 01 01 > -", "00 82 00 >" + answered,
		}, nil},
		"7.4.2: after the third attempt in a row comes RESYNCH, and the numbers begin at 0 again": {32, []string{
			asked + "> -", "00 82 00 > -", "00 82 00 > -", "00 C0 00 > 00 E0 00", asked + ">" + answered,
		}, nil},
		"7.4.2: a sound block that asks for ours again is no failed attempt": {32, []string{
			asked + "> -", "00 82 00 > -", "00 82 00 > 00 80 00", asked + "> -", "00 82 00 > -", "00 82 00 >" + answered,
		}, nil},
		"a card that asks for the same block for ever is asked to start afresh": {32, []string{
			asked + "> 00 82 00", asked + "> 00 82 00", asked + "> 00 82 00", "00 C0 00 > 00 E0 00", asked + ">" + answered,
		}, nil},
		"7.4.3: RESYNCH is tried three times, then only a reset helps": {32, []string{
			asked + "> -", "00 82 00 > -", "00 82 00 > -", "00 C0 00 > -", "00 C0 00 > !00 E0 00", "00 C0 00 > 00 82 00",
		}, ErrDead},
		"7.5: a card may not ask for RESYNCH": {32, []string{
			asked + "> 00 C0 00", "00 82 00 >" + answered,
		}, nil},
		"9: the card breaks off our chain and asks for the command anew": {3, []string{
			"00 20 03 00 CA 11 > 00 C2 00", "00 E2 00 > 00 90 00",
		}, ErrAborted},
		"9: the card breaks off our chain and answers at once": {3, []string{
			"00 20 03 00 CA 11 > 00 C2 00", "00 E2 00 >" + answered,
		}, nil},
		"9: the card breaks off its own chain: what came of it is no part of the answer": {32, []string{
			asked + "> 00 20 02 BB BB", "00 90 00 > 00 C2 00", "00 E2 00 > 00 40 03 AA 90 00",
		}, nil},
		"9: its broken chain may be followed by the right to send": {32, []string{
			asked + "> 00 20 02 BB BB", "00 90 00 > 00 C2 00", "00 E2 00 > 00 90 00",
		}, ErrAborted},
		"an S-response to nothing is an invalid block": {32, []string{
			asked + "> 00 E1 01 FE", "00 82 00 >" + answered,
		}, nil},
		"a block for somebody else is an invalid block": {32, []string{
			asked + "> 21 00 03 AA 90 00", "00 82 00 >" + answered,
		}, nil},
		"the card's block sizes 00 and FF are invalid blocks": {32, []string{
			asked + "> 00 C1 01 00", "00 82 00 > 00 C1 01 FF", "00 82 00 >" + answered,
		}, nil},
	} {
		t.Run(rule, func(t *testing.T) {
			card, _ := play(t, T1Params{IFSC: c.ifsc}, c.steps...)
			got, err := card.Transmit(t.Context(), unhex(t, "00 CA 11 00"))
			if !errors.Is(err, c.want) || err == nil && !bytes.Equal(got, unhex(t, "AA 90 00")) {
				t.Errorf("% X, %v, want %v", got, err, c.want)
			}
		})
	}
}

// TestACommandAfterOneThatWasGivenUpIsNotGivenItsAnswer: the card still holds the answer to a command whose caller went away.
func TestACommandAfterOneThatWasGivenUpIsNotGivenItsAnswer(t *testing.T) {
	ctx, giveUp := context.WithCancel(t.Context())
	s := &script{t: t, steps: []string{
		asked + "> 00 20 02 BB BB",
		"00 C0 00 > 00 E0 00",
		"00 00 05 00 CA 12 00 00 >" + answered,
	}}
	card := NewT1(exchangeFunc(func(ctx context.Context, b []byte, factor byte) ([]byte, error) {
		answer, err := s.Exchange(ctx, b, factor)
		giveUp() // after the first block
		return answer, err
	}), T1Params{})
	if _, err := card.Transmit(ctx, unhex(t, "00 CA 11 00")); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	got, err := card.Transmit(t.Context(), unhex(t, "00 CA 12 00 00"))
	if err != nil || !bytes.Equal(got, unhex(t, "AA 90 00")) || len(s.steps) != 0 {
		t.Errorf("% X, %v, steps left %q", got, err, s.steps)
	}
}

// TestACardThatNeverEndsItsAnswerIsBrokenOff: a chain of more than any response holds, also of empty blocks.
func TestACardThatNeverEndsItsAnswerIsBrokenOff(t *testing.T) {
	for _, size := range []int{0, 200} {
		seq, blocks, aborted := byte(0), 0, false
		card := NewT1(exchangeFunc(func(_ context.Context, raw []byte, _ byte) ([]byte, error) {
			b, err := ParseBlock(raw, false)
			if err != nil {
				t.Fatal(err)
			}
			answer := Block{Kind: IBlock, Seq: seq, More: true, Info: make([]byte, size)}
			seq ^= 1
			if blocks++; blocks > 1<<17 {
				t.Fatal("it goes on for ever")
			}
			if b.Kind == SBlock {
				aborted = b.Code == Abort
				answer = b
				answer.Reply = true
			}
			return answer.Bytes(false)
		}), T1Params{})
		if _, err := card.Transmit(t.Context(), unhex(t, "00 CA 11 00")); !errors.Is(err, ErrEndless) || !aborted {
			t.Errorf("blocks of %d: %v, broken off: %v", size, err, aborted)
		}
	}
}

func TestAT1CardCorrectsTheLengthOfACommandWithData(t *testing.T) {
	card, _ := play(t, T1Params{},
		"00 00 08 00 CA 11 00 02 00 00 00 > 00 00 02 6C 01",
		"00 40 08 00 CA 11 00 02 00 00 01 > 00 40 03 AA 90 00")
	r, err := Send(t.Context(), card, unhex(t, "00 CA 11 00 02 00 00 00"))
	if err != nil || r.Status != OK || !bytes.Equal(r.Data, []byte{0xAA}) {
		t.Errorf("%+v, %v", r, err)
	}
}
