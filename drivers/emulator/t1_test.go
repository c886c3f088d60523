package emulator

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

const (
	blockSelect  = "00 00 15 00 A4 04 00 10 D1 58 00 00 01 00 00 00 00 00 00 00 00 00 11 00 3C"
	blockGetData = "00 40 07 00 CA 11 00 02 00 00 9E"
)

func TestTheCardKeepsTheRulesOfT1(t *testing.T) {
	tests := []struct {
		name   string
		chunk  int
		waits  int
		blocks []string // sent and answered in turn
	}{
		{name: "a spoiled block is asked for again", blocks: []string{
			"00 00 02 90 00 93", "00 81 00 81",
			blockSelect, "00 00 02 90 00 92",
			"00 40 07 00 CA 11 00 02 00 00 9F", "00 91 00 91",
		}},
		{name: "a block with another number is refused", blocks: []string{blockGetData, "00 82 00 82"}},
		{name: "a length that is not the length is refused", blocks: []string{"00 00 03 90 00 93", "00 82 00 82", "00", "00 82 00 82"}},
		{name: "before anything was said R brings R", blocks: []string{"00 80 00 80", "00 80 00 80"}},
		{name: "an answer that was lost is sent again", blocks: []string{
			blockSelect, "00 00 02 90 00 92",
			"00 81 00 81", "00 00 02 90 00 92",
			"00 82 00 82", "00 00 02 90 00 92",
		}},
		{name: "an answer that was had is not sent again", blocks: []string{
			blockSelect, "00 00 02 90 00 92",
			"00 90 00 90", "00 90 00 90",
		}},
		{name: "the address is turned", blocks: []string{
			"21 00 15 00 A4 04 00 10 D1 58 00 00 01 00 00 00 00 00 00 00 00 00 11 00 1D", "12 00 02 90 00 80",
		}},
		{name: "resynchronised, both ends begin with 0", blocks: []string{
			blockSelect, "00 00 02 90 00 92",
			"00 C0 00 C0", "00 E0 00 E0",
			blockSelect, "00 00 02 90 00 92",
		}},
		{name: "the reader's block size holds", blocks: []string{
			"00 C1 01 02 C2", "00 E1 01 02 E2",
			"00 00 05 00 CA 12 00 00 DD", "00 00 02 6A 86 EE",
		}},
		{name: "a block size of nought is refused", blocks: []string{"00 C1 01 00 C0", "00 82 00 82", "00 C1 01 FF 3F", "00 82 00 82"}},
		{name: "a time request stands until it is granted", waits: 1, blocks: []string{
			blockSelect, "00 C3 01 01 C3",
			"00 80 00 80", "00 C3 01 01 C3",
			blockSelect, "00 C3 01 01 C3",
			"00 E3 01 02 E0", "00 C3 01 01 C3",
			"00 E3 01 01 E3", "00 00 02 90 00 92",
		}},
		{name: "a command may come in pieces", blocks: []string{
			"00 20 03 00 A4 04 83", "00 90 00 90",
			"00 40 12 00 10 D1 58 00 00 01 00 00 00 00 00 00 00 00 00 11 00 DB", "00 00 02 90 00 92",
		}},
		{name: "an aborted command is forgotten", blocks: []string{
			"00 20 03 00 A4 04 83", "00 90 00 90",
			"00 C2 00 C2", "00 E2 00 E2",
			"00 40 05 00 CA 12 00 00 9D", "00 00 02 6A 86 EE",
		}},
		{name: "an answer nobody asked for is refused", blocks: []string{"00 E1 01 FE 1E", "00 82 00 82", "00 E3 01 01 E3", "00 82 00 82"}},
		{name: "pieces come only when they are asked for", chunk: 1, blocks: []string{
			blockSelect, "00 20 01 90 B1",
			blockGetData, "00 92 00 92",
			"00 90 00 90", "00 40 01 00 41",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newT1(sample(t, "nhi").applet)
			for i := 0; i < len(tt.blocks); i += 2 {
				got := c.receive(bytesOf(t, tt.blocks[i]), tt.chunk, tt.waits)
				if !bytes.Equal(got, bytesOf(t, tt.blocks[i+1])) {
					t.Fatalf("%s was answered % X, not %s", tt.blocks[i], got, tt.blocks[i+1])
				}
			}
		})
	}
}

