package agent

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"

	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
	"ezhitong.tw/syncproto/noise"
)

// ErrFingerprint says that whoever answers at central's address is not the
// central that made the enrolment code.
var ErrFingerprint = errors.New("central's keys do not match the enrolment code")

// Enrolment is one attempt to come in with a code, by a device with new keys.
type Enrolment struct {
	link     *HTTPLink
	sealed   []byte
	opener   *syncproto.Opener
	identity replica.Identity // without the grant
}

// NewEnrolment draws the device's keys and seals the request, for a central
// whose keys match the code's fingerprint and for no other.
func NewEnrolment(ctx context.Context, link *HTTPLink, code syncproto.Code, build string) (*Enrolment, error) {
	keys, err := link.Keys(ctx, code.Fingerprint)
	if err != nil {
		return nil, fmt.Errorf("get central's keys: %w", err)
	}
	if !code.Matches(keys) {
		return nil, ErrFingerprint
	}
	static, err := noise.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	verify, sign, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("draw a signing key: %w", err)
	}
	request := syncproto.EnrolRequest{Code: code.Secret, Noise: static.Public[:], Sign: verify, Build: build}
	e := &Enrolment{link: link, identity: replica.Identity{Central: keys, Noise: static.Private[:], Sign: sign.Seed()}}
	if e.sealed, e.opener, err = syncproto.SealEnrolment(keys, request); err != nil {
		return nil, fmt.Errorf("seal the request: %w", err)
	}
	return e, nil
}

// Ask asks central once. It gives the words that a person compares, and the
// identity as soon as that person has approved. What central refuses comes back
// as a syncproto.Problem; after any other error the same request may be sent
// again.
func (e *Enrolment) Ask(ctx context.Context) (words syncproto.Words, id replica.Identity, approved bool, err error) {
	answer, err := e.link.Enrol(ctx, e.sealed)
	if err != nil {
		return words, id, false, fmt.Errorf("ask for a grant: %w", err)
	}
	reply, err := e.opener.Open(answer)
	if err != nil {
		return words, id, false, fmt.Errorf("open the answer: %w", err)
	}
	if words = e.opener.Words(reply); reply.Grant == nil {
		return words, id, false, nil
	}
	id = e.identity
	id.Grant = *reply.Grant
	return words, id, true, nil
}
