package notify

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
)

// FileSender writes messages into a file instead of sending them, one JSON
// object a line: {"id", "to", "text"}. It is for places without a gateway and
// for demonstrations; the file holds phone numbers and only its owner may read
// it.
type FileSender struct {
	mu   sync.Mutex
	file *os.File
	sent map[string]bool
}

type line struct {
	ID   string `json:"id"`
	To   string `json:"to"`
	Text string `json:"text"`
}

// OpenFile opens or creates the file and reads which messages are in it, so
// that none is written twice.
func OpenFile(path string) (*FileSender, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the file of messages: %w", err)
	}
	f := &FileSender{file: file, sent: make(map[string]bool)}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return nil, errors.Join(fmt.Errorf("read the file of messages: %w", err), file.Close())
		}
		f.sent[l.ID] = true
	}
	if err := lines.Err(); err != nil {
		return nil, errors.Join(fmt.Errorf("read the file of messages: %w", err), file.Close())
	}
	return f, nil
}

// Send writes the message; it is on the disk when Send returns.
func (f *FileSender) Send(_ context.Context, m Message) error {
	if m.To.IsZero() {
		return errNoPhone
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sent[m.ID] {
		return nil
	}
	text, err := json.Marshal(line{m.ID, m.To.Reveal(), m.Text})
	if err != nil {
		return fmt.Errorf("encode a message: %w", err)
	}
	if _, err := f.file.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("write a message: %w", err)
	}
	if err := f.file.Sync(); err != nil {
		return fmt.Errorf("write a message: %w", err)
	}
	f.sent[m.ID] = true
	return nil
}

// Close closes the file.
func (f *FileSender) Close() error { return f.file.Close() }
