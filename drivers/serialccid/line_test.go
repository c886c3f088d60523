package serialccid

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"ezhitong.tw/drivers/serialline"
	"ezhitong.tw/drivers/serialline/serialtest"
	"ezhitong.tw/drivers/smartcard"
	"ezhitong.tw/drivers/smartcard/smartcardtest"
)

func portOf(p io.ReadWriteCloser) func(serialline.Config) (io.ReadWriteCloser, error) {
	return func(serialline.Config) (io.ReadWriteCloser, error) { return p, nil }
}

func TestALineThatTakesNoBytesIsSilent(t *testing.T) {
	t.Parallel()
	released := make(chan struct{})
	defer close(released)
	began := time.Now()
	_, err := Dial(within(t, 5*time.Second), Config{open: portOf(serialtest.Quiet(100*time.Millisecond, released))})
	if took := time.Since(began); !errors.Is(err, ErrSilent) || took > 3*time.Second {
		t.Fatalf("%v after %s", err, took)
	}
}

func TestATerminalThatHungUpIsGone(t *testing.T) {
	p := serialtest.Port{
		OnRead:  func([]byte) (int, error) { return 0, io.EOF }, // at once: no time-out
		OnWrite: func(b []byte) (int, error) { return len(b), nil },
		OnClose: func() error { return nil },
	}
	began := time.Now()
	_, err := Dial(within(t, 5*time.Second), Config{open: portOf(p)})
	if took := time.Since(began); !errors.Is(err, serialline.ErrGone) || took > time.Second {
		t.Fatalf("%v after %s", err, took)
	}
}

func TestAPortThatDoesNotOpenIsLeft(t *testing.T) {
	t.Parallel()
	released, closed := make(chan struct{}), make(chan struct{})
	p := serialtest.Quiet(100*time.Millisecond, released)
	p.OnClose = func() error { close(closed); return nil }
	began := time.Now()
	_, err := Dial(within(t, 200*time.Millisecond), Config{open: func(serialline.Config) (io.ReadWriteCloser, error) {
		<-released
		return p, nil
	}})
	if took := time.Since(began); !errors.Is(err, serialline.ErrPortBlocked) || !errors.Is(err, smartcard.ErrNoReader) || took > time.Second {
		t.Fatalf("%v after %s", err, took)
	}
	close(released)
	<-closed // what opens too late is closed again
}

func TestAReaderTriesABlockedPortOnlyOnceAtATime(t *testing.T) {
	t.Parallel()
	released := make(chan struct{})
	attempts := make(chan struct{}, 10)
	ctx, cancel := context.WithCancel(t.Context())
	r := NewReader(Config{open: func(serialline.Config) (io.ReadWriteCloser, error) {
		attempts <- struct{}{}
		<-released
		return nil, serialline.ErrNoPort
	}})
	events := r.Events(ctx)
	if e := smartcardtest.Expect(t, events, smartcard.ReaderLost); !errors.Is(e.Err, serialline.ErrPortBlocked) {
		t.Fatal(e.Err)
	}
	if len(attempts) != 1 {
		t.Fatalf("%d attempts", len(attempts))
	}
	close(released)
	if e := smartcardtest.Expect(t, events, smartcard.ReaderLost); !errors.Is(e.Err, serialline.ErrNoPort) {
		t.Fatal(e.Err)
	}
	cancel()
	for range events {
	}
}
