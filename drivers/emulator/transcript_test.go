package emulator

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryRecordedExchangeIsReplayedByteForByte plays the files of testdata:
// H a host frame that is echoed, h one that is not, R what the reader says, B a
// block the host sends and A the block the card answers, in frames of their own.
func TestEveryRecordedExchangeIsReplayedByteForByte(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no recordings", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			replay(t, string(text))
		})
	}
}

func replay(t *testing.T, text string) {
	r := start(t, Config{})
	h := connect(t, r.Path())
	card, answer := "", Message{}
	for line := range strings.Lines(text) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "#", "":
		case "card":
			card = rest
			r.Insert(sample(t, card))
			r.mu.Lock()
			r.slot.moves = nil // the recording begins with the card inside
			r.mu.Unlock()
		case "insert":
			r.Insert(sample(t, card))
		case "remove":
			r.Remove()
		case "power":
			h.power()
		case "fault":
			name, value, _ := strings.Cut(rest, " ")
			f := r.Faults()
			if err := f.Set(name, value); err != nil {
				t.Fatal(err)
			}
			if err := r.SetFaults(f); err != nil {
				t.Fatal(err)
			}
		case "H":
			h.write(bytesOf(t, rest))
			h.expect(bytesOf(t, rest))
		case "h":
			h.write(bytesOf(t, rest))
		case "R":
			h.expect(bytesOf(t, rest))
		case "B":
			answer = h.ask(Message{Type: hostXfrBlock, Data: bytesOf(t, rest)})
		case "A":
			if !bytes.Equal(answer.Data, bytesOf(t, rest)) {
				t.Fatalf("the card said % X, not %s", answer.Data, rest)
			}
		default:
			t.Fatalf("what is %q?", line)
		}
	}
}

func bytesOf(t *testing.T, s string) []byte {
	t.Helper()
	b, err := fromHex(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTheTranscriptShowsBothEndsOfTheLine(t *testing.T) {
	var seen []string
	done := make(chan struct{})
	r := start(t, Config{Card: sample(t, "nhi"), Watch: func(p Piece) {
		if p.From == FromReader {
			seen = append(seen, p.String())
			if len(seen) == 2 {
				close(done)
			}
		}
	}})
	h := connect(t, r.Path())
	ask := Message{Type: hostSlotStatus, Seq: 2}.Frame()
	h.write(ask)
	h.expect(ask)
	h.message()
	<-done
	want := []string{
		"H 03 06 65 00 00 00 00 00 02 00 00 00 62",
		"R 03 06 65 00 00 00 00 00 02 00 00 00 62",
		"R 03 06 81 00 00 00 00 00 02 01 00 01 86",
	}
	all := r.Transcript()
	if len(all) != len(want) {
		t.Fatalf("%d pieces, want %d", len(all), len(want))
	}
	for i, p := range all {
		if p.String() != want[i] {
			t.Errorf("piece %d is %s, want %s", i, p, want[i])
		}
	}
}
