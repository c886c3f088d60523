package syncproto

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
)

// Sizes of keys, in bytes.
const (
	HPKEPublicSize  = 1216 // MLKEM768X25519
	HPKEPrivateSize = 32   // its seed
	NoiseKeySize    = 32   // X25519, public and private
	PSKSize         = 32
)

// Labels keep the uses of a key apart.
const (
	enrolInfo   = "ezhitong enrol 1"       // HPKE info, before the fingerprint
	enrolReply  = "ezhitong enrol reply 1" // HPKE exporter context
	signedGrant = "ezhitong grant 1\x00"
	hpkeEncSize = 1120 // encapsulated key of MLKEM768X25519
	nonceSize   = 12
)

// ErrSealed says that sealed bytes were changed, cut, or meant for another key.
var ErrSealed = errors.New("syncproto: sealed bytes do not open")

// EncodeKeys writes what PathKeys serves.
func EncodeKeys(k Keys) ([]byte, error) {
	if err := k.Check(); err != nil {
		return nil, err
	}
	return marshal(k), nil
}

// DecodeKeys reads what PathKeys serves. The keys are not to be trusted before
// Code.Matches says so.
func DecodeKeys(b []byte) (Keys, error) {
	var k Keys
	if err := unmarshal(b, &k); err != nil {
		return Keys{}, err
	}
	return k, k.Check()
}

// Check judges the sizes.
func (k Keys) Check() error {
	if len(k.HPKE) != HPKEPublicSize || len(k.Noise) != NoiseKeySize || len(k.Sign) != ed25519.PublicKeySize {
		return malformed("keys of %d, %d and %d bytes", len(k.HPKE), len(k.Noise), len(k.Sign))
	}
	return nil
}

// Check judges the sizes and texts.
func (r EnrolRequest) Check() error {
	if len(r.Code) != halfCode || len(r.Noise) != NoiseKeySize || len(r.Sign) != ed25519.PublicKeySize {
		return malformed("enrolment: code of %d characters, keys of %d and %d bytes", len(r.Code), len(r.Noise), len(r.Sign))
	}
	return texts("enrolment", maxShort, r.Code, r.Build)
}

// String hides the code.
func (r EnrolRequest) String() string { return "enrolment request of build " + r.Build }

// GoString hides the code.
func (r EnrolRequest) GoString() string { return r.String() }

// LogValue hides the code.
func (r EnrolRequest) LogValue() slog.Value { return slog.StringValue(r.String()) }

// SealEnrolment seals a request to central's HPKE key (MLKEM768X25519,
// HKDF-SHA256, AES-256-GCM). The opener reads the answer to exactly these
// bytes. Sending the same bytes again gives the same grant as long as the code
// lives, so a lost answer costs nothing.
func SealEnrolment(keys Keys, req EnrolRequest) ([]byte, *Opener, error) {
	if err := keys.Check(); err != nil {
		return nil, nil, err
	}
	if err := req.Check(); err != nil {
		return nil, nil, err
	}
	public, err := hpke.MLKEM768X25519().NewPublicKey(keys.HPKE)
	if err != nil {
		return nil, nil, malformed("central's HPKE key: %v", err)
	}
	enc, sender, err := hpke.NewSender(public, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(enrolInfo))
	if err != nil {
		return nil, nil, fmt.Errorf("seal enrolment: %w", err)
	}
	sealed, err := sender.Seal(nil, marshal(req))
	if err != nil {
		return nil, nil, fmt.Errorf("seal enrolment: %w", err)
	}
	key, err := sender.Export(enrolReply, 32)
	if err != nil {
		return nil, nil, fmt.Errorf("seal enrolment: %w", err)
	}
	return append(enc, sealed...), &Opener{key: key, keys: keys, req: req}, nil
}

// Opener reads the answer to a sealed request.
type Opener struct {
	key  []byte
	keys Keys
	req  EnrolRequest
}

// Open reads the grant and verifies central's signature on it.
func (o *Opener) Open(sealed []byte) (Grant, error) {
	aead, err := newGCM(o.key)
	if err != nil {
		return Grant{}, err
	}
	if len(sealed) < nonceSize {
		return Grant{}, ErrSealed
	}
	plain, err := aead.Open(nil, sealed[:nonceSize], sealed[nonceSize:], nil)
	if err != nil {
		return Grant{}, ErrSealed
	}
	var g Grant
	if err := unmarshal(plain, &g); err != nil {
		return Grant{}, err
	}
	if err := g.Check(); err != nil {
		return Grant{}, err
	}
	return g, VerifyGrant(g, o.req, o.keys)
}

