package seal

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"strings"

	"ezhitong.tw/internal/secretfile"
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
	text, err := secretfile.ReadOrCreate(path, Draw)
	if err != nil {
		return nil, err
	}
	k, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return k, nil
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
