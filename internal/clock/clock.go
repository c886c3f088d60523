// Package clock tells the time to whoever must not ask the machine itself.
package clock

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"
)

// Clock gives the present instant. Domain code holds one as a field.
type Clock func() time.Time

// Now gives the present instant.
func (c Clock) Now() time.Time { return c() }

// System is the machine's clock.
func System() Clock { return time.Now }

// Shifted is the machine's clock plus the offset written in a file as a Go
// duration ("72h", "-30m"), for demonstrations that must reach the day of a
// booking. The file is looked at again at most once a second and may be absent,
// which means no offset. A file that makes no sense is an error at the start;
// later on it is reported to log and the last good offset stays.
func Shifted(file string, log *slog.Logger) (Clock, error) {
	s := &shifted{file: file, log: log, system: time.Now}
	if err := s.read(); err != nil {
		return nil, err
	}
	s.looked = s.system()
	return s.now, nil
}

type shifted struct {
	file   string
	log    *slog.Logger
	system Clock

	mu       sync.Mutex
	offset   time.Duration
	looked   time.Time
	modified time.Time
}

func (s *shifted) now() time.Time {
	t := s.system()
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.Sub(s.looked) >= time.Second {
		s.looked = t
		before := s.offset
		if err := s.read(); err != nil {
			s.log.Error("the shifted clock keeps its last offset", "offset", s.offset.String(), "error", err)
		} else if s.offset != before {
			s.log.Warn("the clock is shifted", "offset", s.offset.String())
		}
	}
	return t.Add(s.offset)
}

// read takes the offset from the file when the file has changed.
func (s *shifted) read() error {
	info, err := os.Stat(s.file)
	if errors.Is(err, fs.ErrNotExist) {
		s.offset, s.modified = 0, time.Time{}
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at the clock's offset: %w", err)
	}
	if info.ModTime().Equal(s.modified) {
		return nil
	}
	text, err := os.ReadFile(s.file)
	if err != nil {
		return fmt.Errorf("read the clock's offset: %w", err)
	}
	s.modified = info.ModTime()
	offset, err := time.ParseDuration(strings.TrimSpace(string(text)))
	if err != nil {
		return fmt.Errorf("read the clock's offset in %s: %w", s.file, err)
	}
	s.offset = offset
	return nil
}
