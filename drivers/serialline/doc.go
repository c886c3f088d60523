// Package serialline is a serial port as the drivers need it: opening, reading and writing come back in time whatever the
// operating system does, and every trouble has its name.
package serialline

import (
	"errors"
	"fmt"
)

// What can be wrong with a port before it is open. All wrap ErrPort.
var (
	ErrPort        = errors.New("the serial port cannot be used")
	ErrNoPort      = fmt.Errorf("the port does not exist: %w", ErrPort)
	ErrNotSerial   = fmt.Errorf("not a serial port: %w", ErrPort)
	ErrDenied      = fmt.Errorf("the port may not be opened by this user: %w", ErrPort)
	ErrPortBusy    = fmt.Errorf("the port is in use: %w", ErrPort)
	ErrPortBlocked = fmt.Errorf("opening the port does not return: %w", ErrPort)
)

// What can be wrong with an open line.
var (
	// ErrGone says that the line was cut or the adapter unplugged.
	ErrGone = errors.New("the line is gone")
	// ErrStuck says that the line takes no bytes.
	ErrStuck = errors.New("the line takes no bytes")
	// ErrClosed says that the line was closed on this side.
	ErrClosed = errors.New("the line is closed")
)

// Port is a serial port of this machine.
type Port struct {
	Path string
	Name string // what the adapter calls itself, or empty
}
