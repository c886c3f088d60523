// Package serialtest has serial ports that misbehave, for the tests of what speaks over one.
package serialtest

import (
	"io"
	"time"
)

// Port is a port made of what its parts do.
type Port struct {
	OnRead  func([]byte) (int, error)
	OnWrite func([]byte) (int, error)
	OnClose func() error
}

// Read is OnRead.
func (p Port) Read(b []byte) (int, error) { return p.OnRead(b) }

// Write is OnWrite.
func (p Port) Write(b []byte) (int, error) { return p.OnWrite(b) }

// Close is OnClose.
func (p Port) Close() error { return p.OnClose() }

// Quiet is a port on which nothing ever comes, and which takes what is written when released is closed. A read of it
// lasts as long as the given time.
func Quiet(read time.Duration, released <-chan struct{}) Port {
	return Port{
		OnRead: func([]byte) (int, error) {
			timer := time.NewTimer(read)
			defer timer.Stop()
			<-timer.C
			return 0, io.EOF
		},
		OnWrite: func(b []byte) (int, error) {
			<-released
			return len(b), nil
		},
		OnClose: func() error { return nil },
	}
}
