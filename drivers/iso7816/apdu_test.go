package iso7816

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
)

// t0Script plays a T=0 card behind a reader: each step is the command it must get and its answer.
type t0Script struct {
	t     *testing.T
	steps []string
}

func (s *t0Script) Exchange(_ context.Context, tpdu []byte, _ byte) ([]byte, error) {
	s.t.Helper()
	if len(s.steps) == 0 {
		s.t.Fatalf("unexpected command % X", tpdu)
	}
	want, answer, _ := strings.Cut(s.steps[0], ">")
	s.steps = s.steps[1:]
	if w := unhex(s.t, want); !bytes.Equal(tpdu, w) {
		s.t.Errorf("sent % X, want % X", tpdu, w)
	}
	return unhex(s.t, answer), nil
}

func sendT0(t *testing.T, apdu string, steps ...string) (Response, error) {
	t.Helper()
	s := &t0Script{t, steps}
	r, err := Send(t.Context(), NewT0(s), unhex(t, apdu))
	if len(s.steps) != 0 {
		t.Errorf("steps left: %q", s.steps)
	}
	return r, err
}

func TestAT0CardHasItsAnswerFetched(t *testing.T) {
	r, err := sendT0(t, "00 CA 11 00 02 00 00", "00 CA 11 00 02 00 00 > 61 03", "00 C0 00 00 03 > 01 02 03 90 00")
	if err != nil || r.Status != OK || !bytes.Equal(r.Data, []byte{1, 2, 3}) {
		t.Fatalf("%+v, %v", r, err)
	}
}

func TestAT0AnswerComesInPieces(t *testing.T) {
	r, err := sendT0(t, "00 CA 11 00 02 00 00",
		"00 CA 11 00 02 00 00 > 61 02", "00 C0 00 00 02 > 01 02 61 01", "00 C0 00 00 01 > 03 90 00")
	if err != nil || r.Status != OK || !bytes.Equal(r.Data, []byte{1, 2, 3}) {
		t.Fatalf("%+v, %v", r, err)
	}
}

func TestAT0CardCorrectsTheLength(t *testing.T) {
	for _, steps := range [][]string{
		{"00 CA 11 00 02 00 00 > 6C 03", "00 CA 11 00 03 > 01 02 03 90 00"},
		{"00 CA 11 00 02 00 00 > 61 00", "00 C0 00 00 00 > 6C 03", "00 C0 00 00 03 > 01 02 03 90 00"},
	} {
		r, err := sendT0(t, "00 CA 11 00 02 00 00", steps...)
		if err != nil || r.Status != OK || !bytes.Equal(r.Data, []byte{1, 2, 3}) {
			t.Fatalf("%+v, %v", r, err)
		}
	}
}

func TestAT0CommandHasOneLengthByte(t *testing.T) {
	for _, c := range []struct{ apdu, tpdu string }{
		{"00 A4 00 00", "00 A4 00 00 00"},
		{"00 CA 11 00 39", "00 CA 11 00 39"},
		{"00 A4 04 00 02 01 02 00", "00 A4 04 00 02 01 02"},
	} {
		if r, err := sendT0(t, c.apdu, c.tpdu+"> 90 00"); err != nil || r.Status != OK {
			t.Fatalf("%s: %+v, %v", c.apdu, r, err)
		}
	}
}

func TestACardThatNeverFinishesIsLeft(t *testing.T) {
	endless := exchangeFunc(func(context.Context, []byte, byte) ([]byte, error) { return []byte{1, 0x61, 1}, nil })
	if _, err := Send(t.Context(), NewT0(endless), []byte{0, 0xCA, 0, 0}); !errors.Is(err, ErrAborted) {
		t.Fatal(err)
	}
	insisting := exchangeFunc(func(context.Context, []byte, byte) ([]byte, error) { return []byte{0x6C, 1}, nil })
	r, err := Send(t.Context(), NewT0(insisting), []byte{0, 0xCA, 0, 0})
	if err != nil || r.Status != 0x6C01 {
		t.Fatalf("%+v, %v", r, err)
	}
}

func TestAnAnswerWithoutStatusIsRefused(t *testing.T) {
	short := exchangeFunc(func(context.Context, []byte, byte) ([]byte, error) { return []byte{0x90}, nil })
	if _, err := Send(t.Context(), NewT0(short), []byte{0, 0xCA, 0, 0}); !errors.Is(err, ErrShort) {
		t.Fatal(err)
	}
	if _, err := NewT0(short).Transmit(t.Context(), []byte{0, 1}); !errors.Is(err, ErrCommand) {
		t.Fatal(err)
	}
}

func TestCommandsAreWrittenAsTheyAreRead(t *testing.T) {
	for _, s := range []string{"00A40000", "00CA110039", "00CA1100020000", "00CA110002000000", "00CA110000"} {
		c, err := ParseCommand(unhex(t, s))
		if err != nil {
			t.Fatal(err)
		}
		if again, err := c.Bytes(); err != nil || !bytes.Equal(again, unhex(t, s)) {
			t.Fatalf("%s: % X, %v", s, again, err)
		}
	}
	for _, s := range []string{"", "00A400", "00A404000501", "00A40400010102FF"} {
		if _, err := ParseCommand(unhex(t, s)); !errors.Is(err, ErrCommand) {
			t.Errorf("%s: %v", s, err)
		}
	}
}
