package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"ezhitong.tw/drivers/nhicard"
	"ezhitong.tw/drivers/pause"
	"ezhitong.tw/drivers/smartcard"
)

const (
	// settle is the pause before a card that was mute, perhaps only half in, is tried again.
	settle = 300 * time.Millisecond
	// comeBack is how long a card that lost contact may take to come back.
	comeBack = 1500 * time.Millisecond
	// farewell bounds switching the card off.
	farewell = 250 * time.Millisecond
)

// stage is how far a probe has come: it names what went wrong when time runs out.
type stage int32

const (
	greeting stage = iota
	waiting
	reading
)

func (s stage) code() string {
	switch s {
	case greeting:
		return "silent"
	case waiting:
		return "no_card"
	}
	return "timeout"
}

// probe is one attempt at one card.
type probe struct {
	open  func(context.Context) (slot, error)
	today time.Time
	at    atomic.Int32
}

func (p *probe) stage() stage { return stage(p.at.Load()) }

func (p *probe) reach(s stage) { p.at.Store(int32(s)) }

// run reads one card or says why not.
func (p *probe) run(ctx context.Context) output {
	place, err := p.open(ctx)
	if err != nil {
		return p.failed(err)
	}
	defer place.close()
	out, err := p.read(ctx, place)
	if err != nil {
		out = p.failed(err)
	}
	out.Reader = place.report()
	return out
}

func (p *probe) read(ctx context.Context, place slot) (output, error) {
	muted := false
	for {
		p.reach(reading)
		card, err := place.connect(ctx)
		switch {
		case errors.Is(err, smartcard.ErrNoCard):
			p.reach(waiting)
			if err := place.await(ctx); err != nil {
				return output{}, err
			}
			continue
		case errors.Is(err, smartcard.ErrCardMute) && !muted:
			muted = true
			if pause.For(ctx, settle) == nil {
				continue
			}
			return output{}, err
		case errors.Is(err, smartcard.ErrCardRemoved):
			if !back(ctx, place) {
				return output{}, err
			}
			continue
		case err != nil:
			return output{}, err
		}
		out, err := readCard(ctx, card, p.today)
		if errors.Is(err, smartcard.ErrCardRemoved) && back(ctx, place) {
			continue
		}
		return out, err
	}
}

// readCard reads a woken card and lets it go.
func readCard(ctx context.Context, card smartcard.Card, today time.Time) (out output, err error) {
	out = output{Protocol: fmt.Sprintf("T=%d", card.Protocol()), ATR: fmt.Sprintf("%X", card.ATR().Raw)}
	out.Card, err = nhicard.Read(ctx, card, nhicard.NotAfter(today.AddDate(0, 0, 1)), nhicard.Into(&out.Reading))
	if err == nil || errors.Is(err, nhicard.ErrNotNHI) || errors.Is(err, nhicard.ErrRecord) || errors.Is(err, smartcard.ErrCardRemoved) {
		release(ctx, card)
	}
	return out, err
}

// back says whether a card that lost contact is there again soon.
func back(ctx context.Context, place slot) bool {
	soon, cancel := context.WithTimeout(ctx, comeBack)
	defer cancel()
	return place.await(soon) == nil
}

// release switches the card off; that it stays on a little longer would harm nobody.
func release(ctx context.Context, card smartcard.Card) {
	soon, cancel := context.WithTimeout(ctx, farewell)
	defer cancel()
	_ = card.Release(soon)
}
