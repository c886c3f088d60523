package syncproto

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrSignature says that a signature is not by the key that should have made
// it. It is answered with ProblemSignature.
var ErrSignature = errors.New("syncproto: signature does not verify")

// Hash is a link of a device's chain of ops; the zero Hash stands before the
// first op.
type Hash [sha256.Size]byte

// HashOf reads a 32-byte field such as Push.Previous; an empty one is the zero
// Hash.
func HashOf(b []byte) (Hash, error) {
	if len(b) == 0 {
		return Hash{}, nil
	}
	if len(b) != sha256.Size {
		return Hash{}, malformed("hash of %d bytes", len(b))
	}
	return Hash(b), nil
}

// HashOp links an op to the chain: SHA-256(prev ‖ canonical CBOR of the op).
func HashOp(prev Hash, op Op) Hash {
	h := sha256.New()
	h.Write(prev[:])
	h.Write(marshal(op))
	return Hash(h.Sum(nil))
}

// HashOps links several ops and gives the last hash.
func HashOps(prev Hash, ops []Op) Hash {
	for _, op := range ops {
		prev = HashOp(prev, op)
	}
	return prev
}

// signedPush separates a push's signature from every other one of the key.
const signedPush = "ezhitong push 1\x00"

// SigningBytes gives what a push's signature covers: a label, device, epoch,
// first and last number, the hash before First and the hash of the last op.
// Push.Status is not covered: it says nothing that has to be proved.
func SigningBytes(p Push) ([]byte, error) {
	prev, err := HashOf(p.Previous)
	if err != nil {
		return nil, err
	}
	if len(p.Ops) == 0 {
		return nil, malformed("push without ops")
	}
	return signingBytes(p, prev, HashOps(prev, p.Ops)), nil
}

func signingBytes(p Push, prev, last Hash) []byte {
	b := append([]byte(signedPush), p.Device[:]...)
	b = binary.BigEndian.AppendUint32(b, p.Epoch)
	b = binary.BigEndian.AppendUint64(b, p.Ops[0].Seq)
	b = binary.BigEndian.AppendUint64(b, p.Ops[len(p.Ops)-1].Seq)
	b = append(b, prev[:]...)
	return append(b, last[:]...)
}

// Sign fills in the push's signature. Previous may be empty before op 1.
func (p *Push) Sign(key ed25519.PrivateKey) error {
	if len(p.Previous) == 0 {
		p.Previous = make([]byte, sha256.Size)
	}
	b, err := SigningBytes(*p)
	if err != nil {
		return fmt.Errorf("sign push: %w", err)
	}
	p.Signature = ed25519.Sign(key, b)
	return nil
}

// VerifyPush judges the limits, the density and the signature of a push. It
// does not know the chain before Previous; central compares that with what it
// stored.
func VerifyPush(p Push, key ed25519.PublicKey) error {
	_, err := VerifyLinks(p, key)
	return err
}

// VerifyLinks is VerifyPush and gives the hash after each op.
func VerifyLinks(p Push, key ed25519.PublicKey) ([]Hash, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	links := make([]Hash, len(p.Ops))
	link := Hash(p.Previous)
	for i, op := range p.Ops {
		link = HashOp(link, op)
		links[i] = link
	}
	if len(key) != ed25519.PublicKeySize || !ed25519.Verify(key, signingBytes(p, Hash(p.Previous), link), p.Signature) {
		return nil, ErrSignature
	}
	return links, nil
}
