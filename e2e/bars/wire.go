package main

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
)

// wire is a cable that counts what goes through it, both ways, as TCP carries
// it: HTTP's heads too.
type wire struct {
	listener net.Listener
	to       string
	bytes    atomic.Int64
	open     sync.WaitGroup
}

// stretch lays a wire to an address.
func stretch(ctx context.Context, to string) (*wire, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w := &wire{listener: listener, to: to}
	w.open.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			w.open.Go(func() { w.join(ctx, near) })
		}
	})
	return w, nil
}

// url is the near end.
func (w *wire) url() string { return "http://" + w.listener.Addr().String() }

// join carries one connection until either side ends it.
func (w *wire) join(ctx context.Context, near net.Conn) {
	defer near.Close()
	far, err := new(net.Dialer).DialContext(ctx, "tcp", w.to)
	if err != nil {
		return // the near end sees its connection close
	}
	defer far.Close()
	stop := context.AfterFunc(ctx, func() { near.Close(); far.Close() })
	defer stop()
	var both sync.WaitGroup
	for _, way := range [2][2]net.Conn{{near, far}, {far, near}} {
		both.Go(func() {
			_, _ = io.Copy(way[1], io.TeeReader(way[0], w)) // an end that hangs up
			way[1].Close()
		})
	}
	both.Wait()
}

// Write counts.
func (w *wire) Write(p []byte) (int, error) {
	w.bytes.Add(int64(len(p)))
	return len(p), nil
}

// cut ends the wire; the ends have to have hung up, or the context be done.
func (w *wire) cut() { _ = w.listener.Close(); w.open.Wait() }
