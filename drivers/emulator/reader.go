package emulator

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// Config is how a reader starts. The zero value is a sound, empty reader.
type Config struct {
	// Link, if set, is a symbolic link that always leads to the current line
	// and is removed by Close.
	Link string
	// Card, if not the zero Card, is in the slot from the start.
	Card Card
	// Faults can be changed later with SetFaults.
	Faults Faults
	// Watch, if set, is called for every piece of both directions, one call at
	// a time for each direction; it must not call the Reader's Close or Cut.
	Watch func(Piece)
	// Firmware is the answer to Escape 02; empty means EmuTwin-V1.00.
	Firmware string
	// Gap is how long a frame may stay unfinished; 0 means 500 ms.
	Gap time.Duration
}

// Reader is a running reader. Its methods may be called from any goroutine.
type Reader struct {
	gap   time.Duration
	link  string
	talk  transcript
	ctx   context.Context
	end   context.CancelFunc
	stop  func() bool   // Start's ctx no longer closes the reader
	nudge chan struct{} // a card has moved
	tasks sync.WaitGroup

	lineMu sync.Mutex // held while the line is opened, cut or closed
	line   *line      // nil while cut
	closed bool

	mu       sync.Mutex // guards the rest
	slot     slot
	faults   Faults
	path     string
	commands int    // since the line opened
	answers  int    // since the line opened
	last     []byte // the last sound answer
	moved    bool   // no command has come since the last card movement
}

// Start opens a pseudo terminal and serves a reader on it until Close or until
// ctx ends.
func Start(ctx context.Context, c Config) (*Reader, error) {
	if err := c.Faults.Check(); err != nil {
		return nil, fmt.Errorf("faults: %w", err)
	}
	r := &Reader{gap: c.Gap, link: c.Link, faults: c.Faults, nudge: make(chan struct{}, 1)}
	if r.gap <= 0 {
		r.gap = 500 * time.Millisecond
	}
	r.talk.watch = c.Watch
	r.slot.firmware = c.Firmware
	if c.Firmware == "" {
		r.slot.firmware = "EmuTwin-V1.00"
	}
	r.slot.card = c.Card
	r.slot.resetParameters()
	r.ctx, r.end = context.WithCancel(ctx)
	if err := r.Mend(); err != nil {
		r.end()
		return nil, err
	}
	r.stop = context.AfterFunc(ctx, func() { _ = r.shut() }) // nobody is there to hear of an error
	return r, nil
}

// Path returns the terminal a driver opens. After Cut and Mend it may differ;
// Config.Link does not.
func (r *Reader) Path() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.path
}

// Insert puts a card in; one that is there is taken out first.
func (r *Reader) Insert(c Card) {
	r.move(func(s *slot) { s.insert(c) })
}

// Remove takes the card out; an empty slot stays empty and nothing is told.
func (r *Reader) Remove() { r.move((*slot).remove) }

func (r *Reader) move(how func(*slot)) {
	r.mu.Lock()
	before := len(r.slot.moves)
	how(&r.slot)
	if len(r.slot.moves) > before {
		r.moved = true
	}
	r.mu.Unlock()
	select {
	case r.nudge <- struct{}{}:
	default:
	}
}

// Faults returns how the reader misbehaves now.
func (r *Reader) Faults() Faults {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.faults
}

// SetFaults changes how the reader misbehaves from the next command on.
func (r *Reader) SetFaults(f Faults) error {
	if err := f.Check(); err != nil {
		return fmt.Errorf("faults: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults = f
	return nil
}

// Transcript returns the last pieces of both directions, at least 2,048 of them
// once there were as many.
func (r *Reader) Transcript() []Piece { return r.talk.all() }

// ErrClosed is returned by Cut and Mend after Close.
var ErrClosed = errors.New("the reader is closed")

// Cut pulls the reader's cable: the line hangs up for the host, the card loses
// power but stays in the slot. A second Cut does nothing.
func (r *Reader) Cut() error {
	r.lineMu.Lock()
	defer r.lineMu.Unlock()
	if r.closed {
		return ErrClosed
	}
	return r.hangUp()
}

func (r *Reader) hangUp() error {
	if r.line == nil {
		return nil
	}
	err := r.line.close()
	r.tasks.Wait()
	r.line = nil
	return err
}

// Mend plugs the reader in again on a new line and points Config.Link at it. It
// does nothing while there is a line.
func (r *Reader) Mend() error {
	r.lineMu.Lock()
	defer r.lineMu.Unlock()
	if r.closed {
		return ErrClosed
	}
	if r.line != nil {
		return nil
	}
	l, err := openLine(r.ctx)
	if err != nil {
		return err
	}
	if r.link != "" {
		if err := l.link(r.link); err != nil {
			return errors.Join(fmt.Errorf("link to the line: %w", err), l.close())
		}
	}
	r.mu.Lock()
	r.path = l.path()
	r.slot.powerOff()
	r.slot.moves = nil
	r.commands, r.answers, r.last, r.moved = 0, 0, nil, false
	r.mu.Unlock()
	r.line = l
	r.run(l)
	return nil
}

func (r *Reader) run(l *line) {
	tokens := make(chan Token)
	r.tasks.Go(func() {
		defer close(tokens)
		l.listen(r.gap, func(t Token) bool {
			r.talk.add(FromHost, t.Raw)
			select {
			case tokens <- t:
				return true
			case <-l.ctx.Done():
				return false
			}
		})
	})
	r.tasks.Go(func() { r.serve(l, tokens) })
}

// Close takes the reader away, waits for its goroutines and removes the link.
// Closing twice is fine.
func (r *Reader) Close() error {
	r.stop()
	return r.shut()
}

func (r *Reader) shut() error {
	r.end()
	r.lineMu.Lock()
	defer r.lineMu.Unlock()
	if r.closed {
		return nil
	}
	r.closed = true
	return errors.Join(r.hangUp(), r.unlink())
}

// unlink removes the link unless another reader has taken it over.
func (r *Reader) unlink() error {
	if r.link == "" {
		return nil
	}
	target, err := os.Readlink(r.link)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil || target != r.Path() {
		return err
	}
	return os.Remove(r.link)
}
