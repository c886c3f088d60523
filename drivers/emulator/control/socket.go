package control

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

// Listen opens a Unix socket that only its owner may use. A socket file that
// nobody listens on any more is replaced; one in use is an error.
func Listen(ctx context.Context, path string) (net.Listener, error) {
	if conn, err := dial(ctx, path); err == nil {
		_ = conn.Close() // it only knocked
		return nil, fmt.Errorf("已有讀卡機使用 %s，請換一個位置。A reader already listens there; choose another path", path)
	}
	if info, err := os.Lstat(path); err == nil {
		if info.Mode()&os.ModeSocket == 0 {
			return nil, fmt.Errorf("%s 不是 socket，請換一個位置。That file is not a socket; choose another path", path)
		}
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("replace an old socket: %w", err)
		}
	}
	l, err := new(net.ListenConfig).Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("open the control socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("close the control socket to others: %w", err), l.Close())
	}
	return l, nil
}

func dial(ctx context.Context, path string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "unix", path)
}

// Serve obeys everybody who comes to l until ctx ends; then it closes l, which
// removes the socket file, and waits for those who are there.
func (c *Console) Serve(ctx context.Context, l net.Listener) error {
	var guests sync.WaitGroup
	defer guests.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = l.Close() }) // ends Accept below
	defer stop()
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("wait for commands: %w", err)
		}
		guests.Go(func() {
			leave := context.AfterFunc(ctx, func() { hurry(conn) })
			defer leave()
			defer func() { _ = conn.Close() }()
			_ = c.Run(conn, conn) // a guest who hangs up is no concern of the reader
		})
	}
}

// hurry ends the guest's reading at once and his writing soon, so that the
// answer to a command he has given still reaches him.
func hurry(conn net.Conn) {
	now := time.Now()
	_ = conn.SetReadDeadline(now)                   // an error means that he has left
	_ = conn.SetWriteDeadline(now.Add(time.Second)) // likewise
}
