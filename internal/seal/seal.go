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
	"sync"
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

// Keyring seals with its newest key and opens with any of them. It is safe for
// use by many goroutines.
//
// AES-256-GCM with a random nonce of 96 bits: a key is good for 2^32 values.
type Keyring struct {
	keys    map[uint32]cipher.AEAD
	newest  uint32
	indexes sync.Pool
}

// New makes a keyring from secrets of SecretSize bytes; the secret at place i
// has the number i+1. The blind indexes come from the first one and stay the
// same when others are added.
func New(secrets ...[]byte) (*Keyring, error) {
	if len(secrets) == 0 {
		return nil, errors.New("a keyring needs a secret")
	}
	k := &Keyring{keys: make(map[uint32]cipher.AEAD, len(secrets)), newest: uint32(len(secrets))}
	for i, secret := range secrets {
		if len(secret) != SecretSize {
			return nil, fmt.Errorf("secret %d has %d bytes, not %d", i+1, len(secret), SecretSize)
		}
		key, err := hkdf.Key(sha256.New, secret, nil, "ezhitong seal v1 data", 32)
		if err != nil {
			return nil, fmt.Errorf("derive key %d: %w", i+1, err)
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("key %d: %w", i+1, err)
		}
		if k.keys[uint32(i+1)], err = cipher.NewGCMWithRandomNonce(block); err != nil {
			return nil, fmt.Errorf("key %d: %w", i+1, err)
		}
	}
	index, err := hkdf.Key(sha256.New, secrets[0], nil, "ezhitong seal v1 index", 32)
	if err != nil {
		return nil, fmt.Errorf("derive the index key: %w", err)
	}
	k.indexes.New = func() any { return hmac.New(sha256.New, index) }
	return k, nil
}

// Seal hides plain so that it opens only as this column of this row. An empty
// value gives nil: that nothing is there is not hidden.
func (k *Keyring) Seal(table, column string, pk, plain []byte) []byte {
	if len(plain) == 0 {
		return nil
	}
	sealed := make([]byte, header, len(plain)+overhead)
	sealed[0] = format
	binary.BigEndian.PutUint32(sealed[1:], k.newest)
	var room [128]byte
	return k.keys[k.newest].Seal(sealed, nil, plain, associated(room[:0], table, column, pk, k.newest))
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
	aead, ok := k.keys[number]
	if !ok {
		return nil, fmt.Errorf("open %s.%s with key %d: %w", table, column, number, ErrSealed)
	}
	var room [128]byte
	plain, err := aead.Open(nil, nil, sealed[header:], associated(room[:0], table, column, pk, number))
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
