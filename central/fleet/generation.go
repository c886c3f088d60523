package fleet

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"ezhitong.tw/syncproto"
	"ezhitong.tw/syncproto/noise"
)

// generation is one set of central's static keys. The first is in the file; the
// others are in the database, sealed with a key that the file gives.
type generation struct {
	number  int
	hpke    hpke.PrivateKey
	noise   noise.KeyPair
	sign    ed25519.PrivateKey
	created int64 // Unix milliseconds, 0 for the first
	retired int64 // Unix milliseconds, 0 while devices may use it
}

const seedsSize = 3 * partSize // of the HPKE, X25519 and Ed25519 keys

func newGeneration(number int, seeds []byte) (*generation, error) {
	g := &generation{number: number}
	var err error
	if g.hpke, err = hpke.MLKEM768X25519().NewPrivateKey(seeds[:partSize]); err != nil {
		return nil, fmt.Errorf("HPKE key: %w", err)
	}
	if g.noise, err = noise.KeyOf([partSize]byte(seeds[partSize : 2*partSize])); err != nil {
		return nil, err
	}
	g.sign = ed25519.NewKeyFromSeed(seeds[2*partSize : seedsSize])
	return g, nil
}

func (g *generation) public() syncproto.Keys {
	return syncproto.Keys{
		HPKE:  g.hpke.PublicKey().Bytes(),
		Noise: bytes.Clone(g.noise.Public[:]),
		Sign:  bytes.Clone(g.sign.Public().(ed25519.PublicKey)),
	}
}

// vault gives the cipher that seals the seeds of further generations.
func (s *Secrets) vault() (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, s.root, nil, "ezhitong central keys 1", 32)
	if err != nil {
		return nil, fmt.Errorf("derive the key of keys: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("the key of keys: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (s *Secrets) sealSeeds(number int, seeds []byte) ([]byte, error) {
	v, err := s.vault()
	if err != nil {
		return nil, err
	}
	return v.Seal(nil, nil, seeds, binary.BigEndian.AppendUint32(nil, uint32(number))), nil
}

func (s *Secrets) openSeeds(number int, sealed []byte) (*generation, error) {
	v, err := s.vault()
	if err != nil {
		return nil, err
	}
	seeds, err := v.Open(nil, nil, sealed, binary.BigEndian.AppendUint32(nil, uint32(number)))
	if err != nil || len(seeds) != seedsSize {
		return nil, fmt.Errorf("central's keys of generation %d do not open with this %s", number, SecretsFile)
	}
	return newGeneration(number, seeds)
}

// generations gives all, the newest first.
func (s *Secrets) generations() []*generation { return *s.all.Load() }

// valid gives those that devices may use, the newest first: one, or two while
// devices move.
func (s *Secrets) valid() []*generation {
	return slices.DeleteFunc(slices.Clone(s.generations()), func(g *generation) bool { return g.retired != 0 })
}

func (s *Secrets) newest() *generation { return s.generations()[0] }

// byID finds the valid generation with a syncproto.Keys.ID.
func (s *Secrets) byID(id []byte) (*generation, bool) {
	for _, g := range s.valid() {
		if bytes.Equal(g.public().ID(), id) {
			return g, true
		}
	}
	return nil, false
}

// Public gives what PathKeys serves: the newest keys.
func (s *Secrets) Public() syncproto.Keys { return s.newest().public() }

// PublicOf gives the valid keys with a fingerprint, else the newest.
func (s *Secrets) PublicOf(fingerprint string) syncproto.Keys {
	for _, g := range s.valid() {
		if k := g.public(); k.Fingerprint() == fingerprint {
			return k
		}
	}
	return s.Public()
}

// Accept is noise.Accept with whichever of central's keys the device used. A
// device that used a retired one is told so by syncproto.ProblemKeyRetired.
func (s *Secrets) Accept(cfg noise.AcceptConfig, message1 []byte, psk func([32]byte) ([32]byte, error)) (*noise.Channel, []byte, error) {
	for _, g := range s.generations() {
		ask := psk
		if g.retired != 0 {
			ask = func([32]byte) ([32]byte, error) {
				return [32]byte{}, syncproto.Problem{Code: syncproto.ProblemKeyRetired}
			}
		}
		cfg.Static = g.noise
		channel, message2, peer, err := noise.Accept(cfg, message1, ask)
		if err == nil || peer != ([32]byte{}) { // this key opens it, whatever comes of that
			return channel, message2, err
		}
	}
	return nil, nil, noise.ErrHandshake
}

// SignCheckpoint signs a checkpoint with every key that devices may hold.
func (s *Secrets) SignCheckpoint(c *syncproto.Checkpoint) {
	var keys []ed25519.PrivateKey
	for _, g := range s.valid() {
		keys = append(keys, g.sign)
	}
	c.Sign(keys...)
}

// OpenBundle reads a bundle that is sealed to this central, with keys of any
// age: what happened at a clinic is never turned away. sign writes the receipt with the
// keys that its device holds.
func (s *Secrets) OpenBundle(b []byte) (pushes []syncproto.Push, sign func(syncproto.Receipt) ([]byte, error), err error) {
	for _, g := range s.generations() {
		if pushes, err = syncproto.OpenBundle(g.hpke, g.public(), b); err == nil {
			return pushes, func(r syncproto.Receipt) ([]byte, error) { return syncproto.SignReceipt(r, g.public(), g.sign) }, nil
		}
	}
	return nil, nil, err
}

// openEnrolment reads a sealed request with whichever valid key it is for.
func (s *Secrets) openEnrolment(sealed []byte) (req syncproto.EnrolRequest, sealer *syncproto.ReplySealer, g *generation, err error) {
	for _, g = range s.valid() {
		if req, sealer, err = syncproto.OpenEnrolment(g.hpke, sealed); err == nil {
			return req, sealer, g, nil
		}
	}
	return req, nil, nil, err
}
