package serialccid

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ezhitong.tw/drivers/iso7816"
	"ezhitong.tw/drivers/serialline"
	"ezhitong.tw/drivers/smartcard"
)

// What every reader of this family can do (libccid's table for the GemPC Twin): the card's clock and the
// fastest line to it.
const (
	clockHz    = 4_000_000
	maxBitRate = 344_086
)

// Card is a card that was woken and is ready for commands. It holds until the card is taken out; then every
// command gives ErrCardRemoved and only a new Connect helps. It is not safe for concurrent use.
type Card struct {
	conn     *Conn
	atr      iso7816.ATR
	protocol int
	fidi     byte
	voltage  byte
	removals int
	t1       *iso7816.T1
	t0       *iso7816.T0
}

// Connect wakes the card and agrees on protocol and speed. ErrNoCard when there is none, ErrCardMute when it
// gives no usable answer to reset at any voltage, ErrCardProtocol when it speaks neither T=1 nor T=0.
func (c *Conn) Connect(ctx context.Context) (*Card, error) {
	card := &Card{conn: c}
	if err := card.start(ctx, true); err != nil {
		return nil, err
	}
	return card, nil
}

// ATR is the card's answer to reset.
func (k *Card) ATR() iso7816.ATR { return k.atr }

// Protocol is the T in use: 1 or 0.
func (k *Card) Protocol() int { return k.protocol }

// FiDi is the coded speed in use.
func (k *Card) FiDi() byte { return k.fidi }

// Affords says whether the context leaves time for so many more exchanges with this reader, which may be slow.
func (k *Card) Affords(ctx context.Context, exchanges int) bool {
	return k.conn.affords(ctx, exchanges)
}

// Transmit sends one command APDU and brings the response.
func (k *Card) Transmit(ctx context.Context, apdu []byte) ([]byte, error) {
	if k.conn.removals() != k.removals {
		return nil, smartcard.ErrCardRemoved
	}
	var answer []byte
	var err error
	if k.protocol == 1 {
		answer, err = k.t1.Transmit(ctx, apdu)
	} else {
		answer, err = k.t0.Transmit(ctx, apdu)
	}
	if errors.Is(err, smartcard.ErrNoCard) {
		err = smartcard.ErrCardRemoved
	}
	return answer, err
}

// Reset wakes the card anew at its default speed: the second chance after an exchange went wrong. A card
// taken out since Connect stays ErrCardRemoved.
func (k *Card) Reset(ctx context.Context) error {
	if k.conn.removals() != k.removals {
		return smartcard.ErrCardRemoved
	}
	err := k.start(ctx, false)
	if errors.Is(err, smartcard.ErrNoCard) {
		return smartcard.ErrCardRemoved
	}
	return err
}

// Release takes the current from the card, so that it may be pulled out safely.
func (k *Card) Release(ctx context.Context) error { return k.conn.powerOff(ctx) }

// start wakes the card, at full speed if fast, and falls back to its default speed when the faster one is
// refused or does not work.
func (k *Card) start(ctx context.Context, fast bool) error {
	for ; ; fast = false {
		if err := k.wake(ctx); err != nil {
			return err
		}
		again, err := k.settle(ctx, fast)
		if err != nil || !again {
			return err
		}
		k.conn.degraded("card kept at its default speed")
		if err := k.conn.powerOff(ctx); err != nil && !refused(err) {
			return err
		}
	}
}

// wake applies current: 5 V, then 1.8 V, then 3 V, as libccid does; the reader's own choice at last for those
// that know no other. A voltage that worked once is kept.
func (k *Card) wake(ctx context.Context) error {
	voltages := []byte{1, 3, 2}
	if k.voltage != 0 {
		voltages = []byte{k.voltage}
	}
	var last error
	for i := 0; i < len(voltages); i++ {
		m, err := k.firstAnswer(ctx, voltages[i])
		k.removals = k.conn.removals() // what moved before this answer is not this card
		if err == nil && len(m.Data) > 0 {
			if last = k.read(ctx, m.Data, voltages[i]); last == nil {
				k.voltage = voltages[i]
				return nil
			}
			continue
		}
		var no *CommandError
		if err != nil && (!errors.As(err, &no) || no.Refused) {
			return err
		}
		last = err
		if no != nil && (no.Code == errBadParameter || no.Code == 0) && i == len(voltages)-1 && voltages[i] != 0 {
			voltages = append(voltages, 0)
		}
	}
	if last == nil {
		return smartcard.ErrCardMute
	}
	return fmt.Errorf("%w (%v)", smartcard.ErrCardMute, last)
}

// firstAnswer uses the answer that Dial already has, once, unless the card moved since.
func (k *Card) firstAnswer(ctx context.Context, voltage byte) (message, error) {
	c := k.conn
	if woken := c.woken; woken != nil && voltage == 1 {
		c.woken = nil
		if c.wokenAt == c.removals() {
			return *woken, nil
		}
	}
	return c.powerOn(ctx, voltage)
}

// read takes the answer to reset apart. A wrong check byte or length is asked about once more; if it stays,
// the card is tried with what could be read.
func (k *Card) read(ctx context.Context, raw []byte, voltage byte) error {
	atr, err := iso7816.ParseATR(raw)
	if err != nil {
		m, again := k.conn.powerOn(ctx, voltage)
		if again != nil {
			return again
		}
		if atr, err = iso7816.ParseATR(m.Data); errors.Is(err, iso7816.ErrATRStart) || len(atr.Groups) == 0 {
			return err
		}
		if err != nil {
			k.conn.degraded(err.Error())
		}
	}
	k.atr = atr
	return nil
}

