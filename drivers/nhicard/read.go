package nhicard

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"ezhitong.tw/drivers/iso7816"
)

const (
	// secondTry is the wait before a card that did not answer well is asked once more: the first read of a
	// cold card can miss.
	secondTry = 200 * time.Millisecond
	// hpcHistorical are the historical bytes of the one health professional card in pcsc-tools' public list.
	hpcHistorical = "PV_J2D081"
	// referenceDataNotFound is what a health professional card answers to GET DATA.
	referenceDataNotFound iso7816.Status = 0x6A86
)

// selectBasic selects the NHI application; getBasic asks for the basic data.
func selectBasic() []byte {
	return []byte{0x00, 0xA4, 0x04, 0x00, 0x10, 0xD1, 0x58, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x11, 0}
}

func getBasic() []byte { return []byte{0x00, 0xCA, 0x11, 0x00, 0x02, 0, 0} }

// Chip is a woken card. *serialccid.Card is one.
type Chip interface {
	iso7816.Transmitter
	// ATR is the card's answer to reset.
	ATR() iso7816.ATR
	// Reset wakes the card anew.
	Reset(ctx context.Context) error
}

// hurried is a Chip that knows when time runs short; see Read.
type hurried interface {
	// Affords says whether the context leaves time for so many more exchanges.
	Affords(ctx context.Context, exchanges int) bool
}

// Reading is how the card answered, for a report: nothing in it is personal.
type Reading struct {
	Select, Data iso7816.Status // 0 when no answer came
	Tries        int
}

// Option changes how a card is read.
type Option func(*options)

type options struct {
	notAfter time.Time
	reading  *Reading
}

// NotAfter refuses dates after this day.
func NotAfter(day time.Time) Option { return func(o *options) { o.notAfter = day } }

// Into tells how the card answered.
func Into(r *Reading) Option { return func(o *options) { o.reading = r } }

// Read reads the basic data. SELECT is sent first, and then GET DATA whatever the answer was: cards issued
// since 2025 answer 6D00 to SELECT and give their data all the same. 57 bytes, 9000 and a sound record
// decide. A pair that does not lead there is tried once more after 200 ms. With a reader so slow that the
// context leaves no time for both, GET DATA is sent alone: cards have been seen to answer it.
//
// Errors: ErrHPC, ErrNotNHI, a *RecordError, or what the card's Transmit gave.
func Read(ctx context.Context, chip Chip, opts ...Option) (Card, error) {
	o := options{reading: &Reading{}}
	for _, set := range opts {
		set(&o)
	}
	card, err := once(ctx, chip, o)
	if err == nil || ctx.Err() != nil {
		return card, err
	}
	timer := time.NewTimer(secondTry)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return Card{}, err
	}
	if lost(err) {
		if again := chip.Reset(ctx); again != nil {
			return Card{}, fmt.Errorf("wake the card again: %w", again)
		}
	}
	return once(ctx, chip, o)
}

// lost tells an exchange that broke from a card that answered with a refusal.
func lost(err error) bool {
	return !errors.Is(err, ErrNotNHI) && !errors.Is(err, ErrRecord)
}

func once(ctx context.Context, chip Chip, o options) (Card, error) {
	o.reading.Tries++
	o.reading.Select, o.reading.Data = 0, 0
	if h, ok := chip.(hurried); !ok || h.Affords(ctx, 2) {
		selected, err := iso7816.Send(ctx, chip, selectBasic())
		if err != nil {
			return Card{}, fmt.Errorf("select the NHI application: %w", err)
		}
		o.reading.Select = selected.Status
	}
	data, err := iso7816.Send(ctx, chip, getBasic())
	if err != nil {
		return Card{}, fmt.Errorf("get the basic data: %w", err)
	}
	o.reading.Data = data.Status
	if data.Status != iso7816.OK {
		return Card{}, stranger(chip, data.Status)
	}
	if len(data.Data) != Size && (bytes.Equal(chip.ATR().Historical, []byte(hpcHistorical)) || len(data.Data) == 0) {
		return Card{}, stranger(chip, data.Status)
	}
	card, err := Parse(data.Data, o.notAfter)
	if err != nil {
		return Card{}, err
	}
	return card, nil
}

// stranger names a card that gave no basic data.
func stranger(chip Chip, status iso7816.Status) error {
	if string(chip.ATR().Historical) == hpcHistorical || status == referenceDataNotFound {
		return fmt.Errorf("%w (status %s)", ErrHPC, status)
	}
	return fmt.Errorf("%w (status %s)", ErrNotNHI, status)
}
