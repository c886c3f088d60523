package station

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/zalando/go-keyring"

	"ezhitong.tw/internal/seal"
	"ezhitong.tw/internal/secretfile"
	"ezhitong.tw/kiosk/replica"
)

// KeyPlace is where a device keeps the key that seals its local copy.
type KeyPlace string

// The places of the key. Whoever changes from InFile to another place keeps the
// key: it moves there.
const (
	InFile       KeyPlace = ""           // a file that only its owner can read, in the device's folder
	InPassphrase KeyPlace = "passphrase" // such a file, wrapped with a passphrase that is somewhere else
	InOS         KeyPlace = "os"         // the keyring of the operating system
)

// Keys says where the key is.
type Keys struct {
	Place      KeyPlace
	Passphrase string // of InPassphrase: the file that holds it, such as a systemd credential
}

const (
	wrappedFile    = "seal.key.wrapped"
	keyringService = "tw.ezhitong"
	shortest       = 12 // bytes of a passphrase
)

// ErrKeyring says that the operating system has no keyring that answers.
var ErrKeyring = errors.New("the keyring of the operating system does not answer; use a passphrase")

// ErrKeyLost says that a local copy is there and the key that opens it is not.
var ErrKeyLost = errors.New("the key of the local copy is not where it was kept")

// open reads the key of a device's folder, or draws one for a folder that is
// new.
func (k Keys) open(folder string) (*seal.Keyring, error) {
	switch k.Place {
	case InFile:
		return seal.LoadOrCreate(folder)
	case InPassphrase:
		passphrase, err := k.passphrase()
		if err != nil {
			return nil, err
		}
		text, err := secretfile.ReadOrCreateWrapped(filepath.Join(folder, wrappedFile), passphrase, func() ([]byte, error) { return first(folder) })
		if err != nil {
			return nil, fmt.Errorf("open the wrapped key: %w", err)
		}
		return taken(folder, text)
	case InOS:
		text, err := fromOS(folder)
		if err != nil {
			return nil, err
		}
		return taken(folder, text)
	}
	return nil, fmt.Errorf("keep the key: no such place: %s", k.Place)
}

func (k Keys) passphrase() ([]byte, error) {
	info, err := os.Stat(k.Passphrase)
	if err != nil {
		return nil, fmt.Errorf("read the passphrase: %w", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others (mode %o): it must be 0600", k.Passphrase, info.Mode().Perm())
	}
	text, err := os.ReadFile(k.Passphrase)
	if err != nil {
		return nil, fmt.Errorf("read the passphrase: %w", err)
	}
	if text = bytes.TrimRight(text, "\r\n"); len(text) < shortest {
		return nil, fmt.Errorf("the passphrase in %s has %d bytes and needs %d", k.Passphrase, len(text), shortest)
	}
	return text, nil
}

// fromOS reads the key from the keyring, where its name is the folder's.
func fromOS(folder string) ([]byte, error) {
	name, err := filepath.Abs(folder)
	if err != nil {
		return nil, fmt.Errorf("name the key: %w", err)
	}
	text, err := keyring.Get(keyringService, name)
	if err == nil {
		return []byte(text), nil
	}
	if !errors.Is(err, keyring.ErrNotFound) {
		return nil, fmt.Errorf("%w: %w", ErrKeyring, err)
	}
	fresh, err := first(folder)
	if err != nil {
		return nil, err
	}
	if err := keyring.Set(keyringService, name, string(fresh)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyring, err)
	}
	if text, err = keyring.Get(keyringService, name); err != nil || text != string(fresh) {
		return nil, fmt.Errorf("%w: it does not give back what it was given", ErrKeyring)
	}
	return fresh, nil
}

// first gives the key for a place that has none yet: the one in the folder's
// plain file, or a new one where there is no copy that would need an older.
func first(folder string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(folder, seal.KeyFile))
	if !errors.Is(err, fs.ErrNotExist) {
		return text, err
	}
	if _, err := os.Stat(filepath.Join(folder, replica.File)); !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(ErrKeyLost, err)
	}
	return seal.Draw()
}

// taken reads the key's text and removes the plain file that it came from.
func taken(folder string, text []byte) (*seal.Keyring, error) {
	ring, err := seal.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	if err := os.Remove(filepath.Join(folder, seal.KeyFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("remove the plain key: %w", err)
	}
	return ring, nil
}
