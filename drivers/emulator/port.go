package emulator

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
)

// port is a pseudo terminal with a device at its end that may be unplugged.
type port struct {
	link  string
	ctx   context.Context
	end   context.CancelFunc
	serve func(*line) // reads the line until it closes

	mu     sync.Mutex
	line   *line // nil while cut
	path   string
	closed bool
	tasks  sync.WaitGroup
}

func newPort(ctx context.Context, link string, serve func(*line)) (*port, error) {
	p := &port{link: link, serve: serve}
	p.ctx, p.end = context.WithCancel(ctx)
	if err := p.Mend(); err != nil {
		p.end()
		return nil, err
	}
	return p, nil
}

// Path returns the terminal a driver opens. After Cut and Mend it may differ; the link does not.
func (p *port) Path() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.path
}

// Cut pulls the cable. A second Cut does nothing.
func (p *port) Cut() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return ErrClosed
	}
	return p.hangUp()
}

func (p *port) hangUp() error {
	if p.line == nil {
		return nil
	}
	err := p.line.close()
	p.tasks.Wait()
	p.line = nil
	return err
}

// Mend plugs the device in again on a new line. It does nothing while there is a line.
func (p *port) Mend() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return ErrClosed
	}
	if p.line != nil {
		return nil
	}
	l, err := openLine(p.ctx)
	if err != nil {
		return err
	}
	if p.link != "" {
		if err := l.link(p.link); err != nil {
			return errors.Join(fmt.Errorf("link to the line: %w", err), l.close())
		}
	}
	p.line, p.path = l, l.path()
	p.tasks.Go(func() { p.serve(l) })
	return nil
}

// Close takes the device away, waits for its goroutines and removes the link. Closing twice is fine.
func (p *port) Close() error {
	p.end()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil
	}
	p.closed = true
	err := p.hangUp()
	if p.link == "" {
		return err
	}
	if target, e := os.Readlink(p.link); e == nil && target == p.path {
		err = errors.Join(err, os.Remove(p.link))
	}
	return err
}

// write sends bytes to the host.
func (p *port) write(b []byte) error {
	p.mu.Lock()
	l := p.line
	p.mu.Unlock()
	if l == nil {
		return errors.New("the cable is out")
	}
	_, err := l.master.Write(b)
	return err
}
