package secretfile_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"ezhitong.tw/internal/secretfile"
)

func TestAWrappedFileOpensWithItsPassphraseOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	secret := []byte("a secret that must not be on the disk")
	content := func() ([]byte, error) { return secret, nil }
	never := func() ([]byte, error) { t.Error("made again"); return nil, errors.New("made again") }
	if got, err := secretfile.ReadOrCreateWrapped(path, []byte("correct horse"), content); err != nil || !bytes.Equal(got, secret) {
		t.Fatalf("%q, %v", got, err)
	}
	if got, err := secretfile.ReadOrCreateWrapped(path, []byte("correct horse"), never); err != nil || !bytes.Equal(got, secret) {
		t.Fatalf("%q, %v", got, err)
	}
	if _, err := secretfile.ReadOrCreateWrapped(path, []byte("correct horsf"), never); !errors.Is(err, secretfile.ErrPassphrase) {
		t.Errorf("another passphrase: %v", err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, secret) {
		t.Fatal("the secret is on the disk")
	}
	for _, at := range []int{0, 20, 60, len(text) - 5} {
		bad := bytes.Clone(text)
		bad[at] ^= 1
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := secretfile.ReadOrCreateWrapped(path, []byte("correct horse"), never); err == nil {
			t.Errorf("byte %d changed: %q", at, got)
		}
	}
}
