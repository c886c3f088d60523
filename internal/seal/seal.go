// Package seal hides personal fields at rest: sealed values that only fit the
// row they were made for, and blind indexes to find them by.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"slices"
	"sync"
	"sync/atomic"
)

// SecretSize is the length of a secret in bytes.
const SecretSize = 32

// overhead is what a sealed value is longer than the plain one: a format byte,
// the key's number, a nonce of 12 and a tag of 16 bytes.
const (
	format   = 1
	header   = 1 + 4
	overhead = header + 12 + 16
)

// ErrSealed says that a sealed value was changed, moved from another row, or
// sealed with a key that is not here.
var ErrSealed = errors.New("the sealed value does not open")

// Keyring seals with one key and opens with any of them. It is safe for use by
// many goroutines.
//
// AES-256-GCM with a random nonce of 96 bits: a key is good for 2^32 values.
type Keyring struct {
	ring    atomic.Pointer[ring]
	adding  sync.Mutex
	indexes sync.Pool
}

// ring is what a keyring holds at a moment; the key with number i+1 is at place i.
type ring struct {
	keys []cipher.AEAD
	uses uint32 // the number of the key that seals
}

// New makes a keyring from secrets of SecretSize bytes; the secret at place i
// has the number i+1, and the last one seals. The blind indexes come from the first
// one and stay the same when others are added.
func New(secrets ...[]byte) (*Keyring, error) {
	if len(secrets) == 0 {
		return nil, errors.New("a keyring needs a secret")
	}
	k := &Keyring{}
	k.ring.Store(&ring{})
	for i, secret := range secrets {
		if err := k.Add(uint32(i+1), secret); err != nil {
			return nil, err
		}
	}
	k.Use(uint32(len(secrets)))
	index, err := hkdf.Key(sha256.New, secrets[0], nil, "ezhitong seal v1 index", 32)
	if err != nil {
		return nil, fmt.Errorf("derive the index key: %w", err)
	}
	k.indexes.New = func() any { return hmac.New(sha256.New, index) }
	return k, nil
}

// Add takes one more secret, of the number after the last one. Nothing is sealed
// with it before Use.
func (k *Keyring) Add(number uint32, secret []byte) error {
	k.adding.Lock()
	defer k.adding.Unlock()
	now := k.ring.Load()
	if int(number) != len(now.keys)+1 {
		return fmt.Errorf("secret %d can't follow secret %d", number, len(now.keys))
	}
	aead, err := cipherOf(secret, "ezhitong seal v1 data")
	if err != nil {
		return fmt.Errorf("secret %d: %w", number, err)
	}
	k.ring.Store(&ring{append(slices.Clone(now.keys), aead), max(now.uses, 1)})
	return nil
}

// Use has the key with a number seal from now on. A number that is not there
// changes nothing.
func (k *Keyring) Use(number uint32) {
	k.adding.Lock()
	defer k.adding.Unlock()
	if now := k.ring.Load(); number >= 1 && int(number) <= len(now.keys) {
		k.ring.Store(&ring{now.keys, number})
	}
}

// Keys is how many keys there are, and the number of the one that seals.
func (k *Keyring) Keys() (count, uses uint32) {
	now := k.ring.Load()
	return uint32(len(now.keys)), now.uses
}

// Header is what begins every value that the key with a number has sealed.
func Header(number uint32) []byte { return binary.BigEndian.AppendUint32([]byte{format}, number) }

// cipherOf derives a cipher from a secret.
func cipherOf(secret []byte, purpose string) (cipher.AEAD, error) {
	if len(secret) != SecretSize {
		return nil, fmt.Errorf("it has %d bytes, not %d", len(secret), SecretSize)
	}
	key, err := hkdf.Key(sha256.New, secret, nil, purpose, 32)
	if err != nil {
		return nil, fmt.Errorf("derive a key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// Seal hides plain so that it opens only as this column of this row. An empty
// value gives nil: that nothing is there is not hidden.
func (k *Keyring) Seal(table, column string, pk, plain []byte) []byte {
	if len(plain) == 0 {
		return nil
	}
	now := k.ring.Load()
	sealed := make([]byte, header, len(plain)+overhead)
	sealed[0] = format
	binary.BigEndian.PutUint32(sealed[1:], now.uses)
	var room [128]byte
	return now.keys[now.uses-1].Seal(sealed, nil, plain, associated(room[:0], table, column, pk, now.uses))
}

// Open gives back what Seal hid, or ErrSealed.
func (k *Keyring) Open(table, column string, pk, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 {
		return nil, nil
	}
	if len(sealed) < overhead || sealed[0] != format {
		return nil, fmt.Errorf("open %s.%s: %w", table, column, ErrSealed)
	}
	number := binary.BigEndian.Uint32(sealed[1:])
	keys := k.ring.Load().keys
	if number < 1 || int64(number) > int64(len(keys)) {
		return nil, fmt.Errorf("open %s.%s with key %d: %w", table, column, number, ErrSealed)
	}
	var room [128]byte
	plain, err := keys[number-1].Open(nil, nil, sealed[header:], associated(room[:0], table, column, pk, number))
	if err != nil {
		return nil, fmt.Errorf("open %s.%s: %w", table, column, ErrSealed)
	}
	return plain, nil
}

// associated writes table, column, key of the row and number of the key, each
// with its length before it.
func associated(b []byte, table, column string, pk []byte, key uint32) []byte {
	b = append(binary.BigEndian.AppendUint16(b, uint16(len(table))), table...)
	b = append(binary.BigEndian.AppendUint16(b, uint16(len(column))), column...)
	b = append(binary.BigEndian.AppendUint16(b, uint16(len(pk))), pk...)
	return binary.BigEndian.AppendUint32(b, key)
}

// Index gives a blind index: the same value under the same label always gives
// the same 32 bytes, from which nobody without the keyring can learn the value.
func (k *Keyring) Index(label, value string) [32]byte {
	mac := k.indexes.Get().(hash.Hash)
	mac.Reset()
	var length [2]byte
	binary.BigEndian.PutUint16(length[:], uint16(len(label)))
	mac.Write(length[:])
	mac.Write([]byte(label))
	mac.Write([]byte(value))
	var out [32]byte
	mac.Sum(out[:0])
	k.indexes.Put(mac)
	return out
}
