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

// Enrol turns a one-time code into the device's identity. The code is sent only
// to a central whose keys match the code's fingerprint, and sealed to it. What
// central refuses comes back as a syncproto.Problem.
func Enrol(ctx context.Context, link *HTTPLink, code, build string) (replica.Identity, error) {
	parsed, err := syncproto.ParseCode(code)
	if err != nil {
		return replica.Identity{}, err
	}
	keys, err := link.Keys(ctx)
	if err != nil {
		return replica.Identity{}, fmt.Errorf("get central's keys: %w", err)
	}
	if !parsed.Matches(keys) {
		return replica.Identity{}, ErrFingerprint
	}
	static, err := noise.GenerateKey(rand.Reader)
	if err != nil {
		return replica.Identity{}, err
	}
	verify, sign, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return replica.Identity{}, fmt.Errorf("draw a signing key: %w", err)
	}
	request := syncproto.EnrolRequest{Code: parsed.Secret, Noise: static.Public[:], Sign: verify, Build: build}
	sealed, opener, err := syncproto.SealEnrolment(keys, request)
	if err != nil {
		return replica.Identity{}, fmt.Errorf("seal the request: %w", err)
	}
	answer, err := link.Enrol(ctx, sealed)
	if err != nil {
		return replica.Identity{}, fmt.Errorf("ask for a grant: %w", err)
	}
	grant, err := opener.Open(answer)
	if err != nil {
		return replica.Identity{}, fmt.Errorf("open the grant: %w", err)
	}
	return replica.Identity{Grant: grant, Central: keys, Noise: static.Private[:], Sign: sign.Seed()}, nil
}
