package cards

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/drivers/nhicard"
	"ezhitong.tw/drivers/serialccid"
	"ezhitong.tw/drivers/smartcard"
	"ezhitong.tw/internal/clock"
	"ezhitong.tw/syncproto"
)

// Watcher watches one card reader on a serial port.
type Watcher struct {
	Port  string // path of the port; empty: this place has no reader
	Clock clock.Clock
	Log   *slog.Logger

	state atomic.Uint32 // syncproto.ReaderState
}

// readLimit bounds the reading of one card; a card takes a tenth of it.
const readLimit = 8 * time.Second

// State is what the monitor shows of the reader.
func (w *Watcher) State() syncproto.ReaderState {
	if w.Port == "" {
		return syncproto.ReaderNone
	}
	return syncproto.ReaderState(w.state.Load())
}

// Watch tells what the reader sees until the context ends; then the channel is
// closed. A reader that is unplugged, dead or not there yet is tried again for
// ever. Without a port the channel is closed at once.
func (w *Watcher) Watch(ctx context.Context) <-chan Event {
	out := make(chan Event, 4)
	go func() {
		defer close(out)
		if w.Port != "" {
			w.run(ctx, out)
		}
	}()
	return out
}

func (w *Watcher) run(ctx context.Context, out chan<- Event) {
	reader := serialccid.NewReader(serialccid.Config{Port: w.Port})
	seen := reader.Events(ctx)
	tell := func(e Event) {
		select {
		case out <- e:
		case <-ctx.Done():
		}
	}
	for e := range seen {
		switch e.Kind {
		case smartcard.ReaderReady:
			w.Log.Info("card reader ready", "port", w.Port)
			w.state.Store(uint32(syncproto.ReaderReady))
			tell(Event{Kind: ReaderReady})
		case smartcard.ReaderLost:
			w.Log.Warn("card reader lost", "port", w.Port, "err", e.Err)
			w.state.Store(uint32(syncproto.ReaderMissing))
			tell(Event{Kind: ReaderLost})
		case smartcard.CardInserted:
			tell(Event{Kind: Reading})
			tell(w.read(ctx, reader))
		case smartcard.CardRemoved:
			tell(Event{Kind: Removed})
		}
	}
}

func (w *Watcher) read(ctx context.Context, reader *serialccid.Reader) Event {
	ctx, cancel := context.WithTimeout(ctx, readLimit)
	defer cancel()
	began := w.Clock()
	card, err := readCard(ctx, reader)
	if err != nil {
		problem := problemOf(err)
		w.Log.Warn("card not read", "problem", problem, "err", err)
		return Event{Kind: Unreadable, Problem: problem}
	}
	w.Log.Info("card read", "ms", w.Clock().Sub(began).Milliseconds())
	return Event{Kind: Recognised, Person: personOf(card), Doubt: card.NameUncertain}
}

func readCard(ctx context.Context, reader *serialccid.Reader) (nhicard.Card, error) {
	chip, err := reader.Connect(ctx)
	if err != nil {
		return nhicard.Card{}, err
	}
	card, err := nhicard.Read(ctx, chip)
	return card, errors.Join(err, ignoreRemoved(chip.Release(ctx)))
}

// ignoreRemoved lets a card go that went by itself: it has been read.
func ignoreRemoved(err error) error {
	if errors.Is(err, smartcard.ErrCardRemoved) || errors.Is(err, smartcard.ErrNoCard) {
		return nil
	}
	return err
}

func personOf(c nhicard.Card) clinic.Person {
	y, m, d := c.Birth.Reveal()
	return clinic.Person{
		ID: clinic.NewIDNumber(c.ID.Reveal()), Name: clinic.NewName(c.Name.Reveal()),
		Birth: clinic.NewBirth(clinic.Date{Year: y, Month: m, Day: d}), Sex: clinic.Sex(c.Sex.String()),
	}
}

func problemOf(err error) string {
	switch {
	case errors.Is(err, smartcard.ErrCardRemoved), errors.Is(err, smartcard.ErrNoCard):
		return ProblemRemoved
	case errors.Is(err, smartcard.ErrCardMute):
		return ProblemMute
	case errors.Is(err, nhicard.ErrHPC):
		return ProblemHPC
	case errors.Is(err, nhicard.ErrNotNHI):
		return ProblemNotNHI
	}
	return ProblemUnreadable
}
