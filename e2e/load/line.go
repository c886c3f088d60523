package load

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"
)

// line is one connection to central, kept open from request to request. It is
// http.ReadResponse on a bare connection: http.Client needs two goroutines more
// for each, and half of the machine that is being measured.
type line struct {
	target   *Target
	patience time.Duration // for one answer
	conn     net.Conn
	in       *bufio.Reader
	body     bytes.Buffer
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
	r, err := http.ReadResponse(l.in, nil)
	if err != nil {
		return answer{}, fmt.Errorf("read the answer: %w", err)
	}
	defer r.Body.Close()
	l.body.Reset()
	if _, err := l.body.ReadFrom(r.Body); err != nil {
		return answer{}, fmt.Errorf("read the answer: %w", err)
	}
	a := answer{status: r.StatusCode, body: l.body.Bytes()}
	if a.status < 200 || a.status >= 600 {
		return answer{}, fmt.Errorf("the answer has status %d", a.status)
	}
	if seconds, err := strconv.Atoi(r.Header.Get("Retry-After")); err == nil {
		a.later = time.Duration(seconds) * time.Second
	}
	if s.books() && a.status < 300 && !bytes.Contains(a.body, []byte(s.ID.String())) {
		return answer{}, errAnother
	}
	if r.Close {
		l.close()
	}
	return a, nil
}
