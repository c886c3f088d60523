package main

import (
	"context"
	"errors"
	"time"

	"ezhitong.tw/drivers/pause"
	"ezhitong.tw/drivers/pcsc"
	"ezhitong.tw/drivers/serialccid"
	"ezhitong.tw/drivers/smartcard"
)

// slot is a place for one card, at a serial port or behind the PC/SC service.
type slot interface {
	connect(ctx context.Context) (smartcard.Card, error)
	// await waits until a card is there: smartcard.ErrNoCard when the time is over.
	await(ctx context.Context) error
	close()
	report() serialccid.Report
}

// look is the pause between two looks for a card.
const look = 120 * time.Millisecond

type serialSlot struct{ *serialccid.Conn }

func openSerial(cfg serialccid.Config) func(context.Context) (slot, error) {
	return func(ctx context.Context) (slot, error) {
		conn, err := serialccid.Dial(ctx, cfg)
		if err != nil {
			return nil, err
		}
		return serialSlot{conn}, nil
	}
}

func (s serialSlot) connect(ctx context.Context) (smartcard.Card, error) {
	card, err := s.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return card, nil
}

func (s serialSlot) await(ctx context.Context) error {
	for {
		status, err := s.Status(ctx)
		if ctx.Err() != nil {
			return smartcard.ErrNoCard
		}
		if err != nil {
			return err
		}
		if status != serialccid.CardAbsent {
			return nil
		}
		if pause.For(ctx, look) != nil {
			return smartcard.ErrNoCard
		}
	}
}

func (s serialSlot) close()                    { s.Close() }
func (s serialSlot) report() serialccid.Report { return s.Report() }

type pcscSlot struct{ cfg pcsc.Config }

func openPCSC(cfg pcsc.Config) func(context.Context) (slot, error) {
	return func(context.Context) (slot, error) { return pcscSlot{cfg}, nil }
}

func (s pcscSlot) connect(ctx context.Context) (smartcard.Card, error) {
	return pcsc.NewReader(s.cfg).Connect(ctx)
}

func (s pcscSlot) await(ctx context.Context) error {
	watching, enough := context.WithCancel(ctx)
	err := smartcard.ErrNoCard
	for e := range pcsc.NewReader(s.cfg).Events(watching) {
		switch e.Kind {
		case smartcard.CardInserted:
			err = nil
			enough()
		case smartcard.ReaderLost:
			if errors.Is(err, smartcard.ErrNoCard) {
				err = e.Err
			}
			enough()
		case smartcard.ReaderReady, smartcard.CardRemoved:
		}
	}
	enough()
	return err
}

func (pcscSlot) close()                    {}
func (pcscSlot) report() serialccid.Report { return serialccid.Report{} }
