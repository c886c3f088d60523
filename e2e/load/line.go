package load

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"slices"
	"time"
)

// line is one connection to central, kept open from request to request. It
// reads of an answer what it needs, on a bare connection: http.Client has two
// goroutines more for each, and http.ReadResponse a map of all headers, and what
// a generator needs of the machine is missing where it is measured.
type line struct {
	target   *Target
	patience time.Duration // for one answer
	conn     net.Conn
	in       *bufio.Reader
	body     []byte
	unhook   func() bool
}

// answer is what came back.
type answer struct {
	status int
	later  time.Duration // of Retry-After; 0 when there is none
	body   []byte        // until the next request
}

// errAnother says that an answer is not about what was asked.
var errAnother = errors.New("the answer is about another booking")

func (l *line) dial(ctx context.Context) error {
	if l.conn != nil {
		return nil
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", l.target.at.String())
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	l.conn = conn
	l.in = bufio.NewReader(conn)
	l.unhook = context.AfterFunc(ctx, func() { _ = conn.Close() }) // wakes whoever waits on it
	return nil
}

func (l *line) close() {
	if l.conn != nil {
		l.unhook()
		_ = l.conn.Close() // whatever was wrong with it, it is not used again
		l.conn = nil
	}
}

// ask sends a shot once. After an error nobody knows whether it arrived.
func (l *line) ask(ctx context.Context, s *Shot) (answer, error) {
	if err := l.dial(ctx); err != nil {
		return answer{}, err
	}
	a, err := l.exchange(s)
	if err != nil {
		l.close()
		return answer{}, err
	}
	return a, nil
}

func (l *line) exchange(s *Shot) (answer, error) {
	if err := l.conn.SetDeadline(time.Now().Add(l.patience)); err != nil {
		return answer{}, fmt.Errorf("set the deadline: %w", err)
	}
	if _, err := l.conn.Write(s.raw); err != nil {
		return answer{}, fmt.Errorf("send: %w", err)
	}
	a, last, err := l.read()
	if err != nil {
		return answer{}, fmt.Errorf("read the answer: %w", err)
	}
	if s.books() && a.status < 300 && !bytes.Contains(a.body, []byte(s.ID.String())) {
		return answer{}, errAnother
	}
	if last {
		l.close()
	}
	return a, nil
}

// read reads an answer; last says that the other end closes the connection.
func (l *line) read() (a answer, last bool, err error) {
	status, err := l.in.ReadSlice('\n')
	if err != nil {
		return a, false, err
	}
	if len(status) < 13 || !bytes.HasPrefix(status, []byte("HTTP/1.1 ")) || status[12] != ' ' {
		return a, false, fmt.Errorf("this is no answer: %q", status)
	}
	if a.status = number(status[9:12]); a.status < 200 || a.status >= 600 {
		return a, false, fmt.Errorf("the answer has status %q", status[9:12])
	}
	l.body = l.body[:0]
	length, chunked := -1, false
	for {
		line, err := l.in.ReadSlice('\n')
		if err != nil {
			return a, false, err
		}
		name, value, ok := bytes.Cut(bytes.TrimSpace(line), []byte(": "))
		if !ok {
			if len(name) > 0 {
				return a, false, fmt.Errorf("this is no header: %q", line)
			}
			break
		}
		switch string(name) { // as net/http writes them
		case "Content-Length":
			if length = number(value); length < 0 || length > longestAnswer {
				return a, false, fmt.Errorf("the length of the answer is %q", value)
			}
		case "Transfer-Encoding":
			chunked = true
		case "Connection":
			last = string(value) == "close"
		case "Retry-After":
			a.later = time.Duration(max(0, number(value))) * time.Second
		}
	}
	switch {
	case a.status == http.StatusNoContent || a.status == http.StatusNotModified:
	case chunked:
		err = l.chunks()
	case length >= 0:
		l.body = slices.Grow(l.body, length)[:length]
		_, err = io.ReadFull(l.in, l.body)
	default:
		err = errors.New("the answer does not say how long it is")
	}
	a.body = l.body
	return a, last, err
}

// chunks reads a body of chunks and the empty line behind the last.
func (l *line) chunks() (err error) {
	if l.body, err = io.ReadAll(httputil.NewChunkedReader(l.in)); err != nil {
		return err
	}
	if end, err := l.in.ReadSlice('\n'); err != nil || len(bytes.TrimSpace(end)) > 0 {
		return fmt.Errorf("behind the last chunk is %q: %w", end, cmp.Or(err, io.ErrUnexpectedEOF))
	}
	return nil
}

// longestAnswer is more than central ever answers, in bytes.
const longestAnswer = 64 << 20

// number reads up to nine digits; -1 when it is no number.
func number(text []byte) int {
	if len(text) == 0 || len(text) > 9 {
		return -1
	}
	n := 0
	for _, c := range text {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}
