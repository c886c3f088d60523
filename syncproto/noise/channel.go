package noise

import (
	"encoding/binary"

	"github.com/flynn/noise"
)

// The shape of a sealed message: one byte that is 1 when the sender took a new
// key before it, then frames. A frame is the length of its ciphertext in two
// bytes, big-endian, and the ciphertext. The associated data of a frame is the
// first byte and one byte that is 1 for the last frame. What stands after the
// last frame, or a missing last frame, therefore does not open; the counter of
// Noise holds the order within and between messages.
const (
	MaxPlain   = 1<<20 + 1<<15 // bytes of one message: 1 MiB with its envelope and padding
	maxFrame   = 65535         // bytes of ciphertext, the limit of Noise
	tagSize    = 16
	chunkSize  = maxFrame - tagSize
	lengthSize = 2
	rekeyAfter = 1 << 16 // frames under one key
	keepKey    = 0
	newKey     = 1
)

// Channel seals messages to the peer and opens messages from it, each
// direction with its own key and counter. It is for one goroutine at a time.
type Channel struct {
	out, in *noise.CipherState
	binding []byte
	sent    uint64 // frames under the current outgoing key
	rekey   bool   // take a new key before the next message
	after   uint64 // rekeyAfter, smaller in tests
}

func newChannel(out, in *noise.CipherState, binding []byte) *Channel {
	return &Channel{out: out, in: in, binding: binding, after: rekeyAfter}
}

// Binding is the hash of the handshake, the same on both sides and unlike that
// of any other session.
func (c *Channel) Binding() []byte { return append([]byte(nil), c.binding...) }

// Rekey makes the next Seal take a new outgoing key. The channel does so by
// itself every 2^16 frames; whoever has a clock calls it every ten minutes.
func (c *Channel) Rekey() { c.rekey = true }

// Seal seals one message of at most MaxPlain bytes. A sealed message is sent
// once: sending it again does not open.
func (c *Channel) Seal(plain []byte) ([]byte, error) {
	if len(plain) > MaxPlain {
		return nil, ErrTooLong
	}
	frames := frameCount(len(plain))
	head := byte(keepKey)
	if c.rekey || c.sent+uint64(frames) > c.after && c.sent > 0 {
		c.out.Rekey()
		c.rekey, c.sent = false, 0
		head = newKey
	}
	out := make([]byte, 1, SealedSize(len(plain)))
	out[0] = head
	for i := range frames {
		chunk := plain[i*chunkSize : min((i+1)*chunkSize, len(plain))]
		out = binary.BigEndian.AppendUint16(out, uint16(len(chunk)+tagSize))
		var err error
		if out, err = c.out.Encrypt(out, frameData(head, i == frames-1), chunk); err != nil {
			return nil, err
		}
	}
	c.sent += uint64(frames)
	return out, nil
}

// Open opens the next message of the peer. On ErrOpen nothing has changed: the
// true message still opens afterwards.
func (c *Channel) Open(sealed []byte) ([]byte, error) {
	if len(sealed) < 1+lengthSize+tagSize || len(sealed) > SealedSize(MaxPlain) || sealed[0] > newKey {
		return nil, ErrOpen
	}
	in := *c.in // works on a copy, so that a bad message leaves the key and counter alone
	if sealed[0] == newKey {
		in.Rekey()
	}
	plain := make([]byte, 0, len(sealed))
	for rest := sealed[1:]; len(rest) > 0; {
		if len(rest) < lengthSize {
			return nil, ErrOpen
		}
		n := int(binary.BigEndian.Uint16(rest))
		rest = rest[lengthSize:]
		if n < tagSize || n > len(rest) {
			return nil, ErrOpen
		}
		last := n == len(rest)
		if !last && n != maxFrame { // only the last frame is not full
			return nil, ErrOpen
		}
		var err error
		if plain, err = in.Decrypt(plain, frameData(sealed[0], last), rest[:n]); err != nil {
			return nil, ErrOpen
		}
		rest = rest[n:]
	}
	*c.in = in
	return plain, nil
}

// SealedSize is the number of bytes that Seal makes of n.
func SealedSize(n int) int { return 1 + n + frameCount(n)*(lengthSize+tagSize) }

func frameCount(n int) int { return max(1, (n+chunkSize-1)/chunkSize) }

func frameData(head byte, last bool) []byte {
	if last {
		return []byte{head, 1}
	}
	return []byte{head, 0}
}
