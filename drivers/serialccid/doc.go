// Package serialccid is a smart card reader on a serial line that speaks CCID in the framing of the GemPC
// Twin: 03 06, a CCID message, and the XOR of all bytes before.
//
// Dial opens one connection and Conn.Connect wakes the card in it. Reader stands above them for programs
// that run all day: it tells when cards come and go and finds the reader again after it was unplugged.
// The facts are from libccid's src/ccid_serial.c and commands.c and from the CCID 1.1 specification. What
// differs between readers (echo, refusals, requests for time, late answers, wrong check bytes) is noticed at
// run time and written into Report, never derived from a reader's name.
package serialccid

import (
	"errors"
	"fmt"

	"ezhitong.tw/drivers/smartcard"
)

// What can be wrong, from the port to the card. The port errors all wrap smartcard.ErrNoReader.
var (
	ErrNoPort      = fmt.Errorf("the port does not exist: %w", smartcard.ErrNoReader)
	ErrNotSerial   = fmt.Errorf("not a serial port: %w", smartcard.ErrNoReader)
	ErrDenied      = fmt.Errorf("the port may not be opened by this user: %w", smartcard.ErrNoReader)
	ErrPortBusy    = fmt.Errorf("the port is in use: %w", smartcard.ErrNoReader)
	ErrPortBlocked = fmt.Errorf("opening the port does not return: %w", smartcard.ErrNoReader)

	// ErrSilent says that the other end did not answer in time.
	ErrSilent = errors.New("the reader does not answer")
	// ErrNotCCID says that bytes arrive but no CCID message is among them.
	ErrNotCCID = errors.New("what answers is not a CCID reader")
	// ErrLineGone says that the line was cut or the adapter unplugged.
	ErrLineGone = errors.New("the line to the reader is gone")
	// ErrClosed says that the connection was closed on this side.
	ErrClosed = errors.New("the connection is closed")
)

// CommandError is a command the reader refused.
type CommandError struct {
	Command byte // bMessageType of the command, such as 62 for IccPowerOn
	Status  byte // bStatus
	Code    byte // bError; 0 is "not supported", FE is "card mute"
	Refused bool // the reader kept sending the bare refusal 03 15 16
}

func (e *CommandError) Error() string {
	if e.Refused {
		return fmt.Sprintf("reader refused the frame of command %02X again and again", e.Command)
	}
	return fmt.Sprintf("reader refused command %02X: status %02X, error %02X", e.Command, e.Status, e.Code)
}

// The bError values that decide what happens next.
const (
	errBadParameter byte = 0x07 // the offset of bPowerSelect
	errBusy         byte = 0xE0
	errMute         byte = 0xFE
)
