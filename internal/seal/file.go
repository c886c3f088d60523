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
	"strings"

	"ezhitong.tw/internal/secretfile"
)

// KeyFile is the name of the file of secrets in its folder. It holds a line
// "ezhitong-seal-1" and then one secret a line in base 64, oldest first.
const KeyFile = "seal.key"

const firstLine = "ezhitong-seal-1"

// LoadOrCreate reads the keyring of a folder, or makes one where there is none
// yet: KeyFile, and the files that Keep has added. The files are readable by their
// owner only; a file that others can read is refused. A new file is on the disk when
// LoadOrCreate returns.
func LoadOrCreate(folder string) (*Keyring, error) {
	path := filepath.Join(folder, KeyFile)
	text, err := secretfile.ReadOrCreate(path, Draw)
	if err != nil {
		return nil, err
	}
	k, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	for {
		count, _ := k.Keys()
		_, err := os.Stat(furtherFile(folder, count+1))
		if errors.Is(err, fs.ErrNotExist) {
			return k, nil
		}
		if err == nil {
			err = k.Keep(folder, count+1, nil)
		}
		if err != nil {
			return nil, err
		}
	}
}

// furtherFile is where a further secret of a folder is, each in a file of its own
// so that none is ever written twice.
func furtherFile(folder string, number uint32) string {
	return filepath.Join(folder, fmt.Sprintf("seal.%d.key", number))
}

// Keep writes one more secret into a file of its own in the keyring's folder and
// adds it once it is on the disk. A file that is there already stays, and what it
// holds is added.
func (k *Keyring) Keep(folder string, number uint32, secret []byte) error {
	path := furtherFile(folder, number)
	text, err := secretfile.ReadOrCreate(path, func() ([]byte, error) {
		return []byte(firstLine + "\n" + base64.StdEncoding.EncodeToString(secret) + "\n"), nil
	})
	if err != nil {
		return err
	}
	secrets, err := parse(text)
	if err == nil && (len(secrets) != 1 || secret != nil && !bytes.Equal(secrets[0], secret)) {
		err = errors.New("it holds something else than the secret with this number")
	}
	if err == nil {
		err = k.Add(number, secrets[0])
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// Parse reads the text of a KeyFile.
func Parse(text []byte) (*Keyring, error) {
	secrets, err := parse(text)
	if err != nil {
		return nil, err
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

// Draw makes the text of a KeyFile with one new secret.
func Draw() ([]byte, error) {
	secret := make([]byte, SecretSize)
	if _, err := rand.Read(secret); err != nil {
		return nil, fmt.Errorf("draw a secret: %w", err)
	}
	return []byte(firstLine + "\n" + base64.StdEncoding.EncodeToString(secret) + "\n"), nil
}
