package serialccid

import (
	"bytes"
	"encoding/binary"
)

// Message types (CCID 1.1, clauses 6.1 and 6.2).
const (
	cmdSetParameters byte = 0x61
	cmdPowerOn       byte = 0x62
	cmdPowerOff      byte = 0x63
	cmdSlotStatus    byte = 0x65
	cmdEscape        byte = 0x6B
	cmdXfrBlock      byte = 0x6F

	ansDataBlock  byte = 0x80
	ansSlotStatus byte = 0x81
	ansParameters byte = 0x82
	ansEscape     byte = 0x83
)

const (
	syncByte = 0x03
	ackByte  = 0x06
	nakByte  = 0x15

	headLen  = 10
	overhead = 2 + headLen + 1 // 03 06, header, LRC
	// maxData bounds dwLength: readers promise 261 (dwMaxCCIDMessageLength 271), libccid's buffer takes 535.
	maxData = 535
)

// message is a CCID message: the ten bytes of its head and its data.
type message struct {
	Kind byte
	Slot byte
	Seq  byte
	P    [3]byte // command: its parameters; answer: bStatus, bError and one more
	Data []byte
	// BadLRC says that the frame arrived with a wrong check byte.
	BadLRC bool
}

// encode writes a message as a frame.
func encode(m message) []byte {
	out := make([]byte, 0, overhead+len(m.Data))
	out = append(out, syncByte, ackByte, m.Kind)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(m.Data)))
	out = append(out, m.Slot, m.Seq, m.P[0], m.P[1], m.P[2])
	out = append(out, m.Data...)
	return append(out, lrc(out))
}

func lrc(b []byte) (sum byte) {
	for _, c := range b {
		sum ^= c
	}
	return sum
}

func fromHost(kind byte) bool { return kind >= 0x61 && kind <= 0x73 }

func fromReader(kind byte) bool { return kind >= ansDataBlock && kind <= ansEscape }

type tokenKind byte

const (
	tokenFrame    tokenKind = iota + 1
	tokenNAK                // 03 15 16
	tokenRemoved            // 50 02
	tokenInserted           // 50 03
	tokenTime               // one bare byte 80..FF
	tokenGarbage            // a byte that begins none of these
)

// token is one thing the reader said; Raw is its bytes.
type token struct {
	Kind tokenKind
	Msg  message
	Raw  []byte
}

// decoder cuts the bytes of a line into tokens. It never gives up: what begins no token is garbage and
// reading goes on with the next byte.
type decoder struct{ buf []byte }

func (d *decoder) feed(b []byte) { d.buf = append(d.buf, b...) }

// partial says that bytes wait for others to follow.
func (d *decoder) partial() bool { return len(d.buf) > 0 }

func (d *decoder) take(n int) []byte {
	b := d.buf[:n:n]
	d.buf = d.buf[n:]
	if len(d.buf) == 0 {
		d.buf = nil
	}
	return b
}

// next gives the next token; false means that more bytes are needed.
func (d *decoder) next() (token, bool) {
	if len(d.buf) == 0 {
		return token{}, false
	}
	switch first := d.buf[0]; {
	case first >= 0x80:
		return token{Kind: tokenTime, Raw: d.take(1)}, true
	case first == 0x50:
		if len(d.buf) < 2 {
			return token{}, false
		}
		switch d.buf[1] {
		case 0x02:
			return token{Kind: tokenRemoved, Raw: d.take(2)}, true
		case 0x03:
			return token{Kind: tokenInserted, Raw: d.take(2)}, true
		}
	case first == syncByte:
		switch size := frameSize(d.buf); {
		case size == 0:
			return token{}, false
		case size == 3:
			return token{Kind: tokenNAK, Raw: d.take(3)}, true
		case size > len(d.buf):
			return token{}, false
		case size > 0:
			if lrc(d.buf[:size]) != 0 {
				if before := d.rescue(); before != nil {
					return token{Kind: tokenGarbage, Raw: before}, true
				}
			}
			raw := d.take(size)
			return token{Kind: tokenFrame, Msg: decode(raw), Raw: raw}, true
		}
	}
	return token{Kind: tokenGarbage, Raw: d.take(1)}, true
}

// rescue looks for a whole, sound answer behind the first byte and gives what stands before it, or nil. It helps
// when a frame was cut short and its length has swallowed the one after it.
func (d *decoder) rescue() []byte {
	for i := 1; ; i++ {
		at := bytes.Index(d.buf[i:], []byte{syncByte, ackByte})
		if at < 0 {
			return nil
		}
		i += at
		size := frameSize(d.buf[i:])
		if size > 3 && size <= len(d.buf)-i && fromReader(d.buf[i+2]) && lrc(d.buf[i:i+size]) == 0 {
			return d.take(i)
		}
	}
}

// frameSize is the length of the frame or refusal that begins at b[0] == 03: 0 when more bytes are needed
// to tell, -1 when it is none.
func frameSize(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	if b[1] == nakByte {
		if len(b) < 3 {
			return 0
		}
		return 3
	}
	if b[1] != ackByte {
		return -1
	}
	if len(b) < 3 {
		return 0
	}
	if !fromHost(b[2]) && !fromReader(b[2]) {
		return -1
	}
	if len(b) < 2+headLen {
		return 0
	}
	n := binary.LittleEndian.Uint32(b[3:])
	if n > maxData {
		return -1
	}
	return overhead + int(n)
}

// decode reads a whole frame; its size is already known to fit.
func decode(raw []byte) message {
	h := raw[2:]
	m := message{Kind: h[0], Slot: h[5], Seq: h[6], P: [3]byte{h[7], h[8], h[9]}, BadLRC: lrc(raw) != 0}
	if data := raw[2+headLen : len(raw)-1]; len(data) > 0 {
		m.Data = data
	}
	return m
}
