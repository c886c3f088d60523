package fleet

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync/atomic"

	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/secretfile"
	"ezhitong.tw/syncproto"
)

// SecretsFile is the name of the file of central's keys in its folder: a line
// "ezhitong-central-1" and a line of 128 bytes in base 64, which are the HPKE
// seed, the X25519 key, the Ed25519 seed and the root of derived keys; later
// generations of the first three are in the database, sealed. Losing
// it means enrolling every device again.
const SecretsFile = "central.key"

const (
	secretsLine = "ezhitong-central-1"
	partSize    = 32
)

// Secrets is central's key material. It is safe for use by many goroutines.
type Secrets struct {
	root []byte
	all  atomic.Pointer[[]*generation] // the newest first, never empty
}

// String hides the keys.
func (s *Secrets) String() string { return "central " + s.Public().Fingerprint() }

// GoString hides the keys.
func (s *Secrets) GoString() string { return s.String() }

// psk derives a device's pre-shared key, so that none is kept anywhere.
func (s *Secrets) psk(device clinic.ID) ([syncproto.PSKSize]byte, error) {
	key, err := hkdf.Key(sha256.New, s.root, nil, "ezhitong psk 1\x00"+string(device[:]), syncproto.PSKSize)
	if err != nil {
		return [syncproto.PSKSize]byte{}, fmt.Errorf("derive a psk: %w", err)
	}
	return [syncproto.PSKSize]byte(key), nil
}

// proof is the keyed hash under which an enrolment secret is kept. Its 50 bits
// would not survive a search in a stolen database without the key.
func (s *Secrets) proof(secret string) []byte {
	h := hmac.New(sha256.New, s.root)
	h.Write([]byte("ezhitong enrolment code 1\x00" + secret))
	return h.Sum(nil)
}

// LoadOrCreateSecrets reads the keys of a folder, or draws them where there
// are none yet. The file is readable by its owner only; one that others can
// read is refused. A new file is on the disk when this returns.
func LoadOrCreateSecrets(folder string, random io.Reader) (*Secrets, error) {
	path := filepath.Join(folder, SecretsFile)
	text, err := secretfile.ReadOrCreate(path, func() ([]byte, error) {
		raw := make([]byte, 4*partSize)
		if _, err := io.ReadFull(random, raw); err != nil {
			return nil, fmt.Errorf("draw central's keys: %w", err)
		}
		return []byte(secretsLine + "\n" + base64.StdEncoding.EncodeToString(raw) + "\n"), nil
	})
	if err != nil {
		return nil, err
	}
	s, err := parseSecrets(text)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return s, nil
}

func parseSecrets(text []byte) (*Secrets, error) {
	first, second, ok := strings.Cut(string(text), "\n")
	if !ok || first != secretsLine {
		return nil, fmt.Errorf("the first line is not %s", secretsLine)
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSuffix(second, "\n"))
	if err != nil || len(raw) != 4*partSize {
		return nil, fmt.Errorf("the second line is not %d bytes in base 64", 4*partSize)
	}
	one, err := newGeneration(1, raw[:seedsSize])
	if err != nil {
		return nil, err
	}
	s := &Secrets{root: raw[seedsSize:]}
	s.all.Store(&[]*generation{one})
	return s, nil
}
