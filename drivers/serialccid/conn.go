package serialccid

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	// patience is how long an answer may take: libccid's 3 s and a little.
	patience = 3300 * time.Millisecond
	// hurry is the shortest wait before a harmless command is sent again to a reader known to be quick, and
	// the wait after a card movement, which can swallow an answer.
	hurry = 500 * time.Millisecond
	// grace is how long a doubtful answer waits for a better one.
	grace = 250 * time.Millisecond
	// stall is how long a frame may pause before a sound one is looked for inside it, giveUp before its
	// first byte is dropped.
	stall, giveUp = 200 * time.Millisecond, 1500 * time.Millisecond
	// maxNAKs, maxBusy and maxNoise bound what one command puts up with.
	maxNAKs, maxBusy, maxNoise = 12, 40, 4096
)

// Config says where the reader is.
type Config struct {
	Port string        // path of the serial port
	Baud int           // 0 means 115200
	Poll time.Duration // how often Reader looks for a card; 0 means 150 ms
	// WakeFirst makes Dial greet the reader with IccPowerOn instead of GetSlotStatus. It saves one exchange
	// for a program that reads one card and leaves.
	WakeFirst bool
}

// Report is what a connection has noticed about its reader.
type Report struct {
	Firmware   string
	Echo       bool     // sends every host frame back first
	Answers    int      // sound answers
	Refusals   int      // 03 15 16
	TimeBytes  int      // bare requests for time
	Extensions int      // time extensions inside a CCID answer
	Late       int      // answers that came after their command was given up, or twice
	Noise      int      // bytes that belong to nothing
	BadLRC     int      // frames with a wrong check byte
	Degraded   []string // what had to be overlooked to read at all, each once
}

// Conn is one open line with a CCID reader at its end. Its methods may be called from several goroutines;
// the line carries one command at a time.
type Conn struct {
	cfg  Config
	line *line
	busy chan struct{} // holds a token while a command is on the line

	// Below: owned by whoever holds the token.
	dec      decoder
	lastByte time.Time
	seq      byte
	sent     [256]byte // answer kind expected for each bSeq used, 0 for never used
	lag      time.Duration
	looseLRC bool
	looseSeq bool
	woken    *message // the answer to IccPowerOn that Dial got, until it is used
	wokenAt  int      // removals seen by then

	mu     sync.Mutex
	report Report
	moves  int  // removals seen
	talked bool // a frame that is no echo was seen
}

// Dial opens the port and greets the reader. It fails with one of the port errors, ErrSilent, ErrNotCCID or
// ErrLineGone; a missing or mute card is no failure.
func Dial(ctx context.Context, cfg Config) (*Conn, error) {
	if cfg.Baud == 0 {
		cfg.Baud = 115200
	}
	l, err := openLine(ctx, cfg.Port, cfg.Baud)
	if err != nil {
		return nil, err
	}
	c := &Conn{cfg: cfg, line: l, busy: make(chan struct{}, 1)}
	if err := c.greet(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Close gives the port back.
func (c *Conn) Close() { c.line.close() }

// Report is a copy of what was noticed so far.
func (c *Conn) Report() Report {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.report
	r.Degraded = append([]string(nil), r.Degraded...)
	return r
}

func (c *Conn) note(f func(*Report)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.report)
}

func (c *Conn) degraded(what string) {
	c.note(func(r *Report) {
		for _, known := range r.Degraded {
			if known == what {
				return
			}
		}
		r.Degraded = append(r.Degraded, what)
	})
}

// removals counts the removals seen, so that a session can tell whether its card is still the same.
func (c *Conn) removals() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.moves
}

func (c *Conn) removed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moves++
}

// affords says whether the context leaves time for so many more exchanges with this reader.
func (c *Conn) affords(ctx context.Context, exchanges int) bool {
	end, limited := ctx.Deadline()
	return !limited || time.Until(end) > time.Duration(exchanges)*c.lag+grace
}

// request is a command and how to bear its failures.
type request struct {
	Kind     byte
	P        [3]byte
	Data     []byte
	Answer   byte
	Wait     time.Duration // for one answer; 0 means patience
	Harmless bool          // may be sent twice
	Quick    bool          // needs no card, so a quick reader answers at once
	Checked  bool          // the data carries its own check, so a doubtful frame may be used
}

