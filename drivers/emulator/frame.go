package emulator

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// CCID message types, host to reader and reader to host (CCID 1.1, 6.1, 6.2).
const (
	hostPowerOn         = 0x62
	hostPowerOff        = 0x63
	hostSlotStatus      = 0x65
	hostSetParameters   = 0x61
	hostGetParameters   = 0x6C
	hostResetParameters = 0x6D
	hostXfrBlock        = 0x6F
	hostEscape          = 0x6B

	readerData       = 0x80
	readerSlotStatus = 0x81
	readerParameters = 0x82
	readerEscape     = 0x83
)

const (
	frameSync   = 0x03
	frameCtrl   = 0x06
	headerSize  = 10
	overhead    = 2 + headerSize + 1 // 03 06, header, LRC
	lengthAt    = 2 + 1              // where dwLength begins in a frame
	nakControl  = 0x15
	eventByte   = 0x50
	eventGone   = 0x02
	eventHere   = 0x03
	waitRequest = 0xFF
)

// MaxData is the greatest number of data bytes in one message: 271 bytes of
// dwMaxCCIDMessageLength less the ten-byte header.
const MaxData = 261

// nak is the reader's refusal of a frame it could not take.
func nak() []byte { return []byte{frameSync, nakControl, frameSync ^ nakControl} }

// Message is one CCID message without the serial envelope.
type Message struct {
	Type byte
	Slot byte
	Seq  byte
	// Params are the three bytes after bSeq: for a host bBWI and wLevel or
	// bPowerSelect and so on, for a reader bStatus, bError and one more.
	Params [3]byte
	// Data is at most MaxData bytes.
	Data []byte
}

// Frame wraps m for the serial line: 03 06, the CCID bytes, and the exclusive
// or of everything before it.
func (m Message) Frame() []byte {
	b := make([]byte, 0, overhead+len(m.Data))
	b = append(b, frameSync, frameCtrl, m.Type)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(m.Data)))
	b = append(b, m.Slot, m.Seq, m.Params[0], m.Params[1], m.Params[2])
	b = append(b, m.Data...)
	return append(b, lrc(b))
}

func lrc(b []byte) byte {
	var x byte
	for _, v := range b {
		x ^= v
	}
	return x
}

// TokenKind says what a Decoder found on the line.
type TokenKind int

// What a Decoder can find.
const (
	// TokenFrame is a whole frame with a right LRC.
	TokenFrame TokenKind = iota + 1
	// TokenBadLRC is a whole frame whose LRC is wrong.
	TokenBadLRC
	// TokenJunk are bytes that belong to no frame.
	TokenJunk
)

// Token is a piece of the line; the Raw bytes of all tokens, one after the
// other, are exactly the bytes that were fed in.
type Token struct {
	Kind TokenKind
	Raw  []byte
	// Message is set for a TokenFrame.
	Message Message
}

// Decoder cuts a stream of bytes from a host into frames. The zero value is
// ready. It keeps at most one frame of bytes beyond what was fed last.
type Decoder struct {
	buf []byte
}

// Feed adds bytes from the line.
func (d *Decoder) Feed(p []byte) { d.buf = append(d.buf, p...) }

// Pending tells how many bytes wait for the rest of their frame.
func (d *Decoder) Pending() int { return len(d.buf) }

// Flush gives up on a half frame and returns what there was of it, or nil.
func (d *Decoder) Flush() []byte {
	raw := d.buf
	d.buf = nil
	if len(raw) == 0 {
		return nil
	}
	return raw
}

// Next returns the next whole token; false means that more bytes are needed.
func (d *Decoder) Next() (Token, bool) {
	if junk := d.junk(); junk > 0 {
		return Token{Kind: TokenJunk, Raw: d.take(junk)}, true
	}
	if len(d.buf) < overhead {
		return Token{}, false
	}
	size := overhead + int(binary.LittleEndian.Uint32(d.buf[lengthAt:]))
	if len(d.buf) < size {
		return Token{}, false
	}
	raw := d.take(size)
	if lrc(raw) != 0 {
		return Token{Kind: TokenBadLRC, Raw: raw}, true
	}
	m := Message{Type: raw[2], Slot: raw[7], Seq: raw[8], Data: raw[12 : size-1]}
	copy(m.Params[:], raw[9:12])
	return Token{Kind: TokenFrame, Raw: raw, Message: m}, true
}

// junk counts the bytes at the front that can not begin a frame.
func (d *Decoder) junk() int {
	if !d.beginsAt(0) {
		for i := 1; i < len(d.buf); i++ {
			if d.beginsAt(i) {
				return i
			}
		}
		return len(d.buf)
	}
	return 0
}

// beginsAt tells whether the bytes from i on may be the start of a frame, as
// far as they are there.
func (d *Decoder) beginsAt(i int) bool {
	b := d.buf[i:]
	want := []byte{frameSync, frameCtrl}
	if len(b) < len(want) {
		return bytes.HasPrefix(want, b)
	}
	if !bytes.HasPrefix(b, want) {
		return false
	}
	if len(b) < lengthAt+4 {
		return true
	}
	return binary.LittleEndian.Uint32(b[lengthAt:]) <= MaxData
}

func (d *Decoder) take(n int) []byte {
	raw := bytes.Clone(d.buf[:n])
	d.buf = d.buf[n:]
	return raw
}

// String names a message by its type and length and never shows its data.
func (m Message) String() string {
	return fmt.Sprintf("ccid %02X seq %02X, %d bytes", m.Type, m.Seq, len(m.Data))
}
