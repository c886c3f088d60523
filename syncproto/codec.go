package syncproto

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"sync"

	"github.com/fxamacker/cbor/v2"
	"github.com/klauspost/compress/zstd"
)

// ErrMalformed is what every decoder of this package wraps when bytes make no
// sense. It is answered with ProblemMalformed.
var ErrMalformed = errors.New("syncproto: malformed")

// ErrTooLarge says that a message has more than MaxMessage bytes. It is an
// ErrMalformed as well.
var ErrTooLarge = fmt.Errorf("%w: message over %d bytes", ErrMalformed, MaxMessage)

// Message is one of Hello, Welcome, Pull, Page, Push, Ack, Problem, Renew, Renewal,
// AskNeighbours, Neighbours, Heads, Passed, AskOpenings, Openings, AskBooking, Booked,
// AskCheckpoint, Offer, AskRows, Rows, AskBell, Bell, AskStandby, Standby,
// AskStock and Stock.
type Message interface {
	// Kind is the first byte of the message.
	Kind() Kind
	// Needs is the lowest protocol version that has all keys in use.
	Needs() int
	// Check says whether the fields keep the limits of SPEC.md; its error
	// wraps ErrMalformed.
	Check() error
}

// The envelope around the body of a message; see SPEC.md section 3.
const (
	headerSize = 7   // kind, version, packing, body length in 4 bytes
	packedCBOR = 0   // the body is CBOR
	packedZstd = 1   // the body is one zstd frame of CBOR
	packAbove  = 256 // bytes of CBOR from which compression is tried
	padUnit    = 64  // the smallest padded size, in bytes
	maxDecoder = 8 << 20
)

// Encode writes a message as kind, version, packing, length, body and padding.
// The body is core-deterministic CBOR (RFC 8949 section 4.2.1), compressed
// with zstd where that makes it smaller.
func Encode(m Message) ([]byte, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	body, err := canonical().enc.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode message %d: %w", m.Kind(), err)
	}
	if len(body) > MaxMessage {
		return nil, fmt.Errorf("message %d of %d bytes: %w", m.Kind(), len(body), ErrTooLarge)
	}
	packing := byte(packedCBOR)
	if len(body) > packAbove {
		if small := canonical().pack.EncodeAll(body, nil); len(small) < len(body) {
			packing, body = packedZstd, small
		}
	}
	out := make([]byte, padded(headerSize+len(body)))
	out[0], out[1], out[2] = byte(m.Kind()), byte(m.Needs()), packing
	binary.BigEndian.PutUint32(out[3:], uint32(len(body)))
	copy(out[headerSize:], body)
	return out, nil
}

// Decode reads what Encode writes and refuses everything else: other padding,
// CBOR that is not the deterministic form, unknown fields, broken limits. The
// Message is a value (Hello, not *Hello).
func Decode(b []byte) (Message, error) {
	body, err := unwrap(b)
	if err != nil {
		return nil, err
	}
	m, err := decodeBody(Kind(b[0]), body)
	if err != nil {
		return nil, err
	}
	if m.Needs() != int(b[1]) {
		return nil, malformed("a message of version %d in an envelope of version %d", m.Needs(), b[1])
	}
	return m, nil
}

func decodeBody(kind Kind, body []byte) (Message, error) {
	switch kind {
	case KindHello:
		return decodeAs[Hello](body)
	case KindWelcome:
		return decodeAs[Welcome](body)
	case KindPull:
		return decodeAs[Pull](body)
	case KindPage:
		return decodeAs[Page](body)
	case KindPush:
		return decodeAs[Push](body)
	case KindAck:
		return decodeAs[Ack](body)
	case KindProblem:
		return decodeAs[Problem](body)
	case KindRenew:
		return decodeAs[Renew](body)
	case KindRenewal:
		return decodeAs[Renewal](body)
	case KindAskNeighbours:
		return decodeAs[AskNeighbours](body)
	case KindNeighbours:
		return decodeAs[Neighbours](body)
	case KindHeads:
		return decodeAs[Heads](body)
	case KindPassed:
		return decodeAs[Passed](body)
	case KindAskOpenings:
		return decodeAs[AskOpenings](body)
	case KindOpenings:
		return decodeAs[Openings](body)
	case KindAskBooking:
		return decodeAs[AskBooking](body)
	case KindBooked:
		return decodeAs[Booked](body)
	case KindAskCheckpoint:
		return decodeAs[AskCheckpoint](body)
	case KindOffer:
		return decodeAs[Offer](body)
	case KindAskRows:
		return decodeAs[AskRows](body)
	case KindRows:
		return decodeAs[Rows](body)
	case KindAskBell:
		return decodeAs[AskBell](body)
	case KindBell:
		return decodeAs[Bell](body)
	case KindAskStandby:
		return decodeAs[AskStandby](body)
	case KindStandby:
		return decodeAs[Standby](body)
	case KindAskStock:
		return decodeAs[AskStock](body)
	case KindStock:
		return decodeAs[Stock](body)
	default:
		return nil, malformed("no message has kind %d", kind)
	}
}

