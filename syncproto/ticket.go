package syncproto

import (
	"crypto/ed25519"
	"encoding/base64"
	"strings"

	"ezhitong.tw/clinic"
)

// ticketPrefix marks the text in a booking's QR code, and ticketContext keeps
// its signature apart from every other one of the key.
const (
	ticketPrefix  = "EZT1:"
	ticketContext = "ezhitong booking ticket 1\x00"
)

// CutTicket cuts a text before the QR code of a booking that begins in it.
func CutTicket(text string) (before, ticket string, found bool) {
	before, rest, found := strings.Cut(text, ticketPrefix)
	if !found {
		return text, "", false
	}
	return before, ticketPrefix + rest, true
}

// SignTicket gives the text of a booking's QR code: the booking's id and
// central's signature over it, 112 characters. Nothing in it names a person.
func SignTicket(booking clinic.ID, key ed25519.PrivateKey) string {
	signature := ed25519.Sign(key, append([]byte(ticketContext), booking[:]...))
	return ticketPrefix + base64.RawURLEncoding.EncodeToString(append(booking[:], signature...))
}

// ParseTicket reads a QR code and verifies, without a network, that central made
// it. The error wraps ErrMalformed, or is ErrSignature; then the id is what the
// text claims, which tells nothing unless the booking is known otherwise.
func ParseTicket(text string, key ed25519.PublicKey) (clinic.ID, error) {
	encoded, ok := strings.CutPrefix(strings.TrimSpace(text), ticketPrefix)
	if !ok {
		return clinic.ID{}, malformed("not the QR code of a booking")
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil || len(raw) != len(clinic.ID{})+ed25519.SignatureSize {
		return clinic.ID{}, malformed("the QR code of a booking has another length")
	}
	booking := clinic.ID(raw[:16])
	if len(key) != ed25519.PublicKeySize || !ed25519.Verify(key, append([]byte(ticketContext), booking[:]...), raw[16:]) {
		return booking, ErrSignature
	}
	return booking, nil
}
