package scanner

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxCode is the longest code in bytes: what the largest QR code holds.
const maxCode = 2953

// splitter cuts the bytes of a line into codes.
type splitter struct {
	prefix, suffix string
	buf            []byte
	over           bool // the line is too long already; it is thrown away up to its end
}

func newSplitter(prefix, suffix string) (*splitter, error) {
	if len(prefix) > 16 || len(suffix) > 16 {
		return nil, errBadConfig
	}
	return &splitter{prefix: prefix, suffix: suffix}, nil
}

// feed takes bytes and gives the codes that end in them.
func (s *splitter) feed(b []byte) (out []Event) {
	for _, c := range b {
		s.buf = append(s.buf, c)
		switch {
		case s.ended():
			if e, ok := s.code(); ok {
				out = append(out, e)
			}
			s.buf, s.over = s.buf[:0], false
		case len(s.buf) > len(s.prefix)+maxCode+len(s.suffix):
			s.over = true
			s.buf = append(s.buf[:0], s.buf[len(s.buf)-len(s.suffix):]...) // its end may have begun
		}
	}
	return out
}

// ended says whether the bytes end in a suffix.
func (s *splitter) ended() bool {
	if s.suffix != "" {
		return bytes.HasSuffix(s.buf, []byte(s.suffix))
	}
	last := s.buf[len(s.buf)-1]
	return last == '\r' || last == '\n'
}

// code judges a whole line; false when there is nothing between two ends.
func (s *splitter) code() (Event, bool) {
	end := max(len(s.suffix), 1)
	line := string(s.buf[:len(s.buf)-end])
	if s.over {
		return Event{Kind: Misread, Err: ErrTooLong}, true
	}
	if line == "" {
		return Event{}, false
	}
	text, ok := strings.CutPrefix(line, s.prefix)
	switch {
	case !ok:
		return Event{Kind: Misread, Err: ErrNoPrefix}, true
	case !utf8.ValidString(text), strings.ContainsFunc(text, unicode.IsControl):
		return Event{Kind: Misread, Err: ErrNotText}, true
	case text == "":
		return Event{}, false
	}
	return Event{Kind: Scanned, Code: Code{text}}, true
}

// giveUp throws a line away that was begun, and says whether there was one.
func (s *splitter) giveUp() bool {
	begun := len(s.buf) > 0
	s.buf, s.over = s.buf[:0], false
	return begun
}
