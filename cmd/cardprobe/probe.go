package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"ezhitong.tw/drivers/iso7816"
	"ezhitong.tw/drivers/nhicard"
	"ezhitong.tw/drivers/serialccid"
	"ezhitong.tw/drivers/serialline"
	"ezhitong.tw/drivers/smartcard"
)

const (
	// look is the pause between two looks for a card, settle the one before a card that was mute, perhaps
	// only half in, is tried again.
	look, settle = 120 * time.Millisecond, 300 * time.Millisecond
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
	port  string
	today time.Time
	at    atomic.Int32
}

func (p *probe) stage() stage { return stage(p.at.Load()) }

func (p *probe) reach(s stage) { p.at.Store(int32(s)) }

// run reads one card or says why not.
func (p *probe) run(ctx context.Context) output {
	conn, err := serialccid.Dial(ctx, serialccid.Config{Port: p.port, WakeFirst: true})
	if err != nil {
		return p.failed(err)
	}
	defer conn.Close()
	out, err := p.read(ctx, conn)
	if err != nil {
		out = p.failed(err)
	}
	out.Reader = conn.Report()
	return out
}

func (p *probe) read(ctx context.Context, conn *serialccid.Conn) (output, error) {
	muted := false
	for {
		p.reach(reading)
		card, err := conn.Connect(ctx)
		switch {
		case errors.Is(err, smartcard.ErrNoCard):
			p.reach(waiting)
			if err := awaitCard(ctx, conn); err != nil {
				return output{}, err
			}
			continue
		case errors.Is(err, smartcard.ErrCardMute) && !muted:
			muted = true
			if pause(ctx, settle) == nil {
				continue
			}
			return output{}, err
		case errors.Is(err, smartcard.ErrCardRemoved):
			if !p.back(ctx, conn) {
				return output{}, err
			}
			continue
		case err != nil:
			return output{}, err
		}
		out := output{Protocol: fmt.Sprintf("T=%d", card.Protocol()), ATR: fmt.Sprintf("%X", card.ATR().Raw)}
		out.Card, err = nhicard.Read(ctx, card, nhicard.NotAfter(p.today.AddDate(0, 0, 1)), nhicard.Into(&out.Reading))
		if errors.Is(err, smartcard.ErrCardRemoved) && p.back(ctx, conn) {
			continue
		}
		if err == nil || errors.Is(err, nhicard.ErrNotNHI) || errors.Is(err, nhicard.ErrRecord) {
			release(ctx, card)
		}
		return out, err
	}
}

// awaitCard looks for a card until one is there or the time is over.
func awaitCard(ctx context.Context, conn *serialccid.Conn) error {
	for {
		s, err := conn.Status(ctx)
		if ctx.Err() != nil {
			return smartcard.ErrNoCard
		}
		if err != nil {
			return err
		}
		if s != serialccid.CardAbsent {
			return nil
		}
		if pause(ctx, look) != nil {
			return smartcard.ErrNoCard
		}
	}
}

// back says whether a card that lost contact is there again soon.
func (p *probe) back(ctx context.Context, conn *serialccid.Conn) bool {
	soon, cancel := context.WithTimeout(ctx, comeBack)
	defer cancel()
	return awaitCard(soon, conn) == nil
}

// release switches the card off; that it stays on a little longer would harm nobody.
func release(ctx context.Context, card *serialccid.Card) {
	soon, cancel := context.WithTimeout(ctx, farewell)
	defer cancel()
	_ = card.Release(soon)
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// failed turns an error into what a person is told.
func (p *probe) failed(err error) output {
	return output{Trouble: trouble(p.code(err), err), Detail: err.Error()}
}

func (p *probe) code(err error) string {
	for _, known := range []struct {
		err  error
		code string
	}{
		{serialline.ErrNoPort, "no_port"},
		{serialline.ErrNotSerial, "not_serial"},
		{serialline.ErrDenied, "denied"},
		{serialline.ErrPortBusy, "port_busy"},
		{serialline.ErrPortBlocked, "port_blocked"},
		{smartcard.ErrNoReader, "no_reader"},
		{serialline.ErrGone, "line_gone"},
		{smartcard.ErrNoCard, "no_card"},
		{smartcard.ErrCardMute, "card_mute"},
		{smartcard.ErrCardRemoved, "card_removed"},
		{smartcard.ErrCardProtocol, "card_protocol"},
		{nhicard.ErrHPC, "hpc"},
		{nhicard.ErrNotNHI, "not_nhi"},
		{nhicard.ErrRecord, "record"},
		{context.DeadlineExceeded, p.stage().code()},
		{iso7816.ErrDead, "card_unreadable"},
		{iso7816.ErrAborted, "card_unreadable"},
		{iso7816.ErrShort, "card_unreadable"},
		{serialccid.ErrNotCCID, "not_ccid"},
		{serialccid.ErrSilent, "silent"},
	} {
		if errors.Is(err, known.err) {
			return known.code
		}
	}
	var no *serialccid.CommandError
	if errors.As(err, &no) {
		return "reader_refused"
	}
	return "internal"
}
