package seal

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// KeyFile is the name of the file of secrets in its folder. It holds a line
// "ezhitong-seal-1" and then one secret a line in base 64, oldest first.
const KeyFile = "seal.key"

const firstLine = "ezhitong-seal-1"

// LoadOrCreate reads the keyring of a folder, or makes one where there is none
// yet. The file is readable by its owner only; a file that others can read is
// refused. A new file is on the disk when LoadOrCreate returns.
func LoadOrCreate(folder string) (*Keyring, error) {
	path := filepath.Join(folder, KeyFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if text, err = create(folder, path); err != nil {
			return nil, fmt.Errorf("create %s: %w", path, err)
		}
	} else if err != nil {
		return nil, fmt.Errorf("read the keyring: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("look at the keyring: %w", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others (mode %o): it must be 0600", path, info.Mode().Perm())
	}
	secrets, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return New(secrets...)
}

func parse(text []byte) ([][]byte, error) {
	lines := bufio.NewScanner(bytes.NewReader(text))
	if !lines.Scan() || lines.Text() != firstLine {
		return nil, fmt.Errorf("the first line is not %s", firstLine)
	}
	var secrets [][]byte
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			continue
		}
		secret, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(secret) != SecretSize {
			return nil, fmt.Errorf("secret %d is not %d bytes in base 64", len(secrets)+1, SecretSize)
		}
		secrets = append(secrets, secret)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read the secrets: %w", err)
	}
	return secrets, nil
}

// create writes a file with one new secret beside its place, fsyncs it, links
// it in without replacing a file that another process made meanwhile, and
// fsyncs the folder.
func create(folder, path string) (text []byte, err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	secret := make([]byte, SecretSize)
	if _, err := rand.Read(secret); err != nil {
		return nil, err
	}
	text = []byte(firstLine + "\n" + base64.StdEncoding.EncodeToString(secret) + "\n")
	draft, err := os.CreateTemp(folder, KeyFile+".*") // mode 0600
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.Remove(draft.Name())) }()
	_, err = draft.Write(text)
	err = errors.Join(err, draft.Sync(), draft.Close())
	if err != nil {
		return nil, err
	}
	if err := os.Link(draft.Name(), path); errors.Is(err, fs.ErrExist) {
		return os.ReadFile(path)
	} else if err != nil {
		return nil, err
	}
	return text, syncFolder(folder)
}

func syncFolder(folder string) error {
	if runtime.GOOS == "windows" { // no folder handles to flush there
		return nil
	}
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
