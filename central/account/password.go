package account

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"github.com/alexedwards/argon2id"

	"ezhitong.tw/clinic"
)

// cost is OWASP's first choice for argon2id (Password Storage Cheat Sheet):
// 19 MiB, two passes, one lane; about 25 ms.
var cost = argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// longest is how many bytes of a password are looked at; nobody has more.
const longest = 200

func hash(password string) (string, error) {
	h, err := argon2id.CreateHash(password, &cost)
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	return h, nil
}

// newPassword draws sixteen characters of Crockford's base 32 in four groups:
// 80 bits, without letters that are mistaken for one another.
func newPassword(random io.Reader) (string, error) {
	const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	var raw [16]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", fmt.Errorf("draw a password: %w", err)
	}
	var out strings.Builder
	for i, b := range raw {
		if i > 0 && i%4 == 0 {
			out.WriteByte('-')
		}
		out.WriteByte(alphabet[b&31])
	}
	return out.String(), nil
}

// gate lets so many passwords be judged at a time; a few more may wait, the
// rest is refused as busy, so that guessing can't eat the machine's memory.
type gate struct {
	seats   chan struct{}
	waiting *atomic.Int32
}

const mostWaiting = 32

func newGate(seats int) gate { return gate{make(chan struct{}, seats), new(atomic.Int32)} }

// matches judges a password.
func (g gate) matches(ctx context.Context, password, hash string) (bool, error) {
	if g.waiting.Add(1) > mostWaiting {
		g.waiting.Add(-1)
		return false, clinic.Refuse(clinic.RefusedBusy)
	}
	defer g.waiting.Add(-1)
	select {
	case g.seats <- struct{}{}:
	case <-ctx.Done():
		return false, fmt.Errorf("wait to judge a password: %w", context.Cause(ctx))
	}
	defer func() { <-g.seats }()
	if len(password) > longest {
		password = ""
	}
	ok, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("judge a password: %w", err)
	}
	return ok, nil
}
