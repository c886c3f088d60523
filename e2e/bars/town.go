package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/clock"
	"ezhitong.tw/internal/seal"
)

// days is for how many days each site takes bookings, twice a day.
const days = 50

// shape is the town that is booked in: so many sites, each with 100 slots of so
// many places. 100 sites are the 10,000 slots of a large city's month.
type shape struct {
	Sites, Places int
}

func (s shape) slots() int { return s.Sites * days * 2 }

// slotID is the id of slot i, the same in every process.
func slotID(i int) clinic.ID {
	id := clinic.ID{0: 0x51, 6: 0x70, 8: 0x80}
	binary.BigEndian.PutUint32(id[12:], uint32(i))
	return id
}

func siteCode(i int) string { return fmt.Sprintf("3536%06d", i) }

// profile is the town's data: flu vaccine, booked from tomorrow on without an
// end. Slot i stands at site i / 100.
func (s shape) profile() booking.Profile {
	p := bookingtest.Profile(0)
	p.Slots = nil
	var flu clinic.Period
	for _, period := range p.Periods {
		if period.ID == bookingtest.Open {
			flu = period
		}
	}
	p.Periods = []clinic.Period{flu}
	model := p.Sites[0]
	p.Sites = nil
	for i := range s.Sites {
		site := model
		site.Code = siteCode(i)
		p.Sites = append(p.Sites, site)
		for j := range days * 2 {
			start := clinic.TimeOfDay(9*60 + j%2*5*60)
			p.Slots = append(p.Slots, clinic.Slot{
				ID: slotID(i*days*2 + j), Site: site.Code, Period: flu.ID, Programme: bookingtest.Flu, Vaccine: bookingtest.FluVac,
				Date: bookingtest.Day.AddDays(j / 2), Start: start, End: start + 180, Capacity: s.Places,
			})
		}
	}
	return p
}

// engine is a booking engine with its database.
type engine struct {
	*booking.Engine
	store *store.Store
}

// openEngine opens the town on a database, and installs what is missing of it.
// database is a file, or an address that store.Open knows. most is how many
// decisions share a transaction, 0 for the engine's own number.
func openEngine(ctx context.Context, folder, database string, s shape, most int, log *slog.Logger) (*engine, error) {
	return openEngineAt(ctx, folder, database, s, most, townClock(), log)
}

// openEngineAt is openEngine with a clock of its own.
func openEngineAt(ctx context.Context, folder, database string, s shape, most int, now clock.Clock, log *slog.Logger) (*engine, error) {
	keys, err := seal.LoadOrCreate(folder)
	if err != nil {
		return nil, err
	}
	st, err := store.Open(ctx, database)
	if err != nil {
		return nil, err
	}
	e, err := booking.Open(ctx, booking.Config{Store: st, Keys: keys, Clock: now, NewID: bookingtest.NewID, Log: log, MostPerBatch: most})
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	town := &engine{e, st}
	if err := e.Install(ctx, s.profile()); err != nil {
		return nil, errors.Join(err, town.close())
	}
	return town, nil
}

// memoryEngine opens the town in a new folder, for bookings without HTTP.
func memoryEngine(ctx context.Context, work string, s shape, most int) (*engine, error) {
	folder, err := os.MkdirTemp(work, "raw-*")
	if err != nil {
		return nil, err
	}
	return openEngine(ctx, folder, filepath.Join(folder, "central.db"), s, most, silent())
}

func silent() *slog.Logger { return slog.New(slog.DiscardHandler) }

func (e *engine) close() error { return errors.Join(e.Close(), e.store.Close()) }

// townClock begins on a Monday at 10:00, when the town's slots can be booked.
func townClock() clock.Clock {
	began := time.Now()
	return func() time.Time { return bookingtest.Monday.Add(time.Since(began)) }
}

// asks makes count requests by count people, numbered from first, in turn for
// the slots given by their numbers.
func asks(slots []int, first, count int) []booking.Request {
	out := make([]booking.Request, count)
	for i := range out {
		out[i] = bookingtest.Ask(clinic.Slot{ID: slotID(slots[i%len(slots)]), Vaccine: bookingtest.FluVac}, first+i)
	}
	return out
}

// every lists the numbers from 0 on in steps, n of them.
func every(step, n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i * step
	}
	return out
}

// body is a request as the public API takes it.
func body(r booking.Request) []byte {
	text, err := json.Marshal(map[string]any{
		"id": r.ID, "slot": r.Slot, "dose": r.Dose, "id_number": r.Person.ID.Reveal(), "name": r.Person.Name.Reveal(),
		"birth": r.Person.Birth.Reveal().String(), "mobile": r.Person.Mobile.Reveal(), "consents": [3]bool{true, true, true},
	})
	if err != nil { // strings and booleans always marshal
		panic(err)
	}
	return text
}
