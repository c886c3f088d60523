package iso7816

import (
	"errors"
	"fmt"
)

// BlockKind is I (information), R (receive ready) or S (supervisory).
type BlockKind byte

// The three kinds of block of T=1.
const (
	IBlock BlockKind = 'I'
	RBlock BlockKind = 'R'
	SBlock BlockKind = 'S'
)

// The four supervisory requests; an answer carries the same code and Reply.
const (
	Resynch byte = 0
	IFS     byte = 1
	Abort   byte = 2
	WTX     byte = 3
)

// The error codes of an R-block.
const (
	NoFault    byte = 0
	EDCFault   byte = 1
	OtherFault byte = 2
)

// Block is one block of T=1 (ISO/IEC 7816-3, clause 11.3).
type Block struct {
	NAD   byte
	Kind  BlockKind
	Seq   byte   // N(S) of an I-block, N(R) of an R-block
	More  bool   // I-block: another follows
	Fault byte   // R-block: 0, 1 (EDC) or 2 (other)
	Code  byte   // S-block: Resynch, IFS, Abort or WTX
	Reply bool   // S-block: an answer
	Info  []byte // 0 to 254 bytes
}

var (
	// ErrBlockCheck says that the check bytes of a block are wrong.
	ErrBlockCheck = errors.New("block with a wrong check byte")
	// ErrBlock says that a block has a wrong length or an unknown control byte.
	ErrBlock = errors.New("malformed block")
)

func (b Block) pcb() byte {
	switch b.Kind {
	case IBlock:
		p := b.Seq & 1 << 6
		if b.More {
			p |= 0x20
		}
		return p
	case RBlock:
		return 0x80 | b.Seq&1<<4 | b.Fault&15
	case SBlock:
		p := 0xC0 | b.Code&0x1F
		if b.Reply {
			p |= 0x20
		}
		return p
	}
	return 0xFF
}

// Bytes writes the block with its LRC, or with its CRC when crc is true.
func (b Block) Bytes(crc bool) ([]byte, error) {
	if len(b.Info) > 254 {
		return nil, fmt.Errorf("%d bytes of information: %w", len(b.Info), ErrBlock)
	}
	out := append([]byte{b.NAD, b.pcb(), byte(len(b.Info))}, b.Info...)
	if crc {
		sum := crc16(out)
		return append(out, byte(sum>>8), byte(sum)), nil
	}
	return append(out, xor(out)), nil
}

// ParseBlock reads one block whole. ErrBlockCheck is reported before anything that the check bytes protect.
func ParseBlock(raw []byte, crc bool) (Block, error) {
	check := 1
	if crc {
		check = 2
	}
	if len(raw) < 3+check || int(raw[2]) != len(raw)-3-check {
		return Block{}, fmt.Errorf("%d bytes: %w", len(raw), ErrBlock)
	}
	body := raw[:len(raw)-check]
	if crc {
		if sum := crc16(body); raw[len(raw)-2] != byte(sum>>8) || raw[len(raw)-1] != byte(sum) {
			return Block{}, ErrBlockCheck
		}
	} else if xor(raw) != 0 {
		return Block{}, ErrBlockCheck
	}
	b := Block{NAD: raw[0], Info: append([]byte(nil), body[3:]...)}
	pcb := raw[1]
	switch {
	case pcb&0x80 == 0:
		b.Kind, b.Seq, b.More = IBlock, pcb>>6&1, pcb&0x20 != 0
	case pcb&0xC0 == 0x80:
		b.Kind, b.Seq, b.Fault = RBlock, pcb>>4&1, pcb&15
	default:
		b.Kind, b.Code, b.Reply = SBlock, pcb&0x1F, pcb&0x20 != 0
	}
	wrong := raw[2] == 0xFF || b.pcb() != pcb ||
		b.Kind == RBlock && (len(b.Info) != 0 || b.Fault > 2) ||
		b.Kind == SBlock && (b.Code > 3 || len(b.Info) != sLength(b.Code) ||
			b.Code == IFS && (b.Info[0] == 0 || b.Info[0] == 0xFF))
	if wrong {
		return Block{}, fmt.Errorf("control byte %02X, %d bytes: %w", pcb, len(b.Info), ErrBlock)
	}
	return b, nil
}

func sLength(code byte) int {
	if code == IFS || code == WTX {
		return 1
	}
	return 0
}

func xor(b []byte) (sum byte) {
	for _, c := range b {
		sum ^= c
	}
	return sum
}

// crc16 is the CRC as readers in the field compute it (polynomial 8408 reflected, start FFFF, not inverted),
// sent high byte first: OpenCT's and libccid's csum_crc_compute agree on it. No known NHI card uses it.
func crc16(b []byte) uint16 {
	sum := uint16(0xFFFF)
	for _, c := range b {
		sum ^= uint16(c)
		for range 8 {
			if sum&1 == 1 {
				sum = sum>>1 ^ 0x8408
			} else {
				sum >>= 1
			}
		}
	}
	return sum
}
