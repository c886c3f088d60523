package emulator

import (
	"bytes"
	"testing"
)

func frames(t *testing.T) [][]byte {
	t.Helper()
	return [][]byte{
		bytesOf(t, "03 06 6B 01 00 00 00 00 00 00 00 00 02 6D"),
		bytesOf(t, "03 06 65 00 00 00 00 00 02 00 00 00 62"),
		bytesOf(t, "03 06 6F 0B 00 00 00 00 1C 00 00 00 00 40 07 00 CA 11 00 02 00 00 9E 7D"),
		Message{Type: hostXfrBlock, Seq: 0x80, Data: bytes.Repeat([]byte{0xA5}, MaxData)}.Frame(),
	}
}

func TestAFrameIsFoundByteByByteAmongNoise(t *testing.T) {
	for _, frame := range frames(t) {
		var d Decoder
		var got []Token
		for _, b := range append(append([]byte{0xFF, 3, 3, 6, 0x65, 0xFF, 0xFF, 0xFF, 0xFF}, frame...), 3) {
			d.Feed([]byte{b})
			for tok, ok := d.Next(); ok; tok, ok = d.Next() {
				if tok.Kind != TokenJunk {
					got = append(got, tok)
				}
			}
		}
		if len(got) != 1 || got[0].Kind != TokenFrame || !bytes.Equal(got[0].Raw, frame) {
			t.Errorf("% X: found %v", frame, got)
		}
		if half := d.Flush(); !bytes.Equal(half, []byte{3}) {
			t.Errorf("left over % X", half)
		}
	}
}

func TestNoFlippedBitPassesAsAFrame(t *testing.T) {
	for _, frame := range frames(t) {
		for bit := range len(frame) * 8 {
			bad := bytes.Clone(frame)
			bad[bit/8] ^= 1 << (bit % 8)
			var d Decoder
			d.Feed(bad)
			for tok, ok := d.Next(); ok; tok, ok = d.Next() {
				if tok.Kind == TokenFrame {
					t.Fatalf("bit %d of % X: % X was taken", bit, frame, tok.Raw)
				}
			}
		}
	}
}

// FuzzDecoder holds the decoder to its promises: it loses no byte, whatever
// decodes encodes to the same bytes, and how the bytes arrive does not matter.
func FuzzDecoder(f *testing.F) {
	f.Add([]byte{0x03, 0x06, 0x65, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0x62}, uint8(3))
	f.Add([]byte{0x03, 0x15, 0x16, 0x50, 0x03, 0x03, 0x06, 0x6B, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x6D}, uint8(1))
	f.Add([]byte{0x03, 0x06, 0x6F, 0xFF, 0xFF, 0xFF, 0xFF}, uint8(0))
	f.Fuzz(func(t *testing.T, line []byte, step uint8) {
		whole, one := decode(t, line, len(line)), decode(t, line, int(step)+1)
		if len(whole) != len(one) {
			t.Fatalf("%d frames at once, %d in pieces", len(whole), len(one))
		}
		for i := range whole {
			if !bytes.Equal(whole[i].Raw, one[i].Raw) || whole[i].Kind != one[i].Kind {
				t.Fatalf("frame %d differs", i)
			}
		}
	})
}

func decode(t *testing.T, line []byte, step int) (found []Token) {
	var d Decoder
	var all []byte
	for rest := line; len(rest) > 0; {
		n := min(step, len(rest))
		d.Feed(rest[:n])
		rest = rest[n:]
		for tok, ok := d.Next(); ok; tok, ok = d.Next() {
			all = append(all, tok.Raw...)
			if tok.Kind == TokenFrame && !bytes.Equal(tok.Message.Frame(), tok.Raw) {
				t.Fatalf("% X became % X", tok.Raw, tok.Message.Frame())
			}
			if tok.Kind != TokenJunk {
				found = append(found, tok)
			}
		}
		if d.Pending() > overhead+MaxData {
			t.Fatalf("%d bytes kept", d.Pending())
		}
	}
	if all = append(all, d.Flush()...); !bytes.Equal(all, line) {
		t.Fatalf("bytes lost: % X became % X", line, all)
	}
	return found
}
