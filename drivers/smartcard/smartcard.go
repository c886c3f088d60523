// Package smartcard is what every card reader has in common, whichever way it is reached: what it tells, what can be wrong,
// and what may be done with a woken card.
package smartcard

import (
	"context"
	"errors"
	"fmt"

	"ezhitong.tw/drivers/iso7816"
)

// EventKind is what happened at a reader.
type EventKind byte

// The four things a Reader tells.
const (
	ReaderReady  EventKind = iota + 1 // found, or found again
	ReaderLost                        // unplugged, silent, or not there yet; Event.Err says which
	CardInserted                      // now Connect wakes it
	CardRemoved
)

func (k EventKind) String() string {
	switch k {
	case ReaderReady:
		return "reader ready"
	case ReaderLost:
		return "reader lost"
	case CardInserted:
		return "card inserted"
	case CardRemoved:
		return "card removed"
	}
	return fmt.Sprintf("event %d", byte(k))
}

// Event is one thing that happened at a reader.
type Event struct {
	Kind EventKind
	Err  error // why the reader was lost
}

var (
	// ErrNoReader says that there is no reader to talk to; the packages that reach readers wrap it with the cause.
	ErrNoReader = errors.New("no card reader")
	// ErrNoCard says that there is no card in the reader.
	ErrNoCard = errors.New("no card in the reader")
	// ErrCardMute says that a card is there but gives no answer to reset: upside down, dirty or dead.
	ErrCardMute = errors.New("the card does not answer")
	// ErrCardRemoved says that the card was taken out, or exchanged, since Connect.
	ErrCardRemoved = errors.New("the card was taken out")
	// ErrCardProtocol says that the card offers neither T=1 nor T=0.
	ErrCardProtocol = errors.New("the card speaks an unknown protocol")
)

// Card is a woken card. It holds until the card is taken out; then every command gives ErrCardRemoved. It is not safe for
// concurrent use.
type Card interface {
	iso7816.Transmitter
	// ATR is the card's answer to reset.
	ATR() iso7816.ATR
	// Protocol is the T in use: 1 or 0.
	Protocol() int
	// Reset wakes the card anew: the second chance after an exchange went wrong.
	Reset(ctx context.Context) error
	// Release lets the card go, so that it may be pulled out safely. The Card is of no use afterwards.
	Release(ctx context.Context) error
}

// Reader is a card reader that may be unplugged and plugged in again while the program runs.
type Reader interface {
	// Events watches the reader until ctx ends; then the channel is closed. It is called once. Nothing is dropped: a program
	// that does not read the channel stops the watch.
	Events(ctx context.Context) <-chan Event
	// Connect wakes the card in the reader: ErrNoReader while the reader is away, ErrNoCard when it is empty.
	Connect(ctx context.Context) (Card, error)
}
