// Package pcsc reaches card readers through the PC/SC service of the operating system: pcscd on Linux, WinSCard on Windows.
// It is the way to USB readers, and to a reader that other programs use at the same time.
//
// The library is loaded when it is first asked for, so a program starts on a machine without it and is told ErrNoService.
// Cards are shared with other programs and left as they are: a clinic's own system reads the same card.
package pcsc

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ezhitong.tw/drivers/smartcard"
)

// What can be wrong before there is a card. All wrap smartcard.ErrNoReader.
var (
	// ErrNoService says that the service is not installed or does not run.
	ErrNoService = fmt.Errorf("no PC/SC service: %w", smartcard.ErrNoReader)
	// ErrDenied says that the service does not serve this user, or is about to end.
	ErrDenied = fmt.Errorf("the PC/SC service does not serve this user: %w", smartcard.ErrNoReader)
	// ErrUnknownReader says that no reader of the name asked for is plugged in.
	ErrUnknownReader = fmt.Errorf("no PC/SC reader of that name: %w", smartcard.ErrNoReader)
)

var (
	// ErrInUse says that another program keeps the card to itself.
	ErrInUse = errors.New("another program keeps the card to itself")
	// ErrReset says that another program reset the card within an exchange; after Reset it can be read again.
	ErrReset = errors.New("another program reset the card")
)

// Error is an answer of the service that has no name above: a code of PC/SC part 5.
type Error uint32

func (e Error) Error() string { return fmt.Sprintf("PC/SC answered %08X", uint32(e)) }

// The codes that decide what happens next.
const (
	errCancelled       Error = 0x80100002
	errUnknownReader   Error = 0x80100009
	errTimeout         Error = 0x8010000A
	errSharing         Error = 0x8010000B
	errNoCard          Error = 0x8010000C
	errProtocol        Error = 0x8010000F
	errNotReady        Error = 0x80100010
	errNotTransacted   Error = 0x80100016
	errReaderAway      Error = 0x80100017
	errCardUnsupported Error = 0x8010001C
	errNoService       Error = 0x8010001D
	errServiceStopped  Error = 0x8010001E
	errNoReaders       Error = 0x8010002E
	errComm            Error = 0x8010002F
	errServiceComm     Error = 0x80100013
	errUnsupported     Error = 0x80100065
	errUnresponsive    Error = 0x80100066
	errUnpowered       Error = 0x80100067
	errReset           Error = 0x80100068
	errRemoved         Error = 0x80100069
	errDenied          Error = 0x8010006A
)

// named gives an answer of the service the name a caller looks for.
func named(err error) error {
	var code Error
	if !errors.As(err, &code) {
		return err
	}
	for name, codes := range map[error][]Error{
		ErrNoService:              {errNoService, errServiceStopped, errServiceComm},
		ErrDenied:                 {errDenied},
		ErrUnknownReader:          {errUnknownReader, errReaderAway, errNoReaders},
		ErrInUse:                  {errSharing},
		ErrReset:                  {errReset},
		smartcard.ErrNoCard:       {errNoCard},
		smartcard.ErrCardRemoved:  {errRemoved},
		smartcard.ErrCardMute:     {errUnresponsive, errUnpowered, errNotReady},
		smartcard.ErrCardProtocol: {errProtocol, errCardUnsupported, errUnsupported},
	} {
		for _, c := range codes {
			if c == code {
				return fmt.Errorf("%w (%08X)", name, uint32(code))
			}
		}
	}
	return code
}

// Readers lists the names of the readers that are plugged in, in the service's order.
func Readers(ctx context.Context) ([]string, error) {
	type result struct {
		names []string
		err   error
	}
	done := make(chan result, 1)
	go func() {
		names, err := readers()
		done <- result{names, named(err)}
	}()
	select {
	case r := <-done:
		return r.names, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func readers() ([]string, error) {
	c, err := establish()
	if err != nil {
		return nil, err
	}
	names, err := listReaders(c)
	if errors.Is(err, errNoReaders) {
		names, err = nil, nil
	}
	return names, errors.Join(err, release(c))
}

// find gives the first reader whose name holds the words asked for; empty words mean the first of all.
func find(names []string, words string) (string, error) {
	for _, n := range names {
		if strings.Contains(n, words) {
			return n, nil
		}
	}
	return "", ErrUnknownReader
}

// state is what the service knows of a reader, and what of it its client knows already.
type state struct {
	reader  string
	current uint32
	event   uint32
}

// The bits of state that matter; the upper 16 count the movements of cards.
const (
	stateChanged     = 0x0002
	stateUnknown     = 0x0004
	stateUnavailable = 0x0008
	statePresent     = 0x0020
)

// slice is the longest wait for one answer of the service, after which it is asked again.
const slice = time.Second

// multiString cuts the service's lists: names that end in NUL, and one NUL more at the end.
func multiString(b []byte) []string {
	var out []string
	for name := range strings.SplitSeq(string(b), "\x00") {
		if name == "" {
			break
		}
		out = append(out, name)
	}
	return out
}