// TestNoiseNeitherLosesNorDoublesACommand lets a plain T=1 host, written here
// and not shared with any driver, talk through a line that spoils blocks.
func TestNoiseNeitherLosesNorDoublesACommand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		asked := 0
		card := newT1(func(c []byte) []byte {
			asked++
			return append(bytes.Repeat(c, 3), 0x90, 0x00)
		})
		chunk := rapid.IntRange(0, 9).Draw(t, "chunk")
		waits := rapid.IntRange(0, 2).Draw(t, "waits")
		noise := rapid.SliceOfN(rapid.IntRange(0, 3), 0, 30).Draw(t, "noise")
		spoiled := func(b []byte, which int) []byte {
			if len(noise) == 0 {
				return b
			}
			n := noise[0]
			noise = noise[1:]
			if n != which {
				return b
			}
			bad := bytes.Clone(b)
			bad[len(bad)-1] ^= 0x10
			return bad
		}
		ns, nr := byte(0), byte(0)
		for round := range 3 {
			command := []byte{byte(round), 0xCA, 1, 2, 3}
			mine := blockOf(ns<<6, command)
			send := mine
			var answer []byte
			for done := false; !done; {
				got := spoiled(card.receive(spoiled(send, 1), chunk, waits), 2)
				pcb := got[1]
				switch {
				case lrc(got) != 0:
					send = blockOf(0x81|nr<<4, nil)
				case pcb&0x80 == 0:
					if pcb>>6&1 != nr {
						t.Fatalf("the card sent % X, number %d was due", got, nr)
					}
					nr ^= 1
					answer = append(answer, got[3:len(got)-1]...)
					done = pcb&0x20 == 0
					send = blockOf(0x80|nr<<4, nil)
				case pcb&0xC0 == 0x80:
					if pcb>>4&1 == ns {
						send = mine
					} else {
						send = blockOf(0x80|nr<<4, nil)
					}
				case pcb == sWTX:
					send = blockOf(sWTX|sResponse, got[3:4])
				default:
					t.Fatalf("the card sent % X", got)
				}
			}
			ns ^= 1
			if want := append(bytes.Repeat(command, 3), 0x90, 0x00); !bytes.Equal(answer, want) {
				t.Fatalf("got % X, want % X", answer, want)
			}
		}
		if asked != 3 {
			t.Fatalf("three commands reached the card %d times", asked)
		}
	})
}

// FuzzCard feeds a powered card what no reader would send: it must answer each
// time with a block that is one.
func FuzzCard(f *testing.F) {
	f.Add([]byte{4, 0xFF, 0x11, 0x18, 0xF6, 5, 0, 0xC1, 1, 0xFE, 0x3E}, uint8(20), uint8(1))
	f.Add([]byte{11, 0x00, 0x00, 0x07, 0x00, 0xCA, 0x11, 0x00, 0x02, 0x00, 0x00, 0xDE}, uint8(0), uint8(0))
	f.Fuzz(func(t *testing.T, script []byte, chunk, waits uint8) {
		c, err := NHI(Sample())
		if err != nil {
			t.Fatal(err)
		}
		k := newContact(c)
		bare := &t0{applet: c.applet}
		for len(script) > 0 {
			n := min(int(script[0]), len(script)-1)
			block := bytes.Clone(script[1 : 1+n])
			script = script[1+n:]
			if k.isPPS(block) {
				k.pps(block)
				continue
			}
			got := k.exchange(block, Faults{Chunk: int(chunk), WTX: int(waits % 4)})
			if len(got) < 4 || len(got) != 4+int(got[2]) || lrc(got) != 0 {
				t.Fatalf("% X was answered % X", block, got)
			}
			if a := bare.receive(block); len(a) < 2 {
				t.Fatalf("T=0: % X was answered % X", block, a)
			}
		}
	})
}
