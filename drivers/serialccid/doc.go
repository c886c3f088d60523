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
)

// What can be wrong with the other end; what can be wrong with the port or the line has its name in serialline.
var (
	// ErrSilent says that the other end did not answer in time.
	ErrSilent = errors.New("the reader does not answer")
	// ErrNotCCID says that bytes arrive but no CCID message is among them.
	ErrNotCCID = errors.New("what answers is not a CCID reader")
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
