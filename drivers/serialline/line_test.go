package serialline

import (
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ezhitong.tw/drivers/serialline/serialtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestClosingComesBackEvenIfTheSystemHoldsThePort(t *testing.T) {
	released := make(chan struct{})
	p := serialtest.Quiet(readTimeout, released)
	reading := make(chan struct{})
	p.OnRead = func([]byte) (int, error) {
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
	p := serialtest.Quiet(readTimeout, released)
	sent := 0
	idle := p.OnRead
	p.OnRead = func(b []byte) (int, error) {
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
