package pcsc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ezhitong.tw/drivers/iso7816"
	"ezhitong.tw/drivers/pause"
	"ezhitong.tw/drivers/smartcard"
)

// Config says which reader is meant.
type Config struct {
	// Reader is part of the reader's name; the first reader whose name holds it is taken. Empty means the first of all.
	Reader string
	// Trace, if set, sees every command and response.
	Trace func(smartcard.Piece)
}

// sharing is how long Connect lets another program finish, looks how long the service may take to see that a card is gone,
// and again the pause between two attempts at either.
const sharing, looks, again = 3 * time.Second, 600 * time.Millisecond, 50 * time.Millisecond

// Card is a card that the service has woken, held in a transaction so that no other program comes between two commands.
// Release it soon: other programs wait.
type Card struct {
	handle   uintptr
	context  uintptr
	protocol uint32 // 1 is T=0, 2 is T=1
	atr      iso7816.ATR
	t0       *iso7816.T0
	trace    func(smartcard.Piece)
	busy     chan struct{} // holds a token while the service is at work for this card
	broken   error         // the last exchange went wrong, so Reset really resets
	released bool
}

var _ smartcard.Card = (*Card)(nil)

// Connect wakes the card in a reader.
func Connect(ctx context.Context, cfg Config) (*Card, error) {
	type result struct {
		card *Card
		err  error
	}
	done, left := make(chan result), make(chan struct{})
	go func() {
		card, err := connectWithin(ctx, cfg)
		select {
		case done <- result{card, named(err)}:
		case <-left:
			if err == nil {
				_ = card.close() // nobody waits for it any more
			}
		}
	}()
	select {
	case r := <-done:
		return r.card, r.err
	case <-ctx.Done():
		close(left)
		return nil, ctx.Err()
	}
}

// connectWithin does the work of Connect; between two calls of the service it looks at ctx.
func connectWithin(ctx context.Context, cfg Config) (_ *Card, err error) {
	c, err := establish()
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, release(c))
		}
	}()
	names, err := listReaders(c)
	if err != nil {
		return nil, err
	}
	name, err := find(names, cfg.Reader)
	if err != nil {
		return nil, err
	}
	k := &Card{context: c, trace: cfg.Trace, busy: make(chan struct{}, 1)}
	patient, cancel := context.WithTimeout(ctx, sharing)
	defer cancel()
	for {
		k.handle, k.protocol, err = connect(c, name)
		if !errors.Is(err, errSharing) || pause.For(patient, again) != nil {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	if err = k.settle(); err != nil {
		return nil, errors.Join(err, disconnect(k.handle))
	}
	return k, nil
}

// settle begins the transaction and learns the answer to reset.
func (k *Card) settle() error {
	if k.protocol != 1 && k.protocol != 2 {
		return smartcard.ErrCardProtocol
	}
	if err := begin(k.handle); err != nil {
		return err
	}
	raw, err := answerToReset(k.handle)
	if err != nil {
		return err
	}
	k.atr, err = iso7816.ParseATR(raw)
	if err != nil && len(k.atr.Groups) == 0 {
		return fmt.Errorf("%w (%v)", smartcard.ErrCardMute, err)
	}
	k.t0 = nil
	if k.protocol == 1 {
		k.t0 = iso7816.NewT0(blocks{k})
	}
	return nil
}

// ATR is the card's answer to reset.
func (k *Card) ATR() iso7816.ATR { return k.atr }

// Protocol is the T in use: 1 or 0.
func (k *Card) Protocol() int { return int(k.protocol) - 1 }

// Transmit sends one command APDU and brings the response. The service knows no deadline: when ctx ends first, Transmit comes
// back at once and the card is of no use until the service is done with it.
func (k *Card) Transmit(ctx context.Context, apdu []byte) ([]byte, error) {
	if k.t0 != nil {
		return k.t0.Transmit(ctx, apdu)
	}
	return k.exchange(ctx, apdu)
}

// blocks carries a T=0 command.
type blocks struct{ card *Card }

func (b blocks) Exchange(ctx context.Context, tpdu []byte, _ byte) ([]byte, error) {
	return b.card.exchange(ctx, tpdu)
}

func (k *Card) exchange(ctx context.Context, command []byte) ([]byte, error) {
	if k.trace != nil {
		k.trace(smartcard.NewPiece(smartcard.FromHost, command, nil))
	}
	answer, err := do(ctx, k, func() ([]byte, error) { return transmit(k.handle, k.protocol, command) })
	if err != nil {
		if errors.Is(err, errNotTransacted) || errors.Is(err, errComm) {
			err = k.why(ctx, err)
		}
		k.broken = err
		return nil, lost(err)
	}
	if k.trace != nil {
		k.trace(smartcard.Response(answer))
	}
	return answer, nil
}

// why looks for the cause of a broken exchange: the service tells of a removal only when it is asked again, and knows of it
// only when it has looked at the reader, which it does every 400 ms.
func (k *Card) why(ctx context.Context, err error) error {
	ctx, cancel := context.WithTimeout(ctx, looks)
	defer cancel()
	for {
		_, gone := do(ctx, k, func() ([]byte, error) { return answerToReset(k.handle) })
		if gone != nil && ctx.Err() == nil {
			return gone
		}
		if pause.For(ctx, again) != nil {
			return err
		}
	}
}

// lost names what went wrong with a card that was there: none in the reader now means that it was taken out.
func lost(err error) error {
	err = named(err)
	if errors.Is(err, smartcard.ErrNoCard) || errors.Is(err, ErrUnknownReader) {
		return fmt.Errorf("%w (%v)", smartcard.ErrCardRemoved, err)
	}
	return err
}

// Reset gives the card a second chance: after an exchange that broke it is woken anew, after another program's reset it is
// taken up as it is.
func (k *Card) Reset(ctx context.Context) error {
	cold := k.broken != nil && !errors.Is(k.broken, errReset)
	protocol, err := do(ctx, k, func() (uint32, error) {
		_ = end(k.handle) // an error says that the reset has ended the transaction
		return reconnect(k.handle, cold)
	})
	if err != nil {
		return lost(err)
	}
	k.protocol, k.broken = protocol, nil
	_, err = do(ctx, k, func() (struct{}, error) { return struct{}{}, k.settle() })
	return lost(err)
}

// Release ends the transaction and lets the card go as it is.
func (k *Card) Release(ctx context.Context) error {
	if k.released {
		return nil
	}
	k.released = true
	done := make(chan error, 1)
	go func() {
		k.busy <- struct{}{} // for good
		done <- k.close()
	}()
	select {
	case err := <-done:
		if err = lost(err); errors.Is(err, smartcard.ErrCardRemoved) || errors.Is(err, ErrReset) {
			return nil // a card that went by itself is let go
		}
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (k *Card) close() error {
	return errors.Join(end(k.handle), disconnect(k.handle), release(k.context))
}

// do has the service work for a card and comes back with ctx. One call is at work at a time, also one that nobody waits for.
func do[T any](ctx context.Context, k *Card, call func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	var none T
	select {
	case k.busy <- struct{}{}:
	case <-ctx.Done():
		return none, ctx.Err()
	}
	done := make(chan result, 1)
	go func() {
		value, err := call()
		<-k.busy
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}