// OpenEnrolment reads a sealed request with central's HPKE key. The sealer
// seals the grant so that only the sender of these bytes can read it.
func OpenEnrolment(key hpke.PrivateKey, sealed []byte) (EnrolRequest, *ReplySealer, error) {
	if len(sealed) < hpkeEncSize {
		return EnrolRequest{}, nil, malformed("sealed request of %d bytes", len(sealed))
	}
	r, err := hpke.NewRecipient(sealed[:hpkeEncSize], key, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(enrolInfo))
	if err != nil {
		return EnrolRequest{}, nil, ErrSealed
	}
	plain, err := r.Open(nil, sealed[hpkeEncSize:])
	if err != nil {
		return EnrolRequest{}, nil, ErrSealed
	}
	var req EnrolRequest
	if err := unmarshal(plain, &req); err != nil {
		return EnrolRequest{}, nil, err
	}
	if err := req.Check(); err != nil {
		return EnrolRequest{}, nil, err
	}
	reply, err := r.Export(enrolReply, 32)
	if err != nil {
		return EnrolRequest{}, nil, fmt.Errorf("open enrolment: %w", err)
	}
	return req, &ReplySealer{key: reply}, nil
}

// ReplySealer seals the answer to one request.
type ReplySealer struct{ key []byte }

// Seal writes a random nonce of 12 bytes and the grant under AES-256-GCM.
func (s *ReplySealer) Seal(g Grant) ([]byte, error) {
	if err := g.Check(); err != nil {
		return nil, err
	}
	aead, err := newGCM(s.key)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, nonceSize)
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("seal grant: %w", err)
	}
	return aead.Seal(nonce, nonce, marshal(g), nil), nil
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("AES-256: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("AES-256-GCM: %w", err)
	}
	return aead, nil
}

// Check judges sizes, texts and times.
func (g Grant) Check() error {
	switch {
	case g.Device.IsZero() || g.Epoch == 0:
		return malformed("grant: no device or epoch")
	case g.Role != RoleDesk && g.Role != RoleKiosk:
		return malformed("grant: unknown role")
	case len(g.PSK) != PSKSize || len(g.Signature) != ed25519.SignatureSize:
		return malformed("grant: psk of %d, signature of %d bytes", len(g.PSK), len(g.Signature))
	case g.NotBefore <= 0 || g.Expires <= g.NotBefore:
		return malformed("grant: from %d to %d", g.NotBefore, g.Expires)
	}
	return texts("grant", maxText, g.Site, g.SiteName, g.Letter, g.Label)
}

// ValidAt says whether the grant holds at an instant in Unix seconds.
func (g Grant) ValidAt(unix int64) bool { return unix >= g.NotBefore && unix < g.Expires }

// String hides the psk.
func (g Grant) String() string {
	return fmt.Sprintf("grant of device %s at site %s as %s", g.Device, g.Site, g.Role)
}

// GoString hides the psk.
func (g Grant) GoString() string { return g.String() }

// LogValue hides the psk.
func (g Grant) LogValue() slog.Value { return slog.StringValue(g.String()) }

// GrantBytes gives what a grant's signature covers: a label, the device's two
// public keys, and the canonical CBOR of the grant with an empty Signature.
func GrantBytes(g Grant, req EnrolRequest) []byte {
	g.Signature = nil
	b := append([]byte(signedGrant), req.Noise...)
	b = append(b, req.Sign...)
	return append(b, marshal(g)...)
}

// SignFor fills in the signature for the device that sent req.
func (g *Grant) SignFor(req EnrolRequest, key ed25519.PrivateKey) {
	g.Signature = ed25519.Sign(key, GrantBytes(*g, req))
}

// VerifyGrant judges central's signature on a grant.
func VerifyGrant(g Grant, req EnrolRequest, keys Keys) error {
	if len(keys.Sign) != ed25519.PublicKeySize || !ed25519.Verify(keys.Sign, GrantBytes(g, req), g.Signature) {
		return fmt.Errorf("grant: %w", ErrSignature)
	}
	return nil
}
