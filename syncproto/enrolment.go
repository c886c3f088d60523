package syncproto

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
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
// HKDF-SHA256, AES-256-GCM). The opener reads the answers to exactly these
// bytes. A device sends the same bytes until a person has approved it and the
// grant comes back; a lost answer costs nothing.
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
	sealed = append(enc, sealed...)
	return sealed, &Opener{key: key, keys: keys, req: req, sent: sha256.Sum256(sealed)}, nil
}

// Opener reads the answers to a sealed request.
type Opener struct {
	key  []byte
	keys Keys
	req  EnrolRequest
	sent [sha256.Size]byte
}

// Open reads an answer and verifies central's signature on the grant in it.
func (o *Opener) Open(sealed []byte) (EnrolReply, error) {
	aead, err := newGCM(o.key)
	if err != nil {
		return EnrolReply{}, err
	}
	if len(sealed) < nonceSize {
		return EnrolReply{}, ErrSealed
	}
	plain, err := aead.Open(nil, sealed[:nonceSize], sealed[nonceSize:], nil)
	if err != nil {
		return EnrolReply{}, ErrSealed
	}
	var r EnrolReply
	if err := unmarshal(plain, &r); err != nil {
		return EnrolReply{}, err
	}
	if err := r.Check(); err != nil {
		return EnrolReply{}, err
	}
	if r.Grant != nil {
		return r, VerifyGrant(*r.Grant, o.req.Noise, o.req.Sign, o.keys)
	}
	return r, nil
}

// Words gives the words that belong to an answer.
func (o *Opener) Words(r EnrolReply) Words { return words(o.keys, o.sent, r.Nonce) }

// OpenEnrolment reads a sealed request with central's HPKE key. The sealer
// seals the answer so that only the sender of these bytes can read it.
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
	return req, &ReplySealer{key: reply, received: sha256.Sum256(sealed)}, nil
}

// ReplySealer seals the answers to one request.
type ReplySealer struct {
	key      []byte
	received [sha256.Size]byte
}

// Words gives the words of the request, for a central with these keys.
func (s *ReplySealer) Words(keys Keys, nonce []byte) Words { return words(keys, s.received, nonce) }

// Seal writes a random nonce of 12 bytes and the answer under AES-256-GCM.
func (s *ReplySealer) Seal(r EnrolReply) ([]byte, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	aead, err := newGCM(s.key)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, nonceSize)
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("seal an answer: %w", err)
	}
	return aead.Seal(nonce, nonce, marshal(r), nil), nil
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

// Check judges the nonce and the grant.
func (r EnrolReply) Check() error {
	if len(r.Nonce) != EnrolNonceSize {
		return malformed("answer to an enrolment: nonce of %d bytes", len(r.Nonce))
	}
	if r.Grant == nil {
		return nil
	}
	return r.Grant.Check()
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
func GrantBytes(g Grant, noise, sign []byte) []byte {
	g.Signature = nil
	b := append([]byte(signedGrant), noise...)
	b = append(b, sign...)
	return append(b, marshal(g)...)
}

// SignFor fills in the signature for the device with these public keys.
func (g *Grant) SignFor(noise, sign []byte, key ed25519.PrivateKey) {
	g.Signature = ed25519.Sign(key, GrantBytes(*g, noise, sign))
}

// VerifyGrant judges central's signature on a grant for the device with these
// public keys.
func VerifyGrant(g Grant, noise, sign []byte, keys Keys) error {
	if len(keys.Sign) != ed25519.PublicKeySize || !ed25519.Verify(keys.Sign, GrantBytes(g, noise, sign), g.Signature) {
		return fmt.Errorf("grant: %w", ErrSignature)
	}
	return nil
}