// settle agrees on protocol and speed with card and reader. True asks for a reset and another attempt
// without a faster speed.
func (k *Card) settle(ctx context.Context, fast bool) (bool, error) {
	a := k.atr
	protocol, implicit, specific := a.Specific()
	fast = fast && !specific // a card of one speed has no slower one to fall back to
	if !specific {
		protocol = a.Default()
		if a.Offers(1) {
			protocol = 1
		}
		if !fast && (a.Default() == 0 || a.Default() == 1) {
			protocol = a.Default()
		}
	}
	if protocol != 0 && protocol != 1 {
		return false, smartcard.ErrCardProtocol
	}
	k.protocol, k.fidi = protocol, iso7816.DefaultFiDi
	switch {
	case specific && !implicit:
		k.fidi = a.TA1()
	case !specific && fast:
		agreed, err := k.agree(ctx)
		if err != nil || !agreed {
			return !agreed && err == nil, err
		}
	}
	if again, err := k.setParameters(ctx); err != nil || again && fast {
		return again, err // where this was the last attempt, the card's own silence decides
	}
	if protocol == 0 {
		k.t1, k.t0 = nil, iso7816.NewT0(k)
		return false, nil
	}
	k.t0, k.t1 = nil, iso7816.NewT1(k, iso7816.T1Params{IFSC: a.IFSC(), CRC: a.CRC()})
	err := k.t1.Negotiate(ctx, 254)
	switch {
	case err == nil:
		return false, nil
	case errors.Is(err, smartcard.ErrNoCard), errors.Is(err, smartcard.ErrCardRemoved), errors.Is(err, serialline.ErrGone), errors.Is(err, serialline.ErrClosed), ctx.Err() != nil:
		return false, err
	}
	return fast && k.fidi != iso7816.DefaultFiDi, nil // a card that keeps its short blocks is read in more of them
}

// agree asks for the card's own speed, or for T=1 where it is not the default. False means that the card did
// not agree and must be reset.
func (k *Card) agree(ctx context.Context) (bool, error) {
	want := byte(iso7816.DefaultFiDi)
	if fi, di, ok := iso7816.Factors(k.atr.TA1()); ok && di*372 > fi && clockHz*di/fi <= maxBitRate {
		want = k.atr.TA1()
	}
	if want == iso7816.DefaultFiDi && k.protocol == k.atr.Default() || !k.conn.affords(ctx, 6) {
		return true, nil
	}
	ask := iso7816.PPS(k.protocol, want)
	answer, err := k.Exchange(ctx, ask, 0)
	if err != nil && !errors.Is(err, iso7816.ErrNoBlock) {
		return false, err
	}
	fidi, err := iso7816.CheckPPS(ask, answer)
	if err == nil {
		k.fidi = fidi
	}
	return err == nil, nil
}

// setParameters tells the reader what was agreed. A reader that refuses at the default speed knows the
// answer to reset itself; at a faster one it could not follow the card, so the card is reset.
func (k *Card) setParameters(ctx context.Context) (bool, error) {
	a := k.atr
	inverse := byte(0)
	if a.Inverse {
		inverse = 2
	}
	data := []byte{k.fidi, inverse, a.TC1(), a.WI(), 0}
	if k.protocol == 1 {
		check := byte(0x10)
		if a.CRC() {
			check = 0x11
		}
		data = []byte{k.fidi, check | inverse, a.TC1(), a.BWICWI(), 0, a.IFSC(), 0}
	}
	_, err := k.conn.command(ctx, request{
		Kind: cmdSetParameters, P: [3]byte{byte(k.protocol)}, Data: data, Answer: ansParameters, Harmless: true,
	})
	if errors.Is(err, smartcard.ErrNoCard) || err != nil && !refused(err) && !errors.Is(err, ErrSilent) {
		return false, err
	}
	if err != nil {
		k.conn.degraded("reader refused the card's parameters")
	}
	return err != nil && k.fidi != iso7816.DefaultFiDi, nil
}

// Exchange carries one block; it makes a Card an iso7816.Blocks. Programs use Transmit.
func (k *Card) Exchange(ctx context.Context, block []byte, waitFactor byte) ([]byte, error) {
	wait := patience
	if k.protocol == 1 {
		// BWT = 2^BWI * 960 * 372 / f (ISO/IEC 7816-3, 11.4.3), and room for the line.
		bwt := time.Duration(1<<min(k.atr.BWICWI()>>4, 9)) * 960 * 372 * time.Second / clockHz
		wait = max(wait, bwt+time.Second)
	}
	m, err := k.conn.command(ctx, request{
		Kind: cmdXfrBlock, P: [3]byte{waitFactor}, Data: block, Answer: ansDataBlock,
		Wait: wait * time.Duration(max(waitFactor, 1)), Checked: true,
	})
	var no *CommandError
	switch {
	case k.conn.removals() != k.removals && (err == nil || refused(err) || errors.Is(err, ErrSilent)):
		return nil, smartcard.ErrCardRemoved
	case errors.Is(err, ErrSilent):
		return nil, fmt.Errorf("%w: %w", iso7816.ErrNoBlock, err)
	case errors.As(err, &no) && !no.Refused:
		return nil, fmt.Errorf("%w: %w", iso7816.ErrNoBlock, err)
	case err != nil:
		return nil, err
	case m.P[0]&3 == byte(CardPresent):
		return nil, smartcard.ErrCardRemoved // the current is off: the card left and came back unseen
	}
	return m.Data, nil
}
