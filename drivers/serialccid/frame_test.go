package serialccid

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// tokens decodes everything at hand.
func tokens(b ...[]byte) []token {
	var d decoder
	var out []token
	for _, piece := range b {
		d.feed(piece)
		for {
			tok, ok := d.next()
			if !ok {
				break
			}
			out = append(out, tok)
		}
	}
	return out
}

// recorded are frames of a recorded exchange between pcscd's driver and a reader.
var recorded = []struct {
	raw string
	msg message
}{
	{"03 06 6B 01 00 00 00 00 00 00 00 00 02 6D", message{Kind: cmdEscape, Data: []byte{2}}},
	{"03 06 65 00 00 00 00 00 02 00 00 00 62", message{Kind: cmdSlotStatus, Seq: 2}},
	{"03 06 81 00 00 00 00 00 02 01 00 01 86", message{Kind: ansSlotStatus, Seq: 2, P: [3]byte{1, 0, 1}}},
	{"03 06 83 00 00 00 00 00 04 41 0A 00 C9", message{Kind: ansEscape, Seq: 4, P: [3]byte{0x41, 0x0A, 0}}},
	{"03 06 62 00 00 00 00 00 08 01 00 00 6E", message{Kind: cmdPowerOn, Seq: 8, P: [3]byte{1}}},
	{"03 06 6F 04 00 00 00 00 14 00 00 00 FF 11 18 F6 7A", message{Kind: cmdXfrBlock, Seq: 0x14, Data: []byte{0xFF, 0x11, 0x18, 0xF6}}},
	{"03 06 61 07 00 00 00 00 15 01 00 00 18 10 FF 45 00 FE 00 3B", message{Kind: cmdSetParameters, Seq: 0x15, P: [3]byte{1}, Data: []byte{0x18, 0x10, 0xFF, 0x45, 0, 0xFE, 0}}},
	{"03 06 6F 05 00 00 00 00 18 01 00 00 00 E3 01 01 E3 76", message{Kind: cmdXfrBlock, Seq: 0x18, P: [3]byte{1}, Data: []byte{0, 0xE3, 1, 1, 0xE3}}},
	{"03 06 80 00 00 00 00 00 30 42 FE 00 09", message{Kind: ansDataBlock, Seq: 0x30, P: [3]byte{0x42, 0xFE, 0}}},
}

func TestFramesAreWrittenAndReadAsRecorded(t *testing.T) {
	for _, r := range recorded {
		raw := unhex(t, r.raw)
		if got := encode(r.msg); !bytes.Equal(got, raw) {
			t.Errorf("wrote % X, want %s", got, r.raw)
		}
		got := tokens(raw)
		if len(got) != 1 || got[0].Kind != tokenFrame || got[0].Msg.BadLRC || !bytes.Equal(encode(got[0].Msg), raw) {
			t.Errorf("%s: %+v", r.raw, got)
		}
	}
}

func TestEveryFlippedBitOfAFrameIsNoticed(t *testing.T) {
	raw := unhex(t, recorded[6].raw)
	for i := range len(raw) * 8 {
		bad := slices.Clone(raw)
		bad[i/8] ^= 1 << (i % 8)
		for _, tok := range tokens(bad) {
			if tok.Kind == tokenFrame && !tok.Msg.BadLRC {
				t.Errorf("bit %d passed unnoticed", i)
			}
		}
	}
}

func TestFramesArriveInAnyPieces(t *testing.T) {
	var all []byte
	for _, r := range recorded {
		all = append(all, unhex(t, r.raw)...)
	}
	var pieces [][]byte
	for i := range all {
		pieces = append(pieces, all[i:i+1])
	}
	if got := tokens(pieces...); len(got) != len(recorded) {
		t.Fatalf("%d tokens from %d frames", len(got), len(recorded))
	}
}

func TestWhatStandsBetweenFramesIsTold(t *testing.T) {
	frame := unhex(t, recorded[2].raw)
	stream := slices.Concat([]byte{0x50, 3, 3, 0x15, 0x16, 0xFF, 0x80}, frame, []byte{0x50, 2, 0x42, 3, 9, 3, 6, 0x10}, frame)
	want := []tokenKind{
		tokenInserted, tokenNAK, tokenTime, tokenTime, tokenFrame,
		tokenRemoved, tokenGarbage, tokenGarbage, tokenGarbage, tokenGarbage, tokenGarbage, tokenGarbage, tokenFrame,
	}
	var got []tokenKind
	for _, tok := range tokens(stream) {
		got = append(got, tok.Kind)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%v, want %v", got, want)
	}
}

func TestACutFrameDoesNotSwallowTheNextOne(t *testing.T) {
	long, next := unhex(t, recorded[6].raw), unhex(t, recorded[2].raw)
	got := tokens(slices.Concat(long[:14], next, next))
	frames := 0
	for _, tok := range got {
		if tok.Kind == tokenFrame && !tok.Msg.BadLRC {
			frames++
		}
	}
	if frames != 2 {
		t.Fatalf("%d sound frames: %+v", frames, got)
	}
}

func FuzzDecoder(f *testing.F) {
	for _, r := range recorded {
		f.Add(unhex(f, r.raw))
	}
	f.Add([]byte{0x50, 2, 0xFF, 3, 0x15, 0x16, 3, 6, 0x80, 0xFF, 0xFF, 0xFF, 0xFF})
	f.Fuzz(func(t *testing.T, b []byte) {
		var d decoder
		d.feed(b)
		for before := len(d.buf); ; before = len(d.buf) {
			tok, ok := d.next()
			if !ok {
				return
			}
			if len(d.buf) >= before {
				t.Fatalf("token %+v took nothing", tok)
			}
			if tok.Kind == tokenFrame && !tok.Msg.BadLRC && !bytes.Equal(encode(tok.Msg), tok.Raw) {
				t.Fatalf("% X was written again as % X", tok.Raw, encode(tok.Msg))
			}
		}
	})
}
