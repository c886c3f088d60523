package secretfile

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"

	"golang.org/x/crypto/argon2"
)

// A wrapped file holds a line "ezhitong-wrapped-1" and, in base 64, a salt of 16
// bytes and the content under AES-256-GCM. The key comes from a passphrase by
// Argon2id with the parameters that RFC 9106 recommends second, for machines
// with little memory.
const (
	wrappedLine = "ezhitong-wrapped-1"
	saltSize    = 16

	argonTime    = 3
	argonMemory  = 64 << 10 // KiB
	argonThreads = 4
)

// ErrPassphrase says that a wrapped file was changed, or wrapped with another
// passphrase.
var ErrPassphrase = errors.New("the file of secrets does not open with this passphrase")

// ReadOrCreateWrapped is ReadOrCreate for content that is wrapped with a
// passphrase, so that whoever takes the disk has nothing.
func ReadOrCreateWrapped(path string, passphrase []byte, content func() ([]byte, error)) ([]byte, error) {
	text, err := ReadOrCreate(path, func() ([]byte, error) {
		plain, err := content()
		if err != nil {
			return nil, err
		}
		return wrap(passphrase, plain)
	})
	if err != nil {
		return nil, err
	}
	plain, err := unwrap(passphrase, text)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return plain, nil
}

func wrap(passphrase, plain []byte) ([]byte, error) {
	salt := make([]byte, saltSize)
	if _, err := rand.Read(salt); err != nil {
		return nil, fmt.Errorf("wrap a file of secrets: %w", err)
	}
	aead, err := wrapping(passphrase, salt)
	if err != nil {
		return nil, err
	}
	return []byte(wrappedLine + "\n" + base64.StdEncoding.EncodeToString(aead.Seal(salt, nil, plain, []byte(wrappedLine))) + "\n"), nil
}

func unwrap(passphrase, text []byte) ([]byte, error) {
	first, second, _ := bytes.Cut(text, []byte("\n"))
	raw, err := base64.StdEncoding.Strict().DecodeString(string(bytes.TrimSuffix(second, []byte("\n"))))
	if err != nil || string(first) != wrappedLine || len(raw) < saltSize {
		return nil, fmt.Errorf("it does not begin with the line %s", wrappedLine)
	}
	aead, err := wrapping(passphrase, raw[:saltSize])
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, nil, raw[saltSize:], []byte(wrappedLine))
	if err != nil {
		return nil, ErrPassphrase
	}
	return plain, nil
}

func wrapping(passphrase, salt []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(argon2.IDKey(passphrase, salt, argonTime, argonMemory, argonThreads, 32))
	if err != nil {
		return nil, fmt.Errorf("wrap a file of secrets: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}
