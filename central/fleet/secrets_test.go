package fleet

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCentralsKeysAreMadeOnceAndForItsOwnerOnly(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	first, err := LoadOrCreateSecrets(folder, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	second, err := LoadOrCreateSecrets(folder, rand.Reader)
	if err != nil || second.Public().Fingerprint() != first.Public().Fingerprint() {
		t.Fatalf("other keys after a restart: %v", err)
	}
	if err := first.Public().Check(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, SecretsFile)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the file has mode %o, %v", info.Mode().Perm(), err)
	}
	if left, err := filepath.Glob(path + ".*"); err != nil || len(left) != 0 {
		t.Fatalf("drafts are left: %v, %v", left, err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadOrCreateSecrets(folder, rand.Reader); err == nil {
		t.Fatal("a file for everybody was taken")
	}
	for _, text := range []string{"", "x", secretsLine + "\nAAAA\n", "ezhitong-central-2\n" + strings.Repeat("A", 172) + "\n"} {
		if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chmod(path, 0o600)); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadOrCreateSecrets(folder, rand.Reader); err == nil {
			t.Fatalf("%q was taken for keys", text)
		}
	}
}

func FuzzParseSecrets(f *testing.F) {
	f.Add([]byte(secretsLine + "\nAAAA\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := parseSecrets(text)
		if err == nil && s.Public().Check() != nil {
			t.Fatal("keys that are none")
		}
	})
}
