package cards

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/drivers/nhicard"
	"ezhitong.tw/drivers/pcsc"
	"ezhitong.tw/drivers/serialccid"
	"ezhitong.tw/drivers/smartcard"
	"ezhitong.tw/internal/clock"
	"ezhitong.tw/syncproto"
)

// Watcher watches the card readers of one place. With several of them a reader that holds a health professional's card is set
// aside until that card goes: a clinic keeps one there for its own system.
type Watcher struct {
	// Readers says where they are: the path of a serial port, or pcsc: and part of the name under which the operating
	// system's PC/SC service knows the reader. None: this place has no reader.
	Readers []string
	Clock   clock.Clock
	Log     *slog.Logger

	state atomic.Uint32 // syncproto.ReaderState
}

// readLimit bounds the reading of one card; a card takes a tenth of it.
const readLimit = 8 * time.Second

// State is what the monitor shows of the readers: ready as long as one can take a patient's card.
func (w *Watcher) State() syncproto.ReaderState {
	if len(w.Readers) == 0 {
		return syncproto.ReaderNone
	}
	return syncproto.ReaderState(w.state.Load())
}

// Watch tells what the readers see until the context ends; then the channel is
// closed. A reader that is unplugged, dead or not there yet is tried again for
// ever. Without a reader the channel is closed at once.
func (w *Watcher) Watch(ctx context.Context) <-chan Event {
	out, all := make(chan Event, 4), make(chan sighting)
	var readers sync.WaitGroup
	for i, where := range w.Readers {
		readers.Go(func() { w.follow(ctx, i, where, all) })
	}
	go func() {
		readers.Wait()
		close(all)
	}()
	go func() {
		defer close(out)
		place := newPlace(len(w.Readers))
		for s := range all {
			for _, e := range place.see(s) {
				select {
				case out <- e:
				case <-ctx.Done():
				}
			}
			w.state.Store(uint32(place.state()))
		}
	}()
	return out
}

// open prepares the reader at a place; it is reached only when its events are asked for.
func open(where string) smartcard.Reader {
	if name, ok := strings.CutPrefix(where, "pcsc:"); ok {
		return pcsc.NewReader(pcsc.Config{Reader: name})
	}
	return serialccid.NewReader(serialccid.Config{Port: where})
}

// follow tells what one reader sees and reads every card that goes in.
func (w *Watcher) follow(ctx context.Context, i int, where string, all chan<- sighting) {
	reader := open(where)
	log := w.Log.With("reader", where)
	tell := func(e Event) {
		select {
		case all <- sighting{i, e}:
		case <-ctx.Done():
		}
	}
	for e := range reader.Events(ctx) {
		switch e.Kind {
		case smartcard.ReaderReady:
			log.Info("card reader ready")
			tell(Event{Kind: ReaderReady})
		case smartcard.ReaderLost:
			log.Warn("card reader lost", "err", e.Err)
			tell(Event{Kind: ReaderLost})
		case smartcard.CardInserted:
			tell(Event{Kind: Reading})
			tell(w.read(ctx, reader))
		case smartcard.CardRemoved:
			tell(Event{Kind: Removed})
		}
	}
}

func (w *Watcher) read(ctx context.Context, reader smartcard.Reader) Event {
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
	return Event{Kind: Recognised, Person: personOf(card), Number: card.Number, Doubt: card.NameUncertain}
}

func readCard(ctx context.Context, reader smartcard.Reader) (nhicard.Card, error) {
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
