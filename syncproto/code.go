package syncproto

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
)

// crockford is the alphabet of enrolment codes: digits and capitals without
// I, L, O and U (Douglas Crockford, "Base 32").
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// between are the characters that people type between groups.
const between = " \t\r\n-‐‑‒–—−　"

// The shape of an enrolment code.
const (
	halfCode  = 10 // characters of the secret and of the fingerprint, 50 bits each
	groupSize = 5
)

// ErrCode says that what was typed is not an enrolment code. People are told
// to compare it with central's screen.
var ErrCode = errors.New("syncproto: not an enrolment code")

// Code is an enrolment code: a secret that works once, and the fingerprint of
// the central that gave it out.
type Code struct {
	Secret      string // ten characters, what EnrolRequest.Code carries
	Fingerprint string // ten characters, Keys.Fingerprint
}

// NewCode draws a code for a central with these keys.
func NewCode(random io.Reader, keys Keys) (Code, error) {
	var raw [7]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return Code{}, fmt.Errorf("draw enrolment code: %w", err)
	}
	return Code{Secret: base32Of(raw[:]), Fingerprint: keys.Fingerprint()}, nil
}

// Text gives the code for people, ABCDE-FGHJK-MNPQR-STVWX: the secret, then
// the fingerprint.
func (c Code) Text() string {
	all := c.Secret + c.Fingerprint
	var groups []string
	for ; len(all) > groupSize; all = all[groupSize:] {
		groups = append(groups, all[:groupSize])
	}
	return strings.Join(append(groups, all), "-")
}

// String hides the secret.
func (c Code) String() string { return "*****-*****-" + c.Fingerprint }

// GoString hides the secret too.
func (c Code) GoString() string { return c.String() }

// Matches says whether keys belong to the central that gave out the code.
func (c Code) Matches(keys Keys) bool {
	return subtle.ConstantTimeCompare([]byte(c.Fingerprint), []byte(keys.Fingerprint())) == 1
}

// ParseCode reads what a person typed or a scanner read: letters of either
// case, O for 0, I and L for 1, spaces and dashes anywhere, full-width forms
// too. Its error wraps ErrCode and holds nothing of the code.
func ParseCode(typed string) (Code, error) {
	var clean strings.Builder
	for _, r := range typed {
		if r >= '！' && r <= '～' { // full-width forms, U+FF01 to U+FF5E
			r -= '！' - '!'
		}
		switch {
		case r >= 'a' && r <= 'z':
			r -= 'a' - 'A'
		case strings.ContainsRune(between, r):
			continue
		}
		switch r {
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if !strings.ContainsRune(crockford, r) {
			return Code{}, fmt.Errorf("%w: character %d is none of %s", ErrCode, clean.Len()+1, crockford)
		}
		clean.WriteRune(r)
	}
	all := clean.String()
	if len(all) != 2*halfCode {
		return Code{}, fmt.Errorf("%w: %d characters, not %d", ErrCode, len(all), 2*halfCode)
	}
	return Code{Secret: all[:halfCode], Fingerprint: all[halfCode:]}, nil
}

// invitation begins the text of the QR code that central shows.
const invitation = "ezhitong:"

// Invite gives the text of a QR code: the enrolment code, and the base address
// at which central is found, such as https://vaccine.example.
func Invite(c Code, address string) string { return invitation + c.Text() + "@" + address }

// ParseInvitation reads what Invite wrote, or a code alone, which has no
// address. Its error wraps ErrCode and holds nothing of the code.
func ParseInvitation(text string) (c Code, address string, err error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), invitation)
	if !ok {
		c, err = ParseCode(text)
		return c, "", err
	}
	typed, address, ok := strings.Cut(rest, "@")
	if c, err = ParseCode(typed); err != nil {
		return Code{}, "", err
	}
	u, err := url.Parse(address)
	if !ok || err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" {
		return Code{}, "", fmt.Errorf("%w: no address of central", ErrCode)
	}
	return c, u.Scheme + "://" + u.Host, nil
}

// base32Of writes the first 50 bits of b (at least seven bytes) as ten
// characters.
func base32Of(b []byte) string {
	var bits uint64
	for _, x := range b[:7] {
		bits = bits<<8 | uint64(x)
	}
	bits >>= 6
	var out [halfCode]byte
	for i := halfCode - 1; i >= 0; i-- {
		out[i] = crockford[bits&31]
		bits >>= 5
	}
	return string(out[:])
}

// Fingerprint gives ten characters, the first 50 bits of SHA-256 over the
// canonical CBOR of the keys.
func (k Keys) Fingerprint() string {
	sum := sha256.Sum256(marshal(k))
	return base32Of(sum[:])
}
