package smartcard

import (
	"fmt"
	"io"
	"strings"
)

// Direction says who sent bytes.
type Direction byte

// The two ends.
const (
	FromHost   Direction = 'H'
	FromReader Direction = 'R'
)

// Piece is what one end said, for a trace. What is personal in it hides itself; only Reveal shows it.
type Piece struct {
	from   Direction
	bytes  []byte
	hidden func(i int) bool
}

// NewPiece makes a piece of bytes, of which those at the places named by hidden are personal; nil hides nothing. The bytes
// must not change any more.
func NewPiece(from Direction, b []byte, hidden func(i int) bool) Piece {
	return Piece{from, b, hidden}
}

// Response makes a piece of a card's response APDU: everything but the two status bytes may be personal.
func Response(b []byte) Piece {
	return NewPiece(FromReader, b, func(i int) bool { return i < len(b)-2 })
}

// Reveal writes the piece as documented transcripts do: H 03 06 6B.
func (p Piece) Reveal() string { return fmt.Sprintf("%c % X", p.from, p.bytes) }

// String writes ** for every personal byte.
func (p Piece) String() string {
	var out strings.Builder
	out.WriteByte(byte(p.from))
	for i, b := range p.bytes {
		if p.hidden != nil && p.hidden(i) {
			out.WriteString(" **")
		} else {
			fmt.Fprintf(&out, " %02X", b)
		}
	}
	return out.String()
}

// Format hides what is personal whatever the verb.
func (p Piece) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.String()) }
