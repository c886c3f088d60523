// Package storetest opens a fresh, real database for a test.
package storetest

import (
	"bytes"
	"path/filepath"
	"testing"

	"ezhitong.tw/central/store"
	"ezhitong.tw/internal/seal"
)

// Open gives an empty store in a folder of the test's own, closed at its end.
func Open(t testing.TB) *store.Store {
	t.Helper()
	return OpenAt(t, filepath.Join(t.TempDir(), "central.db"))
}

// OpenAt opens the store in a file, closed at the test's end.
func OpenAt(t testing.TB, path string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatalf("open a store: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return s
}

// Keys gives a keyring that is the same in every test.
func Keys(t testing.TB) *seal.Keyring {
	t.Helper()
	k, err := seal.New(bytes.Repeat([]byte{7}, seal.SecretSize))
	if err != nil {
		t.Fatalf("make a keyring: %v", err)
	}
	return k
}
