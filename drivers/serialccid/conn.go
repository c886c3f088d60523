package serialccid

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"ezhitong.tw/drivers/pause"
	"ezhitong.tw/drivers/serialline"
	"ezhitong.tw/drivers/smartcard"
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
	// maxNAKs, maxBusy, maxNoise, maxMoves and maxExtensions bound what one command puts up with.
	maxNAKs, maxBusy, maxNoise, maxMoves, maxExtensions = 12, 40, 4096, 256, 1024
	// recent is how many commands back an answer may belong to; an older number is no late answer but a wrong one.
	recent = 16
)

// Config says where the reader is.
type Config struct {
	Port string        // path of the serial port
	Baud int           // 0 means 115200
	Poll time.Duration // how often Reader looks for a card; 0 means 150 ms
	// WakeFirst makes Dial greet the reader with IccPowerOn instead of GetSlotStatus. It saves one exchange
	// for a program that reads one card and leaves.
	WakeFirst bool
	// Trace, if set, sees what goes over the line, from one goroutine at a time.
	Trace func(smartcard.Piece)

	open func(serialline.Config) (io.ReadWriteCloser, error) // for tests
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
	line *serialline.Line
	busy chan struct{} // holds a token while a command is on the line

	// Below: owned by whoever holds the token.
	dec      decoder
	lastByte time.Time
	seq      byte
	asked    byte      // the command sent last
	sent     [256]byte // answer kind expected for each bSeq used recently, 0 for the others
	looseLRC bool
	looseSeq bool
	woken    *message // the answer to IccPowerOn that Dial got, until it is used
	wokenAt  int      // removals seen by then

	lag atomic.Int64 // nanoseconds an answer takes with this reader; 0 before the first

	mu     sync.Mutex
	report Report
	moves  int  // removals seen
	talked bool // a frame that is no echo was seen
}

// Dial opens the port and greets the reader. It fails with smartcard.ErrNoReader and the cause from serialline,
// ErrSilent, ErrNotCCID or serialline.ErrGone; a missing or mute card is no failure.
func Dial(ctx context.Context, cfg Config) (*Conn, error) {
	if cfg.Baud == 0 {
		cfg.Baud = 115200
	}
	l, err := serialline.Open(ctx, serialline.Config{Path: cfg.Port, Baud: cfg.Baud, StopBits: 2, DropRTS: true, Opener: cfg.open})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", smartcard.ErrNoReader, err)
	}
	c := &Conn{cfg: cfg, line: l, busy: make(chan struct{}, 1)}
	if err := c.greet(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Close gives the port back.
func (c *Conn) Close() { c.line.Close() }

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
	return !limited || time.Until(end) > time.Duration(exchanges)*time.Duration(c.lag.Load())+grace
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
			if err := pause.For(ctx, 50*time.Millisecond); err != nil {
				return m, err
			}
			continue
		}
		if status&3 == 2 && r.Kind != cmdEscape {
			c.removed()
			return m, smartcard.ErrNoCard
		}
		return m, &CommandError{Command: r.Kind, Status: status, Code: code}
	}
}

// drain reads away what came in between commands: movements count, answers are late.
func (c *Conn) drain() {
	b, err := c.line.Take()
	if err != nil {
		return // wait tells it
	}
	if len(b) > 0 {
		c.dec.feed(b)
		c.lastByte = time.Now()
	}
	for {
		tok, ok := c.next()
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
		if tok, ok := c.next(); ok {
			return tok, nil
		}
		limit := until
		if c.dec.partial() {
			switch quiet := time.Since(c.lastByte); {
			case quiet >= giveUp:
				return c.heard(token{Kind: tokenGarbage, Raw: c.dec.take(1)}), nil
			case quiet >= stall:
				if before := c.dec.rescue(); before != nil {
					c.heard(token{Kind: tokenGarbage, Raw: before})
					continue
				}
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
		case <-c.line.Wake:
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return token{}, ctx.Err()
		}
		timer.Stop()
		b, err := c.line.Take()
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
