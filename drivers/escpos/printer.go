package escpos

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"time"

	"ezhitong.tw/drivers/serialline"
)

// Config says where the printer is.
type Config struct {
	Port string // path of the serial port
	Baud int    // 0 means 115200: a slip is some 20 kB, and needs no flow control as the paper is faster than the line

	opener func(serialline.Config) (io.ReadWriteCloser, error) // for tests
}

// Printer is an open line to a printer. It is not safe for concurrent use.
type Printer struct {
	line    *serialline.Line
	printed bool // the answer to GS r 1 has come
}

const (
	// answerWait is how long an answer to DLE EOT may take: a printer gives it at once, whatever it is doing.
	answerWait = 700 * time.Millisecond
	// printWait is how long a slip may take from its last byte to the paper.
	printWait = 15 * time.Second
	// patience is how many sound answers to DLE EOT make up for the missing one to GS r, which some printers do not know.
	patience = 4
	// chunk is how much is written at once: a second's worth at 9600 bits.
	chunk = 512
)

// Open opens the port. It fails with one of the port errors of serialline; whether a printer is there, Status tells.
func Open(ctx context.Context, cfg Config) (*Printer, error) {
	if cfg.Baud == 0 {
		cfg.Baud = 115200
	}
	line, err := serialline.Open(ctx, serialline.Config{Path: cfg.Port, Baud: cfg.Baud, Opener: cfg.opener})
	if err != nil {
		return nil, err
	}
	return &Printer{line: line}, nil
}

// Close gives the port back.
func (p *Printer) Close() { p.line.Close() }

// Status asks the printer how it is. ErrSilent when it does not answer.
func (p *Printer) Status(ctx context.Context) (Status, error) {
	var s Status
	if err := p.forget(); err != nil {
		return s, err
	}
	for n := askPrinter; n <= askPaper; n++ {
		if err := p.line.Write(ctx, []byte{0x10, 0x04, n}); err != nil {
			return s, err
		}
		b, err := p.await(ctx, answerWait, isStatus)
		if err != nil {
			return s, err
		}
		if s, err = s.with(n, b); err != nil {
			return s, err
		}
	}
	return s, nil
}

// take gives what the printer said. The answer to GS r may come at any time, so it is looked for here.
func (p *Printer) take() ([]byte, error) {
	b, err := p.line.Take()
	for _, c := range b {
		p.printed = p.printed || isReply(c)
	}
	return b, err
}

// forget drops what the printer said unasked: a picture may hold the bytes of DLE EOT, which it answers too.
func (p *Printer) forget() error {
	for {
		b, err := p.take()
		if err != nil || len(b) == 0 {
			return err
		}
	}
}

// await waits for a byte of the kind that wanted knows; others are passed over.
func (p *Printer) await(ctx context.Context, d time.Duration, wanted func(byte) bool) (byte, error) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		b, err := p.take()
		if err != nil {
			return 0, err
		}
		for _, c := range b {
			if wanted(c) {
				return c, nil
			}
		}
		select {
		case <-p.line.Wake:
		case <-timer.C:
			return 0, ErrSilent
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// Print prints a picture on one slip, cuts it off and comes back when it is out. A printer that can't print says why and is
// sent nothing; one that stops on the way is told to throw the rest away, so that a slip never comes out late.
func (p *Printer) Print(ctx context.Context, slip *image.Gray) error {
	before, err := p.Status(ctx)
	if err != nil {
		return err
	}
	if err := before.Err(); err != nil {
		return err
	}
	if err := p.send(ctx, append(append(begin(), raster(slip)...), end()...)); err != nil {
		return err
	}
	err = p.finish(ctx)
	if err == nil || errors.Is(err, serialline.ErrGone) {
		return err
	}
	// Its time may be over; clearing has a second of its own.
	clearing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if e := p.line.Write(clearing, []byte{0x10, 0x14, 8, 1, 3, 20, 1, 6, 2, 8}); e != nil {
		return errors.Join(err, e)
	}
	_, _ = p.Status(clearing) // its answer says that the printer has heard; what is wrong is known already
	return err
}

func (p *Printer) send(ctx context.Context, b []byte) error {
	for len(b) > 0 {
		n := min(len(b), chunk)
		if err := p.line.Write(ctx, b[:n]); err != nil {
			return fmt.Errorf("send the slip: %w", err)
		}
		b = b[n:]
	}
	return nil
}

// isReply tells the answer to GS r 1, which comes when everything before it is printed.
func isReply(b byte) bool { return b&0x90 == 0 }

// finish waits until the slip is out. Every while it asks what may be wrong: a printer without paper never replies. Silence
// only means that the line is still at work.
func (p *Printer) finish(ctx context.Context) error {
	if err := p.forget(); err != nil {
		return err
	}
	p.printed = false
	if err := p.line.Write(ctx, []byte{0x1D, 'r', 1}); err != nil {
		return err
	}
	sound := 0
	for late := time.Now().Add(printWait); time.Now().Before(late); {
		if !p.printed {
			if _, err := p.await(ctx, answerWait, isReply); err != nil && !errors.Is(err, ErrSilent) {
				return err
			}
		}
		now, err := p.Status(ctx)
		switch {
		case errors.Is(err, ErrSilent):
			continue
		case err != nil:
			return err
		}
		// The end of the paper after the last row harms nobody.
		if err := now.Err(); err != nil && (!p.printed || !errors.Is(err, ErrPaperEnd)) {
			return err
		}
		if sound++; p.printed || sound == patience {
			return nil
		}
	}
	return fmt.Errorf("the slip did not come out in time: %w", ErrSilent)
}
