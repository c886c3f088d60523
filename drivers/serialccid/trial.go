package serialccid

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ezhitong.tw/drivers/pause"
	"ezhitong.tw/drivers/serialline"
	"ezhitong.tw/drivers/smartcard"
)

// trial is the state of one command on the line.
type trial struct {
	request
	seqs     []byte // every bSeq this command was sent with
	frame    []byte
	until    time.Time
	tries    int
	naks     int
	noise    int
	times    int
	later    int // time extensions
	moves    int
	lrcTries int
	doubtful *message // an answer that would do if nothing better comes
	spoiled  int      // answers with a bSeq that was never used
	moved    bool
	began    time.Time
}

func (c *Conn) roundTrip(ctx context.Context, r request) (message, error) {
	if r.Wait == 0 {
		r.Wait = patience
	}
	c.drain()
	t := &trial{request: r}
	if err := c.send(ctx, t); err != nil {
		return message{}, err
	}
	for {
		tok, err := c.wait(ctx, t.until)
		switch {
		case err != nil:
			return message{}, c.explain(err, t)
		case tok.Kind == 0:
			m, done, err := c.timeout(ctx, t)
			if done || err != nil {
				return m, err
			}
			continue
		}
		m, done, err := c.consider(ctx, t, tok)
		if done || err != nil {
			return m, err
		}
	}
}

// send puts the command on the line with a new bSeq.
func (c *Conn) send(ctx context.Context, t *trial) error {
	seq := c.seq
	c.seq++
	c.sent[seq] = t.Answer
	c.sent[seq-recent] = 0
	t.seqs = append(t.seqs, seq)
	t.frame = encode(message{Kind: t.Kind, Seq: seq, P: t.P, Data: t.Data})
	t.tries++
	c.asked = t.Kind
	c.trace(smartcard.NewPiece(smartcard.FromHost, t.frame, nil))
	if err := c.line.Write(ctx, t.frame); errors.Is(err, serialline.ErrStuck) {
		return fmt.Errorf("%w: %w", ErrSilent, err)
	} else if err != nil {
		return err
	}
	t.began = time.Now()
	wait := t.Wait
	if lag := time.Duration(c.lag.Load()); t.Quick && t.tries == 1 && lag > 0 {
		wait = min(wait, max(hurry, 4*lag))
	}
	t.until = t.began.Add(wait)
	return nil
}

// timeout decides what to do when the time for an answer is over.
func (c *Conn) timeout(ctx context.Context, t *trial) (message, bool, error) {
	settled := t.Checked || !t.Harmless || t.spoiled > 1
	if t.doubtful != nil && (settled || t.tries > 1) {
		c.looseSeq = c.looseSeq || t.spoiled > 1
		c.degraded("wrong bSeq")
		return *t.doubtful, true, nil
	}
	if t.Harmless && (t.tries < 2 || t.Quick && t.tries < 3) {
		return message{}, false, c.send(ctx, t)
	}
	return message{}, false, c.explain(ErrSilent, t)
}

// explain makes the most of a failure: a line on which only noise came is no reader, one on which nothing came at all
// until the caller's time was over is silent.
func (c *Conn) explain(err error, t *trial) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if errors.Is(err, ErrSilent) && !c.talked && (t.noise > 0 || t.times > 1) {
		return ErrNotCCID
	}
	if errors.Is(err, context.DeadlineExceeded) && !c.talked {
		return fmt.Errorf("%w: %w", ErrSilent, err)
	}
	return err
}

// consider looks at one token; true means that the message is the answer.
func (c *Conn) consider(ctx context.Context, t *trial, tok token) (message, bool, error) {
	switch tok.Kind {
	case tokenNAK:
		c.note(func(r *Report) { r.Refusals++ })
		if t.naks++; t.naks > maxNAKs {
			return message{}, false, &CommandError{Command: t.Kind, Refused: true}
		}
		if err := pause.For(ctx, time.Duration(t.naks)*5*time.Millisecond); err != nil {
			return message{}, false, err
		}
		t.tries-- // a refused frame was no try
		return message{}, false, c.send(ctx, t)
	case tokenTime:
		c.note(func(r *Report) { r.TimeBytes++ })
		if t.times++; t.times > maxNoise {
			return message{}, false, ErrNotCCID
		}
		t.until = later(t.until, time.Now().Add(t.Wait))
	case tokenRemoved, tokenInserted:
		if tok.Kind == tokenRemoved {
			c.removed()
		}
		// A movement can swallow the answer to the command it falls into.
		if soon := time.Now().Add(hurry); !t.moved && (t.Quick || tok.Kind == tokenRemoved) && soon.Before(t.until) {
			t.until = soon
		}
		t.moved = true
		if t.moves++; t.moves > maxMoves {
			t.noise++
			return message{}, false, c.explain(ErrSilent, t)
		}
	case tokenGarbage:
		c.note(func(r *Report) { r.Noise++ })
		if t.noise++; t.noise > maxNoise {
			return message{}, false, c.explain(ErrSilent, t)
		}
	case tokenFrame:
		return c.answer(ctx, t, tok)
	}
	return message{}, false, nil
}

// answer judges a frame: an echo, a late answer, a doubtful one, a request for time, or the answer.
func (c *Conn) answer(ctx context.Context, t *trial, tok token) (message, bool, error) {
	m := tok.Msg
	if fromHost(m.Kind) {
		c.note(func(r *Report) { r.Echo = r.Echo || string(tok.Raw) == string(t.frame) })
		return message{}, false, nil
	}
	c.mu.Lock()
	c.talked = true
	c.mu.Unlock()
	failed := m.Kind == ansSlotStatus && m.P[0]>>6 == 1 // the generic refusal of an unknown command
	if m.Kind != t.Answer && !failed || !c.ours(t, m) {
		if m.Kind == t.Answer && c.sent[m.Seq] != m.Kind && m.P[0]>>6 != 2 && (!m.BadLRC || c.looseLRC || t.Checked) {
			// Nothing we ever sent can have this answer: the number itself is wrong.
			t.spoiled++
			t.doubtful = &m
			t.until = time.Now().Add(grace)
			return message{}, false, nil
		}
		c.note(func(r *Report) { r.Late++ })
		return message{}, false, nil
	}
	if m.P[0]>>6 == 2 {
		c.note(func(r *Report) { r.Extensions++ })
		if t.later++; t.later > maxExtensions {
			return message{}, false, c.explain(ErrSilent, t)
		}
		t.until = time.Now().Add(time.Duration(max(m.P[1], 1)) * t.Wait)
		return message{}, false, nil
	}
	if m.BadLRC {
		c.note(func(r *Report) { r.BadLRC++ })
		if !c.looseLRC && t.Harmless && t.lrcTries == 0 {
			t.lrcTries++
			return message{}, false, c.send(ctx, t)
		}
		c.looseLRC = c.looseLRC || t.lrcTries > 0
		c.degraded("wrong LRC")
	}
	if t.tries == 1 {
		took := int64(time.Since(t.began))
		if before := c.lag.Load(); before > 0 {
			took = (before + took) / 2
		}
		c.lag.Store(took)
	}
	c.note(func(r *Report) { r.Answers++ })
	return m, true, nil
}

// ours says whether an answer belongs to this command. A harmless command sent more than once is content
// with the answer to any of its frames.
func (c *Conn) ours(t *trial, m message) bool {
	if c.looseSeq {
		return true
	}
	if !t.Harmless {
		return m.Seq == t.seqs[len(t.seqs)-1]
	}
	for _, seq := range t.seqs {
		if m.Seq == seq {
			return true
		}
	}
	return false
}