// command sends one command and brings its answer. A refusal by the reader is a *CommandError, no card is
// ErrNoCard; the answer is returned with either.
func (c *Conn) command(ctx context.Context, r request) (message, error) {
	select {
	case c.busy <- struct{}{}:
		defer func() { <-c.busy }()
	case <-ctx.Done():
		return message{}, ctx.Err()
	}
	for again := 0; ; again++ {
		m, err := c.roundTrip(ctx, r)
		if err != nil {
			return m, err
		}
		status, code := m.P[0], m.P[1]
		if status>>6 == 0 {
			return m, nil
		}
		if code == errBusy && status&3 != 2 && again < maxBusy {
			if err := pause(ctx, 50*time.Millisecond); err != nil {
				return m, err
			}
			continue
		}
		if status&3 == 2 && r.Kind != cmdEscape {
			c.removed()
			return m, ErrNoCard
		}
		return m, &CommandError{Command: r.Kind, Status: status, Code: code}
	}
}

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
	t.seqs = append(t.seqs, seq)
	t.frame = encode(message{Kind: t.Kind, Seq: seq, P: t.P, Data: t.Data})
	t.tries++
	if err := c.line.write(ctx, t.frame); err != nil {
		return err
	}
	t.began = time.Now()
	wait := t.Wait
	if t.Quick && t.tries == 1 && c.lag > 0 {
		wait = min(wait, max(hurry, 4*c.lag))
	}
	t.until = t.began.Add(wait)
	return nil
}

// timeout decides what to do when the time for an answer is over.
func (c *Conn) timeout(ctx context.Context, t *trial) (message, bool, error) {
	if t.doubtful != nil && (t.Checked || !t.Harmless || t.spoiled > 1) {
		if t.spoiled > 0 {
			c.looseSeq = c.looseSeq || t.spoiled > 1
			c.degraded("wrong bSeq")
		}
		return *t.doubtful, true, nil
	}
	if t.Harmless && (t.tries < 2 || t.Quick && t.tries < 3) {
		return message{}, false, c.send(ctx, t)
	}
	return message{}, false, c.explain(ErrSilent, t)
}

// explain makes the most of a failure: a line on which only noise came is no reader.
func (c *Conn) explain(err error, t *trial) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == ErrSilent && !c.talked && (t.noise > 0 || t.times > 1) {
		return ErrNotCCID
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
		if err := pause(ctx, time.Duration(t.naks)*5*time.Millisecond); err != nil {
			return message{}, false, err
		}
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
		if m.Kind == t.Answer && c.sent[m.Seq] != m.Kind && !m.BadLRC && m.P[0]>>6 != 2 {
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
		c.lag = (c.lag + time.Since(t.began)) / 2
		if c.Report().Answers == 0 {
			c.lag *= 2
		}
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

// drain reads away what came in between commands: movements count, answers are late.
func (c *Conn) drain() {
	b, err := c.line.take()
	if err != nil {
		return // wait tells it
	}
	if len(b) > 0 {
		c.dec.feed(b)
		c.lastByte = time.Now()
	}
	for {
		tok, ok := c.dec.next()
		if !ok {
			return
		}
		switch tok.Kind {
		case tokenRemoved:
			c.removed()
		case tokenFrame:
			c.note(func(r *Report) { r.Late++ })
		}
	}
}

// wait gives the next token, or an empty one at the time given.
func (c *Conn) wait(ctx context.Context, until time.Time) (token, error) {
	for {
		if tok, ok := c.dec.next(); ok {
			return tok, nil
		}
		limit := until
		if c.dec.partial() {
			switch quiet := time.Since(c.lastByte); {
			case quiet >= giveUp:
				c.dec.take(1)
				return token{Kind: tokenGarbage}, nil
			case quiet >= stall && c.dec.rescue():
				continue
			case quiet >= stall:
				limit = c.lastByte.Add(giveUp)
			default:
				limit = c.lastByte.Add(stall)
			}
			limit = later(time.Now(), limit)
		} else if !time.Now().Before(until) {
			return token{}, nil
		}
		timer := time.NewTimer(time.Until(limit))
		select {
		case <-c.line.wake:
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return token{}, ctx.Err()
		}
		timer.Stop()
		b, err := c.line.take()
		if err != nil {
			return token{}, err
		}
		if len(b) > 0 {
			c.dec.feed(b)
			c.lastByte = time.Now()
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// pause waits for a time, or for the end of the context.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting: %w", ctx.Err())
	}
}