// Expect decodes a message that has to be a T. A Problem in its place comes
// back as the error (use errors.As with a Problem).
func Expect[T Message](b []byte) (T, error) {
	var none T
	m, err := Decode(b)
	if err != nil {
		return none, err
	}
	return As[T](m)
}

// As gives a message that has to be a T, or the Problem in its place as the error.
func As[T Message](m Message) (T, error) {
	var none T
	switch m := m.(type) {
	case T:
		return m, nil
	case Problem:
		return none, m
	default:
		return none, malformed("message of kind %d where kind %d belongs", m.Kind(), none.Kind())
	}
}

func decodeAs[T Message](body []byte) (Message, error) {
	var m T
	if err := unmarshal(body, &m); err != nil {
		return nil, err
	}
	if err := m.Check(); err != nil {
		return nil, err
	}
	return m, nil
}

// unwrap checks the envelope and gives the CBOR inside.
func unwrap(b []byte) ([]byte, error) {
	if len(b) < headerSize {
		return nil, malformed("a message has at least %d bytes", headerSize)
	}
	if b[1] < 1 || b[1] > Version { // a message is of the lowest version that has its keys, whatever is spoken
		return nil, malformed("version %d is not spoken here", b[1])
	}
	n := int64(binary.BigEndian.Uint32(b[3:]))
	if n > MaxMessage || headerSize+n > int64(len(b)) || padded(headerSize+int(n)) != len(b) {
		return nil, malformed("%d bytes do not hold a body of %d", len(b), n)
	}
	body, padding := b[headerSize:headerSize+n], b[headerSize+n:]
	if len(bytes.Trim(padding, "\x00")) != 0 {
		return nil, malformed("padding is not zero")
	}
	switch b[2] {
	case packedCBOR:
		return body, nil
	case packedZstd:
		plain, err := canonical().unpack.DecodeAll(body, nil)
		if err != nil {
			return nil, malformed("zstd: %v", err)
		}
		if len(plain) > MaxMessage {
			return nil, ErrTooLarge
		}
		return plain, nil
	default:
		return nil, malformed("packing %d is unknown", b[2])
	}
}

// padded gives the size to which a message of n bytes is filled with zeros:
// 64, 128, and from there on sizes that keep only the highest bits of n, at
// most 12 % more (Padmé, Nikitin et al., "Reducing Metadata Leakage from
// Encrypted Files and Communication with PURBs", 2019).
func padded(n int) int {
	if n <= 2*padUnit {
		return (n + padUnit - 1) / padUnit * padUnit
	}
	e := bits.Len(uint(n)) - 1
	s := bits.Len(uint(e))
	mask := 1<<(e-s) - 1
	return (n + mask) &^ mask
}

// modes are the encoder and decoder settings. They hold no state between
// calls and are safe for concurrent use.
type modes struct {
	enc    cbor.EncMode
	dec    cbor.DecMode
	pack   *zstd.Encoder
	unpack *zstd.Decoder
}

var canonical = sync.OnceValue(func() modes {
	enc := cbor.CoreDetEncOptions()
	enc.NilContainers = cbor.NilContainerAsEmpty
	enc.TagsMd = cbor.TagsForbidden
	var (
		m   modes
		err error
	)
	if m.enc, err = enc.EncMode(); err != nil {
		panic(fmt.Sprintf("syncproto: encoder options: %v", err))
	}
	if m.dec, err = (cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		MaxNestedLevels:   8,
		MaxArrayElements:  1000,
		MaxMapPairs:       64,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		UTF8:              cbor.UTF8RejectInvalid,
		FieldNameMatching: cbor.FieldNameMatchingCaseSensitive,
	}).DecMode(); err != nil {
		panic(fmt.Sprintf("syncproto: decoder options: %v", err))
	}
	if m.pack, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(2), zstd.WithWindowSize(MaxMessage),
		zstd.WithEncoderCRC(false), zstd.WithLowerEncoderMem(true)); err != nil {
		panic(fmt.Sprintf("syncproto: compressor options: %v", err))
	}
	if m.unpack, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(maxDecoder),
		zstd.WithDecoderMaxWindow(maxDecoder), zstd.WithDecoderLowmem(true)); err != nil {
		panic(fmt.Sprintf("syncproto: decompressor options: %v", err))
	}
	return m
})

// marshal writes core-deterministic CBOR of a type of this package. Such types
// always encode.
func marshal(v any) []byte {
	b, err := canonical().enc.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("syncproto: encode %T: %v", v, err))
	}
	return b
}

// unmarshal reads CBOR into v and makes sure that v encodes to the same bytes.
func unmarshal(b []byte, v any) error {
	if err := canonical().dec.Unmarshal(b, v); err != nil {
		return malformed("cbor: %v", err)
	}
	again, err := canonical().enc.Marshal(v)
	if err != nil {
		return malformed("cbor: %v", err)
	}
	if !bytes.Equal(again, b) {
		return malformed("cbor is not in the deterministic form")
	}
	return nil
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}
