package serialline

import (
	"errors"
	"io"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stubborn is a port made of what its parts do.
type stubborn struct {
	read  func([]byte) (int, error)
	write func([]byte) (int, error)
	close func() error
}

func (s stubborn) Read(b []byte) (int, error)  { return s.read(b) }
func (s stubborn) Write(b []byte) (int, error) { return s.write(b) }
func (s stubborn) Close() error                { return s.close() }

// quiet is a port on which nothing ever comes, until released is closed.
func quiet(released chan struct{}) stubborn {
	return stubborn{
		read: func([]byte) (int, error) {
			timer := time.NewTimer(readTimeout)
			defer timer.Stop()
			<-timer.C
			return 0, io.EOF
		},
		write: func(b []byte) (int, error) {
			<-released
			return len(b), nil
		},
		close: func() error { return nil },
	}
}

func TestClosingComesBackEvenIfTheSystemHoldsThePort(t *testing.T) {
	released := make(chan struct{})
	p := quiet(released)
	reading := make(chan struct{})
	p.read = func([]byte) (int, error) {
		close(reading)
		<-released
		return 0, errors.New("let go")
	}
	l := newLine(p)
	<-reading
	began := time.Now()
	l.Close()
	if took := time.Since(began); took < closeLimit || took > 3*closeLimit {
		t.Errorf("came back after %s", took)
	}
	close(released)
	<-l.done
	if _, err := l.Take(); !errors.Is(err, ErrGone) {
		t.Error(err)
	}
}

func TestABabblingLineDoesNotFillTheMemory(t *testing.T) {
	released := make(chan struct{})
	p := quiet(released)
	sent := 0
	idle := p.read
	p.read = func(b []byte) (int, error) {
		if sent > 3*maxWaiting {
			return idle(b)
		}
		sent += len(b)
		return len(b), nil
	}
	l := newLine(p)
	<-l.wake
	if b, err := l.Take(); len(b) > maxWaiting || err != nil {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	l.Close()
	close(released)
}
