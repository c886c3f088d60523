package secretfile_test

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"ezhitong.tw/internal/secretfile"
)

func random() ([]byte, error) {
	b := make([]byte, 32)
	_, err := rand.Read(b)
	return b, err
}

func TestManyWhoMakeTheFileAtOnceAllReadTheSame(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "folder", "key")
	var all [16][]byte
	var wg sync.WaitGroup
	for i := range all {
		wg.Go(func() {
			var err error
			if all[i], err = secretfile.ReadOrCreate(path, random); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, b := range all {
		if len(b) != 32 || string(b) != string(all[0]) {
			t.Fatal("two of them read different secrets")
		}
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestAFileThatOthersCanReadIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte("secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := secretfile.ReadOrCreate(path, random); err == nil {
		t.Error("it was taken")
	}
}

func TestNothingIsMadeWhereNoSecretCanBeDrawn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	broken := errors.New("no randomness")
	if _, err := secretfile.ReadOrCreate(path, func() ([]byte, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("answered %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something is there: %v", err)
	}
}
