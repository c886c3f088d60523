package noise

import (
	"crypto/ecdh"
	"io"

	"github.com/flynn/noise"
)

// suite is the cryptography of one handshake of whoever has the static key.
func suite(static KeyPair) noise.CipherSuite {
	keys := x25519{static.Private: static.ready}
	return noise.NewCipherSuite(keys, noise.CipherChaChaPoly, noise.HashBLAKE2s)
}

// x25519 is the Diffie-Hellman function of one handshake, by the standard library.
// It holds the private keys of the handshake, for the library works out the public
// half of a key whenever it reads one, and that takes as long as an agreement.
type x25519 map[[keySize]byte]*ecdh.PrivateKey

// GenerateKeypair is noise.DHFunc's.
func (x x25519) GenerateKeypair(random io.Reader) (noise.DHKey, error) {
	k, err := GenerateKey(random)
	if err != nil {
		return noise.DHKey{}, err
	}
	x[k.Private] = k.ready
	return keyOf(k), nil
}

// DH is noise.DHFunc's. Its error says that the other side's key is one that makes
// every agreement the same.
func (x x25519) DH(private, public []byte) ([]byte, error) {
	other, err := ecdh.X25519().NewPublicKey(public)
	if err != nil {
		return nil, err
	}
	return x[[keySize]byte(private)].ECDH(other)
}

// DHLen is noise.DHFunc's.
func (x25519) DHLen() int { return keySize }

// DHName is noise.DHFunc's.
func (x25519) DHName() string { return noise.DH25519.DHName() }
