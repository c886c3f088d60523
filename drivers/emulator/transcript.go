package emulator

import (
	"bytes"
	"fmt"
	"sync"
)

// Direction tells who sent bytes.
type Direction byte

// The two ends of the line.
const (
	FromHost   Direction = 'H'
	FromReader Direction = 'R'
)

// Piece is a run of bytes one end sent: a whole frame, an echo, an event, or
// bytes that belong to no frame.
type Piece struct {
	From  Direction
	Bytes []byte
}

// String writes a piece as the documented transcripts do: H 03 06 …. It shows
// what is on the card, so keep it to emulated cards.
func (p Piece) String() string { return fmt.Sprintf("%c % X", p.From, p.Bytes) }

// transcriptLimit bounds the memory of a reader that runs for days: pcscd
// alone asks it something every 400 ms.
const transcriptLimit = 4096

type transcript struct {
	mu     sync.Mutex
	pieces []Piece
	watch  func(Piece)
}

func (t *transcript) add(from Direction, b []byte) {
	p := Piece{From: from, Bytes: bytes.Clone(b)}
	t.mu.Lock()
	if len(t.pieces) == transcriptLimit {
		t.pieces = append(t.pieces[:0], t.pieces[transcriptLimit/2:]...)
	}
	t.pieces = append(t.pieces, p)
	t.mu.Unlock()
	if t.watch != nil {
		t.watch(p)
	}
}

func (t *transcript) all() []Piece {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Piece(nil), t.pieces...)
}
