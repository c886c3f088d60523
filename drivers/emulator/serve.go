package emulator

import (
	"slices"
	"time"
)

// serve answers one command after the other until the line closes. It is the
// only writer, so frames, echoes and events never mix.
func (r *Reader) serve(l *line, tokens <-chan Token) {
	for {
		var err error
		select {
		case <-l.ctx.Done():
			return
		case <-r.nudge:
			err = r.tellAtOnce(l)
		case t, ok := <-tokens:
			if !ok {
				return
			}
			err = r.handle(l, t)
		}
		if err != nil {
			return // the line is closed
		}
	}
}

// begin counts a command and returns the faults that hold for it.
func (r *Reader) begin() (f Faults, count int, moved bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.commands++
	moved, r.moved = r.moved, false
	return r.faults, r.commands, moved
}

func (r *Reader) handle(l *line, t Token) error {
	if t.Kind == TokenJunk {
		return nil
	}
	f, count, moved := r.begin()
	switch {
	case f.Mute:
		return nil
	case t.Kind == TokenBadLRC, f.NAKFirst && count == 1, every(f.NAKEvery, count):
		return r.send(l, f, nak())
	}
	if !f.NoEcho {
		if err := r.send(l, f, t.Raw); err != nil {
			return err
		}
	}
	if moved && f.MoveMute {
		return nil
	}
	if err := r.hesitate(l, f, t.Message); err != nil {
		return err
	}
	answer, n := r.execute(t.Message)
	if err := r.tell(l, f); err != nil {
		return err
	}
	return r.answer(l, f, answer, n)
}

// hesitate does what comes between the echo and the answer.
func (r *Reader) hesitate(l *line, f Faults, m Message) error {
	if err := r.pause(l, f.Delay); err != nil {
		return err
	}
	for range f.WaitByte {
		if err := r.send(l, f, []byte{waitRequest}); err != nil {
			return err
		}
	}
	if m.Type != hostXfrBlock {
		return nil
	}
	for range f.TimeExt {
		if err := r.send(l, f, timeExtension(m).Frame()); err != nil {
			return err
		}
	}
	return nil
}

func (r *Reader) execute(m Message) (answer Message, count int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answers++
	inside := r.slot.card.kind
	answer = r.slot.execute(m, &r.faults)
	r.moved = inside != r.slot.card.kind
	return answer, r.answers
}

// answer sends m, spoiled as f says for the n-th answer.
func (r *Reader) answer(l *line, f Faults, m Message, n int) error {
	sound := m.Frame()
	r.mu.Lock()
	last := r.last
	r.last = sound
	r.mu.Unlock()
	if err := r.send(l, f, f.Garbage); err != nil {
		return err
	}
	if every(f.Stale, n) {
		if err := r.send(l, f, last); err != nil {
			return err
		}
	}
	return r.send(l, f, spoil(m, f, n))
}

func spoil(m Message, f Faults, n int) []byte {
	if every(f.BadSeq, n) {
		m.Seq ^= 0x55
	}
	b := m.Frame()
	if every(f.BadLRC, n) {
		b[len(b)-1] ^= 0x01
	}
	if every(f.Drop, n) && f.DropAt < len(b) {
		b = slices.Delete(b, f.DropAt, f.DropAt+1)
	}
	if every(f.Half, n) {
		b = b[:len(b)/2]
	}
	return b
}

// tell sends the movements that were not told yet.
func (r *Reader) tell(l *line, f Faults) error {
	r.mu.Lock()
	moves := r.slot.moves
	r.slot.moves = nil
	r.mu.Unlock()
	if f.Events == EventsNone {
		return nil
	}
	for _, m := range moves {
		if err := r.send(l, f, []byte{eventByte, m}); err != nil {
			return err
		}
	}
	return nil
}

func (r *Reader) tellAtOnce(l *line) error {
	f := r.Faults()
	if f.Events != EventsUnsolicited || f.Mute {
		return nil
	}
	return r.tell(l, f)
}

// pause waits, telling movements meanwhile if that is the mode; it ends with
// the line's error when the line closes.
func (r *Reader) pause(l *line, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			return nil
		case <-l.ctx.Done():
			return l.ctx.Err()
		case <-r.nudge:
			if err := r.tellAtOnce(l); err != nil {
				return err
			}
		}
	}
}

// send writes bytes to the host, slowly if f says so.
func (r *Reader) send(l *line, f Faults, b []byte) error {
	if len(b) == 0 {
		return nil
	}
	r.talk.add(FromReader, b)
	if f.ByteGap <= 0 {
		_, err := l.master.Write(b)
		return err
	}
	for i := range b {
		if i > 0 {
			if err := l.wait(f.ByteGap); err != nil {
				return err
			}
		}
		if _, err := l.master.Write(b[i : i+1]); err != nil {
			return err
		}
	}
	return nil
}

// wait lets time pass on the wire, where nothing may come between.
func (l *line) wait(d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-l.ctx.Done():
		return l.ctx.Err()
	}
}
