package syncproto

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
)

// KeysIDSize is the length of Keys.ID in bytes.
const KeysIDSize = 16

const signedKeys = "ezhitong keys 1\x00"

// ErrGrant says that a grant is not one that this device may take: another's,
// out of date, or changed in what a renewal leaves alone.
var ErrGrant = errors.New("syncproto: the grant is not for this device now")

// Renew asks, once in every session, for what became of the device's grant and
// of central's keys.
type Renew struct {
	Keys    []byte `cbor:"1,keyasint"` // Keys.ID of those that the device holds
	Expires int64  `cbor:"2,keyasint"` // of the grant that it holds
}

// Renewal answers Renew. It is empty when nothing changed. New keys are signed
// by the ones that the device holds, and come with a grant signed by the new.
type Renewal struct {
	Grant     *Grant `cbor:"1,keyasint,omitempty"`
	Keys      *Keys  `cbor:"2,keyasint,omitempty"`
	Signature []byte `cbor:"3,keyasint,omitempty"` // of Keys, 64 bytes
}

// Kind is KindRenew.
func (Renew) Kind() Kind { return KindRenew }

// Kind is KindRenewal.
func (Renewal) Kind() Kind { return KindRenewal }

// Needs is the version that brought Renew.
func (Renew) Needs() int { return second }

// Needs is the version that brought Renewal.
func (Renewal) Needs() int { return second }

// Check judges the limits of Renew.
func (r Renew) Check() error {
	if len(r.Keys) != KeysIDSize || r.Expires <= 0 {
		return malformed("renew: id of %d bytes, grant until %d", len(r.Keys), r.Expires)
	}
	return nil
}

// Check judges the limits of Renewal.
func (r Renewal) Check() error {
	switch {
	case r.Keys == nil && len(r.Signature) != 0, r.Keys != nil && len(r.Signature) != ed25519.SignatureSize:
		return malformed("renewal: signature of %d bytes", len(r.Signature))
	case r.Keys != nil && r.Grant == nil:
		return malformed("renewal: keys without a grant")
	}
	if r.Keys != nil {
		if err := r.Keys.Check(); err != nil {
			return err
		}
	}
	if r.Grant != nil {
		return r.Grant.Check()
	}
	return nil
}

// ID names keys: the first 16 bytes of SHA-256 over their canonical CBOR.
func (k Keys) ID() []byte {
	sum := sha256.Sum256(marshal(k))
	return sum[:KeysIDSize]
}

// KeysBytes gives what the signature on new keys covers.
func KeysBytes(k Keys) []byte { return append([]byte(signedKeys), marshal(k)...) }

// SignKeys sets the keys, signed by the key that came before them.
func (r *Renewal) SignKeys(k Keys, before ed25519.PrivateKey) {
	r.Keys, r.Signature = &k, ed25519.Sign(before, KeysBytes(k))
}

// Holder is what a device knows of itself and of central.
type Holder struct {
	Grant Grant
	Keys  Keys
	Noise []byte // its X25519 public key
	Sign  []byte // its Ed25519 public key
}

// Take judges a renewal at an instant in Unix seconds and gives what the device
// holds from now on. Its error wraps ErrSignature or ErrGrant, and then nothing
// changes.
func (h Holder) Take(r Renewal, unix int64) (Holder, error) {
	next := h
	if r.Keys != nil {
		if len(h.Keys.Sign) != ed25519.PublicKeySize || !ed25519.Verify(h.Keys.Sign, KeysBytes(*r.Keys), r.Signature) {
			return h, fmt.Errorf("new keys of central: %w", ErrSignature)
		}
		next.Keys = *r.Keys
	}
	if r.Grant == nil {
		return next, nil
	}
	g := *r.Grant
	if err := VerifyGrant(g, h.Noise, h.Sign, next.Keys); err != nil {
		return h, err
	}
	same := g.Device == h.Grant.Device && g.Epoch == h.Grant.Epoch && g.Site == h.Grant.Site && g.Role == h.Grant.Role &&
		g.Letter == h.Grant.Letter && bytes.Equal(g.PSK, h.Grant.PSK)
	if !same || !g.ValidAt(unix) || g.Expires < h.Grant.Expires {
		return h, ErrGrant
	}
	next.Grant = g
	return next, nil
}
