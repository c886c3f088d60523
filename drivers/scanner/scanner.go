// Package scanner is a bar-code or QR reader on a serial line: every code it reads arrives as one line of text.
package scanner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"ezhitong.tw/drivers/pause"
	"ezhitong.tw/drivers/serialline"
)

// Config says where the scanner is and how it writes.
type Config struct {
	Port   string // path of the serial port
	Baud   int    // 0 means 9600
	Prefix string // written before every code; what comes without it is no code
	Suffix string // written after every code; empty means CR, LF or both

	opener func(serialline.Config) (io.ReadWriteCloser, error) // for tests
}

// Kind is what happened at the scanner.
type Kind byte

// What a scanner tells. A scanner never speaks unless it reads a code, so Ready means that the port is open.
const (
	Ready   Kind = iota + 1
	Lost         // Event.Err says why; the port is tried again
	Scanned      // Event.Code is filled
	Misread      // Event.Err says why
)

// Event is one thing that happened.
type Event struct {
	Kind Kind
	Code Code
	Err  error
}

// What can be wrong with a code.
var (
	ErrTooLong   = fmt.Errorf("a code has at most %d bytes", maxCode)
	ErrNoPrefix  = errors.New("the code came without the prefix")
	ErrNotText   = errors.New("the code is no text")
	ErrUnended   = errors.New("the code came without its end")
	errBadConfig = errors.New("prefix and suffix are at most 16 bytes")
)

// Code is the text of a code. It may be a person's, so it hides itself; only Reveal shows it.
type Code struct{ text string }

// CodeOf is a code that was read in another way.
func CodeOf(text string) Code { return Code{text} }

// Reveal is the text.
func (c Code) Reveal() string { return c.text }

func (c Code) String() string { return fmt.Sprintf("code of %d bytes", len(c.text)) }

// Format hides the text whatever the verb.
func (c Code) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

const (
	// ending is how long a line may pause before it counts as cut off.
	ending = 500 * time.Millisecond
	// firstPause and longestPause bound the wait before the port is tried again.
	firstPause, longestPause = 100 * time.Millisecond, time.Second
)

// Watch tells what the scanner reads until ctx ends; then the port is closed and after it the channel. A port that is away is
// tried again for ever.
func Watch(ctx context.Context, cfg Config) <-chan Event {
	out := make(chan Event, 4)
	if cfg.Baud == 0 {
		cfg.Baud = 9600
	}
	tell := func(e Event) {
		select {
		case out <- e:
		case <-ctx.Done():
		}
	}
	go func() {
		defer close(out)
		wait, told := firstPause, ""
		for ctx.Err() == nil {
			err := session(ctx, cfg, func(e Event) {
				wait, told = firstPause, ""
				tell(e)
			})
			if ctx.Err() != nil {
				return
			}
			if told != err.Error() { // the same trouble is told once
				told = err.Error()
				tell(Event{Kind: Lost, Err: err})
			}
			var blocked *serialline.BlockedError
			if errors.As(err, &blocked) { // never two attempts at a port that does not open
				select {
				case <-blocked.Done:
				case <-ctx.Done():
				}
			}
			if pause.For(ctx, wait) != nil {
				return
			}
			wait = min(wait*2, longestPause)
		}
	}()
	return out
}

// session is one life of the port.
func session(ctx context.Context, cfg Config, tell func(Event)) error {
	lines, err := newSplitter(cfg.Prefix, cfg.Suffix)
	if err != nil {
		return err
	}
	line, err := serialline.Open(ctx, serialline.Config{Path: cfg.Port, Baud: cfg.Baud, Opener: cfg.opener})
	if err != nil {
		return err
	}
	defer func() {
		line.Close()
		select {
		case <-line.Done: // the port must be free before it is opened again
		case <-ctx.Done():
		}
	}()
	tell(Event{Kind: Ready})
	late := time.NewTimer(ending)
	defer late.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-late.C:
			if lines.giveUp() {
				tell(Event{Kind: Misread, Err: ErrUnended})
			}
			continue
		case <-line.Wake:
		}
		b, err := line.Take()
		if err != nil {
			return err
		}
		for _, e := range lines.feed(b) {
			tell(e)
		}
		late.Reset(ending)
	}
}
