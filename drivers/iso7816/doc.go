// Package iso7816 is the contact smart card as the reader's side sees it: answer to reset, protocol
// selection, commands and responses, and the transmission protocols T=1 and T=0 (ISO/IEC 7816-3 and -4).
//
// It moves bytes through a Blocks value and knows nothing of serial lines or of any one card.
package iso7816

import (
	"context"
	"errors"
)

// Blocks carries one TPDU to the card and brings one back: a T=1 block, or a T=0 command and its answer.
//
// waitFactor multiplies the card's waiting time for this exchange; 0 means the ordinary one. When nothing
// usable came back although the card may still be there (time-out, parity), the error must wrap ErrNoBlock;
// T=1 then recovers. Any other error ends the exchange at once and is passed on.
type Blocks interface {
	Exchange(ctx context.Context, block []byte, waitFactor byte) ([]byte, error)
}

// Transmitter sends one command APDU and returns the whole response, the two status bytes last.
type Transmitter interface {
	Transmit(ctx context.Context, apdu []byte) ([]byte, error)
}

var (
	// ErrNoBlock says that no usable block came back in time; T=1 asks the card to repeat.
	ErrNoBlock = errors.New("no block received")
	// ErrDead says that T=1 has lost the card for good: only a reset brings it back.
	ErrDead = errors.New("card no longer follows T=1")
	// ErrEndless says that an answer goes on for longer than any response may be.
	ErrEndless = errors.New("card never ends its answer")
	// ErrAborted says that the card broke off a chain; the command may be sent again.
	ErrAborted = errors.New("card aborted the chain")
	// ErrShort says that a response is too short to hold its two status bytes.
	ErrShort = errors.New("response shorter than two status bytes")
	// ErrCommand says that a command APDU is malformed or longer than the short form allows.
	ErrCommand = errors.New("malformed command APDU")
)
