package seal_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"ezhitong.tw/internal/seal"
)

func ring(t testing.TB) *seal.Keyring {
	t.Helper()
	k, err := seal.LoadOrCreate(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestASealedNameOpensInItsOwnRowOnly(t *testing.T) {
	k := ring(t)
	row := []byte("0123456789abcdef")
	sealed := k.Seal("booking", "name", row, []byte("王小明"))
	if bytes.Contains(sealed, []byte("王小明")) {
		t.Fatal("the name can be read")
	}
	if plain, err := k.Open("booking", "name", row, sealed); err != nil || string(plain) != "王小明" {
		t.Fatalf("opened %q, %v", plain, err)
	}
	for what, open := range map[string]func() ([]byte, error){
		"another row":     func() ([]byte, error) { return k.Open("booking", "name", []byte("0123456789abcdeF"), sealed) },
		"another column":  func() ([]byte, error) { return k.Open("booking", "birth", row, sealed) },
		"another table":   func() ([]byte, error) { return k.Open("bookings", "name", row, sealed) },
		"a shifted name":  func() ([]byte, error) { return k.Open("bookingn", "ame", row, sealed) },
		"another keyring": func() ([]byte, error) { return ring(t).Open("booking", "name", row, sealed) },
	} {
		if plain, err := open(); !errors.Is(err, seal.ErrSealed) || plain != nil {
			t.Errorf("%s: opened %q, %v", what, plain, err)
		}
	}
}

func TestEveryFlippedBitAndEveryCutFails(t *testing.T) {
	k := ring(t)
	sealed := k.Seal("booking", "number", []byte("row"), []byte("A123456789"))
	for i := range len(sealed) * 8 {
		changed := bytes.Clone(sealed)
		changed[i/8] ^= 1 << (i % 8)
		if _, err := k.Open("booking", "number", []byte("row"), changed); !errors.Is(err, seal.ErrSealed) {
			t.Fatalf("bit %d flipped: %v", i, err)
		}
	}
	for n := 1; n < len(sealed); n++ {
		if _, err := k.Open("booking", "number", []byte("row"), sealed[:n]); !errors.Is(err, seal.ErrSealed) {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
	}
}

func TestTheSameNameSealedTwiceLooksDifferent(t *testing.T) {
	k := ring(t)
	if bytes.Equal(k.Seal("t", "c", nil, []byte("x")), k.Seal("t", "c", nil, []byte("x"))) {
		t.Fatal("two sealed values are equal")
	}
	if k.Seal("t", "c", nil, nil) != nil {
		t.Fatal("nothing became something")
	}
}

func TestABlindIndexFindsTheValueAndNothingElse(t *testing.T) {
	k := ring(t)
	first := k.Index("person", "A123456789")
	k.Index("person", "B123456780") // the next use must not remember it
	if k.Index("person", "A123456789") != first {
		t.Fatal("an index changes")
	}
	if k.Index("person", "A123456789") == k.Index("person", "A123456788") ||
		k.Index("person", "A123456789") == k.Index("personA", "123456789") ||
		k.Index("person", "A123456789") == ring(t).Index("person", "A123456789") {
		t.Fatal("two indexes meet")
	}
}

func TestTheKeyringIsTheSameAfterARestart(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "keys")
	var wg sync.WaitGroup
	rings := make([]*seal.Keyring, 8)
	for i := range rings { // eight processes start at once
		wg.Go(func() {
			k, err := seal.LoadOrCreate(folder)
			if err != nil {
				t.Error(err)
			}
			rings[i] = k
		})
	}
	wg.Wait()
	sealed := rings[0].Seal("t", "c", nil, []byte("stays"))
	for _, k := range rings {
		if plain, err := k.Open("t", "c", nil, sealed); err != nil || string(plain) != "stays" {
			t.Fatalf("opened %q, %v", plain, err)
		}
	}
	path := filepath.Join(folder, seal.KeyFile)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	if left, err := filepath.Glob(path + ".*"); err != nil || len(left) != 0 {
		t.Fatalf("drafts are left: %v, %v", left, err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.LoadOrCreate(folder); err == nil {
		t.Fatal("a key that everybody can read was taken")
	}
}

func TestABrokenKeyFileIsNeverReplaced(t *testing.T) {
	for _, text := range []string{"", "ezhitong-seal-1\n", "ezhitong-seal-2\nAAAA\n", "ezhitong-seal-1\nAAAA\n"} {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, seal.KeyFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := seal.LoadOrCreate(folder); err == nil {
			t.Errorf("%q was taken for a keyring", text)
		}
	}
}

func TestAnOlderKeyStillOpens(t *testing.T) {
	first, second := bytes.Repeat([]byte{1}, seal.SecretSize), bytes.Repeat([]byte{2}, seal.SecretSize)
	old, err := seal.New(first)
	if err != nil {
		t.Fatal(err)
	}
	both, err := seal.New(first, second)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := both.Open("t", "c", nil, old.Seal("t", "c", nil, []byte("old"))); err != nil || string(plain) != "old" {
		t.Fatalf("opened %q, %v", plain, err)
	}
	if _, err := old.Open("t", "c", nil, both.Seal("t", "c", nil, []byte("new"))); !errors.Is(err, seal.ErrSealed) {
		t.Fatalf("a key that is not here opened: %v", err)
	}
	if old.Index("person", "x") != both.Index("person", "x") {
		t.Fatal("a new key changed the index")
	}
}

func BenchmarkSeal(b *testing.B) {
	k := ring(b)
	row, plain := make([]byte, 16), []byte("A123456789")
	for b.Loop() {
		k.Seal("booking", "number", row, plain)
	}
}
