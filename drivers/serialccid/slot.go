package serialccid

import (
	"context"
	"errors"
	"strings"
	"time"

	"ezhitong.tw/drivers/smartcard"
)

// SlotStatus is whether a card is in the reader.
type SlotStatus byte

// The states of bits 0 and 1 of bStatus.
const (
	CardActive  SlotStatus = iota // present and powered
	CardPresent                   // present, not powered
	CardAbsent
)

// escapeWait is how long an Escape may take: a reader that ignores it must not cost much.
const escapeWait = time.Second

// greet finds out whether a reader is there. The Escapes are libccid's: the firmware string, and the notice
// of card movements before answers. A reader that refuses them is as good.
func (c *Conn) greet(ctx context.Context) error {
	if c.cfg.WakeFirst {
		m, err := c.powerOn(ctx, 1)
		if err != nil && !refused(err) {
			return err
		}
		if err == nil {
			c.woken, c.wokenAt = &m, c.removals()
		}
	} else if _, err := c.Status(ctx); err != nil {
		return err
	}
	for _, data := range [][]byte{{0x02}, {0x01, 0x01, 0x01}} {
		if !c.affords(ctx, 8) {
			return nil
		}
		m, err := c.command(ctx, request{
			Kind: cmdEscape, Data: data, Answer: ansEscape, Wait: escapeWait, Harmless: len(data) > 1, Quick: true,
		})
		switch {
		case err == nil && len(data) == 1:
			c.note(func(r *Report) { r.Firmware = printable(m.Data) })
		case errors.Is(err, ErrSilent):
			return nil // it knows no Escape; what it answers later is told apart by its number
		case err != nil && !refused(err):
			return err
		}
	}
	return nil
}

// refused tells an answer that says no from a line that is broken.
func refused(err error) bool {
	var no *CommandError
	return errors.As(err, &no) || errors.Is(err, smartcard.ErrNoCard)
}

func printable(b []byte) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7E {
			return -1
		}
		return r
	}, string(b)))
}

// Status asks whether a card is in the reader.
func (c *Conn) Status(ctx context.Context) (SlotStatus, error) {
	m, err := c.command(ctx, request{Kind: cmdSlotStatus, Answer: ansSlotStatus, Harmless: true, Quick: true})
	var no *CommandError
	switch {
	case errors.Is(err, smartcard.ErrNoCard):
		return CardAbsent, nil
	case errors.As(err, &no) && no.Refused:
		return 0, err
	case err != nil && no == nil:
		return 0, err
	}
	s := SlotStatus(m.P[0] & 3)
	if s >= CardAbsent {
		c.removed()
		return CardAbsent, nil
	}
	return s, nil
}

// powerOn wakes the card at one voltage: 1 is 5 V, 2 is 3 V, 3 is 1.8 V, 0 leaves it to the reader.
func (c *Conn) powerOn(ctx context.Context, voltage byte) (message, error) {
	return c.command(ctx, request{Kind: cmdPowerOn, P: [3]byte{voltage}, Answer: ansDataBlock, Harmless: true})
}

// powerOff takes the current from the card.
func (c *Conn) powerOff(ctx context.Context) error {
	_, err := c.command(ctx, request{Kind: cmdPowerOff, Answer: ansSlotStatus, Harmless: true})
	return err
}

// idle waits between two looks at the slot. It ends early when the reader tells of a movement.
func (c *Conn) idle(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case <-c.line.Idle:
		}
		select {
		case c.busy <- struct{}{}:
			b, err := c.line.Take()
			c.dec.feed(b)
			if len(b) > 0 {
				c.lastByte = time.Now()
			}
			moved := err != nil
			for !moved {
				tok, ok := c.next()
				if !ok {
					break
				}
				if tok.Kind == tokenRemoved {
					c.removed()
				}
				moved = tok.Kind == tokenRemoved || tok.Kind == tokenInserted
			}
			<-c.busy
			if moved {
				return
			}
		default: // a command is on the line and reads for itself
		}
	}
}
