// Package noise gives a device and central a channel that stays sealed inside
// HTTPS: Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s (The Noise Protocol Framework,
// revision 34, by flynn/noise), each side knowing the other's static key, with
// a 32-byte pre-shared key per device. It turns bytes into bytes and does no
// I/O.
//
// The prologue is "ezhitong-sync", the version as one byte, and the first
// eight bytes of SHA-256 over the server's public key, so a device never
// finishes a handshake that another version or another server began.
package noise

import (
	"crypto/ecdh"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/flynn/noise"
)

// Version is mixed into the handshake.
const Version = 1

const (
	keySize      = 32
	message1Size = 96 // e, s, payload tags
	message2Size = 48 // e, payload tag
)

// Errors of this package. Whatever is wrong with bytes from outside is
// ErrHandshake or ErrOpen, without a reason, so that nobody can probe.
var (
	ErrHandshake = errors.New("noise: handshake does not match")
	ErrOpen      = errors.New("noise: message does not open")
	ErrTooLong   = errors.New("noise: message is longer than 1 MiB")
)

// KeyPair is an X25519 key, made by KeyOf or GenerateKey.
type KeyPair struct {
	Private [keySize]byte
	Public  [keySize]byte

	ready *ecdh.PrivateKey
}

// String hides the private key.
func (k KeyPair) String() string { return fmt.Sprintf("x25519 public %x", k.Public) }

// GoString hides the private key.
func (k KeyPair) GoString() string { return k.String() }

// GenerateKey draws a key.
func GenerateKey(random io.Reader) (KeyPair, error) {
	var private [keySize]byte
	if _, err := io.ReadFull(random, private[:]); err != nil {
		return KeyPair{}, fmt.Errorf("draw X25519 key: %w", err)
	}
	return KeyOf(private)
}

// KeyOf derives the public half of a private key.
func KeyOf(private [keySize]byte) (KeyPair, error) {
	key, err := ecdh.X25519().NewPrivateKey(private[:])
	if err != nil {
		return KeyPair{}, fmt.Errorf("X25519 key: %w", err)
	}
	return KeyPair{private, [keySize]byte(key.PublicKey().Bytes()), key}, nil
}

// DialConfig is what a device knows before it shakes hands.
type DialConfig struct {
	Static KeyPair       // the device's own key
	Server [keySize]byte // central's public key, Keys.Noise
	PSK    [keySize]byte // Grant.PSK
	Random io.Reader     // crypto/rand.Reader outside tests
}

// Dialing waits for central's answer.
type Dialing struct{ state *noise.HandshakeState }

// Dial begins a handshake and gives message 1, 96 bytes.
func Dial(cfg DialConfig) (*Dialing, []byte, error) {
	state, err := noise.NewHandshakeState(noise.Config{
		CipherSuite: suite(cfg.Static), Pattern: noise.HandshakeIK, Initiator: true, Random: cfg.Random,
		Prologue: prologue(cfg.Server), PresharedKey: cfg.PSK[:], PresharedKeyPlacement: 2,
		StaticKeypair: keyOf(cfg.Static), PeerStatic: cfg.Server[:],
	})
	if err != nil {
		return nil, nil, fmt.Errorf("begin handshake: %w", err)
	}
	message1, _, _, err := state.WriteMessage(nil, nil)
	if err != nil {
		return nil, nil, fmt.Errorf("begin handshake: %w", err)
	}
	return &Dialing{state}, message1, nil
}

// Finish reads message 2. Afterwards the Dialing is used up.
func (d *Dialing) Finish(message2 []byte) (*Channel, error) {
	if d.state == nil || len(message2) != message2Size {
		return nil, ErrHandshake
	}
	state := d.state
	d.state = nil
	payload, up, down, err := state.ReadMessage(nil, message2)
	if err != nil || len(payload) != 0 || up == nil {
		return nil, ErrHandshake
	}
	return newChannel(up, down, state.ChannelBinding()), nil
}

// AcceptConfig is what central knows before a device shakes hands.
type AcceptConfig struct {
	Static KeyPair   // central's key
	Random io.Reader // crypto/rand.Reader outside tests
}

// Accept reads message 1, asks psk for the key of the device with that public
// key, and gives the channel, message 2 (48 bytes) and the device's public
// key. An error of psk comes back wrapped.
//
// Message 1 can be replayed by whoever saw it: only the first message that
// opens on the channel proves that the device is there now.
func Accept(cfg AcceptConfig, message1 []byte, psk func(peer [32]byte) ([32]byte, error)) (*Channel, []byte, [32]byte, error) {
	var peer [keySize]byte
	if len(message1) != message1Size {
		return nil, nil, peer, ErrHandshake
	}
	state, err := noise.NewHandshakeState(noise.Config{
		CipherSuite: suite(cfg.Static), Pattern: noise.HandshakeIK, Random: cfg.Random,
		Prologue: prologue(cfg.Static.Public), PresharedKeyPlacement: 2, StaticKeypair: keyOf(cfg.Static),
	})
	if err != nil {
		return nil, nil, peer, fmt.Errorf("accept handshake: %w", err)
	}
	if _, _, _, err := state.ReadMessage(nil, message1); err != nil {
		return nil, nil, peer, ErrHandshake
	}
	peer = [keySize]byte(state.PeerStatic())
	key, err := psk(peer)
	if err != nil {
		return nil, nil, peer, fmt.Errorf("accept handshake: %w", err)
	}
	if err := state.SetPresharedKey(key[:]); err != nil {
		return nil, nil, peer, fmt.Errorf("accept handshake: %w", err)
	}
	message2, up, down, err := state.WriteMessage(nil, nil)
	if err != nil {
		return nil, nil, peer, ErrHandshake
	}
	return newChannel(down, up, state.ChannelBinding()), message2, peer, nil
}

func prologue(server [keySize]byte) []byte {
	id := sha256.Sum256(server[:])
	return append([]byte{'e', 'z', 'h', 'i', 't', 'o', 'n', 'g', '-', 's', 'y', 'n', 'c', Version}, id[:8]...)
}

func keyOf(k KeyPair) noise.DHKey {
	return noise.DHKey{Private: k.Private[:], Public: k.Public[:]}
}
