package serialline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"syscall"
	"time"

	"github.com/tarm/serial"
)

const (
	// readTimeout is how long one Read of the port waits. Without it Close would wait for a byte.
	readTimeout = 200 * time.Millisecond
	// openLimit bounds opening the port, writeLimit one write, closeLimit the wait for the reading goroutine.
	openLimit, writeLimit, closeLimit = 3 * time.Second, time.Second, 400 * time.Millisecond
	// hangups is how many reads in a row must come back empty too soon before the line counts as gone.
	hangups = 5
	// maxWaiting bounds the bytes kept for a program that does not read; a babbling line is cut off there.
	maxWaiting = 1 << 16
)

// Config says which port and how it is set: 8 data bits, no parity.
type Config struct {
	Path     string // of the port
	Baud     int    // bits a second
	StopBits int    // 1 or 2; 0 means 1
	DropRTS  bool   // drive RTS low, which stops the plug-and-play string of some devices

	// Opener stands in for the operating system in tests.
	Opener func(Config) (io.ReadWriteCloser, error)
}

// Line owns an open port. One goroutine reads it and, at the end, closes it: with this serial library a
// Close beside a pending Read waits for that Read.
type Line struct {
	Wake <-chan struct{} // bytes have come, or the line has ended: Take tells
	Idle <-chan struct{} // the same news for whoever waits between two exchanges
	Done <-chan struct{} // closed when the port is closed

	port             io.ReadWriteCloser
	wake, idle, done chan struct{}
	quit             chan struct{}
	once             sync.Once

	mu  sync.Mutex
	buf []byte
	err error
}

// BlockedError is ErrPortBlocked with the news of when the attempt came to its end.
type BlockedError struct{ Done <-chan struct{} }

func (*BlockedError) Error() string { return ErrPortBlocked.Error() }

// Unwrap is ErrPortBlocked.
func (*BlockedError) Unwrap() error { return ErrPortBlocked }

// Open opens a serial port. It comes back with ctx even when the operating system does not; a
// port that opens later is then closed again.
func Open(ctx context.Context, cfg Config) (*Line, error) {
	ctx, cancel := context.WithTimeout(ctx, openLimit)
	defer cancel()
	if cfg.Opener == nil {
		cfg.Opener = openPort
	}
	type result struct {
		port io.ReadWriteCloser
		err  error
	}
	ready, done := make(chan result), make(chan struct{})
	go func() {
		defer close(done)
		port, err := cfg.Opener(cfg)
		select {
		case ready <- result{port, err}:
		case <-ctx.Done():
			if err == nil {
				_ = port.Close()
			}
		}
	}()
	select {
	case r := <-ready:
		if r.err != nil {
			return nil, r.err
		}
		return newLine(r.port), nil
	case <-ctx.Done():
		return nil, &BlockedError{done}
	}
}

func openPort(cfg Config) (io.ReadWriteCloser, error) {
	if err := checkPort(cfg.Path); err != nil {
		return nil, portError(err)
	}
	port, err := serial.OpenPort(&serial.Config{
		Name: cfg.Path, Baud: cfg.Baud, ReadTimeout: readTimeout,
		Size: 8, Parity: serial.ParityNone, StopBits: serial.StopBits(max(cfg.StopBits, 1)),
	})
	if err != nil {
		return nil, portError(err)
	}
	if cfg.DropRTS {
		if err := dropRTS(cfg.Path); err != nil {
			return nil, errors.Join(portError(err), port.Close())
		}
	}
	if err := port.Flush(); err != nil {
		return nil, errors.Join(portError(err), port.Close())
	}
	return port, nil
}

// portError names what the operating system meant; its own text stays for the log.
func portError(err error) error {
	kind := ErrPort
	switch {
	case errors.Is(err, ErrPort):
		return err
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENODEV), errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.ENOTDIR):
		kind = ErrNoPort
	case errors.Is(err, fs.ErrPermission):
		kind = ErrDenied
	case errors.Is(err, syscall.EBUSY):
		kind = ErrPortBusy
	case errors.Is(err, syscall.ENOTTY), errors.Is(err, syscall.EINVAL), errors.Is(err, syscall.EIO), errors.Is(err, syscall.EISDIR):
		kind = ErrNotSerial
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("%w (%v)", kind, err)
}

func newLine(port io.ReadWriteCloser) *Line {
	l := &Line{
		port: port, wake: make(chan struct{}, 1), idle: make(chan struct{}, 1),
		quit: make(chan struct{}), done: make(chan struct{}),
	}
	l.Wake, l.Idle, l.Done = l.wake, l.idle, l.done
	go l.read()
	return l
}

// read moves bytes from the port until quit. An empty read is "nothing yet", unless it comes back at once
// again and again: that is how a tty says that it hung up.
func (l *Line) read() {
	defer close(l.done)
	buf := make([]byte, 1024)
	early := 0
	for {
		select {
		case <-l.quit:
			l.fail(ErrClosed)
			_ = l.port.Close() // nothing to save: the line carries no state
			return
		default:
		}
		began := time.Now()
		n, err := l.port.Read(buf)
		if n > 0 {
			early = 0
			l.keep(buf[:n])
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			l.fail(fmt.Errorf("%w (%v)", ErrGone, err))
			_ = l.port.Close()
			return
		}
		if time.Since(began) >= readTimeout/2 {
			early = 0
			continue
		}
		if early++; early == hangups {
			l.fail(fmt.Errorf("%w (hung up)", ErrGone))
			_ = l.port.Close()
			return
		}
	}
}

func (l *Line) keep(b []byte) {
	l.mu.Lock()
	if room := maxWaiting - len(l.buf); room < len(b) {
		b = b[:room]
	}
	l.buf = append(l.buf, b...)
	l.mu.Unlock()
	l.tell()
}

func (l *Line) fail(err error) {
	l.mu.Lock()
	if l.err == nil {
		l.err = err
	}
	l.mu.Unlock()
	l.tell()
}

func (l *Line) tell() {
	for _, c := range []chan struct{}{l.wake, l.idle} {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// Take gives the bytes that have arrived, or why no more will come.
func (l *Line) Take() ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buf
	l.buf = nil
	if len(b) > 0 {
		return b, nil
	}
	return nil, l.err
}

// Write sends bytes. A line that takes none for writeLimit is given up: ErrStuck.
func (l *Line) Write(ctx context.Context, b []byte) error {
	sent := make(chan error, 1)
	go func() {
		_, err := l.port.Write(b)
		sent <- err
	}()
	limit := time.NewTimer(writeLimit)
	defer limit.Stop()
	select {
	case err := <-sent:
		if err != nil {
			l.mu.Lock()
			defer l.mu.Unlock()
			if l.err != nil { // the reading goroutine knew first, and knows why
				return l.err
			}
			return fmt.Errorf("%w (%v)", ErrGone, err)
		}
		return nil
	case <-limit.C:
		l.fail(ErrStuck)
		return ErrStuck
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close asks the reading goroutine to close the port and waits for it, closeLimit at most: only a write
// that the operating system still holds can make it take longer.
func (l *Line) Close() {
	l.once.Do(func() { close(l.quit) })
	limit := time.NewTimer(closeLimit)
	defer limit.Stop()
	select {
	case <-l.done:
	case <-limit.C:
	}
}
