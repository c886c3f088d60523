// Package voice speaks short texts through the speech program of the machine.
package voice

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// ErrNone says that the machine has no program that speaks.
var ErrNone = errors.New("no program that speaks")

// longest is how long a text may be spoken; a program that hangs is ended then.
const longest = time.Minute

// program is a speech program: it reads the text from its standard input and ends when
// it is spoken.
type program struct {
	path string
	args func(locale string, volume int) []string
	hush []string // arguments that end what is spoken, where ending the program does not
}

// Speaker speaks one text at a time, in the order in which nobody waits: a new one cuts
// the one before off.
type Speaker struct {
	program program
	failed  func(error)

	mu      sync.Mutex // guards the next three
	volume  int
	next    *text // replaces what has not begun
	stop    context.CancelFunc
	wake    chan struct{}
	ended   chan struct{}
	closing context.Context
	close   context.CancelFunc
}

type text struct {
	locale, words string
	volume        int
}

// Find looks for the machine's speech program. What goes wrong later is told to failed,
// from another goroutine. The error is ErrNone where there is none.
func Find(failed func(error)) (*Speaker, error) {
	p, err := find()
	if err != nil {
		return nil, err
	}
	return newSpeaker(p, failed), nil
}

func newSpeaker(p program, failed func(error)) *Speaker {
	s := &Speaker{program: p, failed: failed, volume: 100, wake: make(chan struct{}, 1), ended: make(chan struct{}), stop: func() {}}
	s.closing, s.close = context.WithCancel(context.Background())
	go s.run()
	return s
}

// Say has a text spoken in a language, a BCP 47 tag, instead of whatever is spoken now.
// It returns at once.
func (s *Speaker) Say(locale, words string) {
	s.mu.Lock()
	t := &text{locale, words, s.volume}
	s.mu.Unlock()
	if t.volume == 0 || words == "" {
		t = nil
	}
	s.give(t)
}

// Hush ends what is spoken.
func (s *Speaker) Hush() { s.give(nil) }

func (s *Speaker) give(t *text) {
	s.mu.Lock()
	s.next = t
	s.stop()
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// SetVolume sets how loud the next text is, 0 to 100 percent; at 0 nothing is spoken.
func (s *Speaker) SetVolume(percent int) {
	s.mu.Lock()
	s.volume = max(0, min(100, percent))
	s.mu.Unlock()
}

// Close ends what is spoken and waits for it.
func (s *Speaker) Close() {
	s.close()
	<-s.ended
}

func (s *Speaker) run() {
	defer close(s.ended)
	for {
		select {
		case <-s.closing.Done():
			return
		case <-s.wake:
		}
		s.mu.Lock()
		t := s.next
		s.next = nil
		ctx, cancel := context.WithTimeout(s.closing, longest)
		s.stop = cancel
		s.mu.Unlock()
		if t != nil {
			if err := s.speak(ctx, *t); err != nil {
				s.failed(err)
			}
		}
		cancel()
	}
}

// speak comes back when the text is spoken or cut off.
func (s *Speaker) speak(ctx context.Context, t text) error {
	cmd := exec.CommandContext(ctx, s.program.path, s.program.args(t.locale, t.volume)...)
	cmd.Stdin = strings.NewReader(t.words)
	cmd.WaitDelay = time.Second
	quiet(cmd)
	said, err := cmd.CombinedOutput()
	switch {
	case ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded): // cut off
		if s.program.hush != nil {
			_ = exec.CommandContext(s.closing, s.program.path, s.program.hush...).Run() // the next text is spoken all the same
		}
		return nil
	case err != nil:
		return fmt.Errorf("speak in %s: %w: %s", t.locale, err, strings.TrimSpace(string(said)))
	}
	return nil
}
