package emulator

import (
	"context"
	"time"
)

// ScannerConfig is how an emulated code scanner writes.
type ScannerConfig struct {
	Link   string // a symbolic link that always leads to the current line
	Prefix string
	Suffix string // empty means CR
	// Gap is a pause between two bytes; 0 writes a code at once.
	Gap time.Duration
}

// Scanner is a bar-code or QR reader on a pseudo terminal.
type Scanner struct {
	*port
	cfg ScannerConfig
}

// StartScanner opens a pseudo terminal with a scanner at its end.
func StartScanner(ctx context.Context, c ScannerConfig) (*Scanner, error) {
	if c.Suffix == "" {
		c.Suffix = "\r"
	}
	s := &Scanner{cfg: c}
	var err error
	s.port, err = newPort(ctx, c.Link, deaf)
	return s, err
}

// deaf reads away what a host sends.
func deaf(l *line) {
	buf := make([]byte, 256)
	for {
		if _, err := l.master.Read(buf); err != nil {
			return
		}
	}
}

// Scan reads a code.
func (s *Scanner) Scan(code string) error { return s.Raw([]byte(s.cfg.Prefix + code + s.cfg.Suffix)) }

// Raw sends bytes as they are: noise, half a code, several at once.
func (s *Scanner) Raw(b []byte) error {
	if s.cfg.Gap <= 0 {
		return s.write(b)
	}
	for i := range b {
		if err := s.write(b[i : i+1]); err != nil {
			return err
		}
		timer := time.NewTimer(s.cfg.Gap)
		select {
		case <-timer.C:
		case <-s.ctx.Done():
			timer.Stop()
			return ErrClosed
		}
	}
	return nil
}
