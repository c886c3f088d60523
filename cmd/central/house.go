package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/city"
	"ezhitong.tw/central/fleet"
	"ezhitong.tw/central/hub"
	"ezhitong.tw/central/notify"
	"ezhitong.tw/central/store"
	"ezhitong.tw/central/vault"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/clock"
	"ezhitong.tw/internal/seal"
)

// house is central with its rooms open.
type house struct {
	store    *store.Store
	bookings *booking.Engine
	fleet    *fleet.Fleet
	accounts *account.Service
	reminder *notify.FileSender
	notifier notify.Notifier
	tmp      string
	vault    *vault.Vault
	hub      *hub.Hub // once the doors are there
}

func newID() clinic.ID { return clinic.ID(uuid.Must(uuid.NewV7())) }

// database is where the bookings are: the connection string, or the file in the
// data folder.
func (o *options) database() string { return cmp.Or(o.DB, filepath.Join(o.Data, "central.db")) }

// open opens the rooms on a data folder, which is made if missing.
func open(ctx context.Context, opt *options, now clock.Clock, log *slog.Logger) (*house, error) {
	data := opt.Data
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	keys, err := seal.LoadOrCreate(data)
	if err != nil {
		return nil, err
	}
	secrets, err := fleet.LoadOrCreateSecrets(data, random)
	if err != nil {
		return nil, err
	}
	h := &house{}
	if h.store, err = store.Open(ctx, opt.database()); err != nil {
		return nil, err
	}
	record := func(ctx context.Context, change func(*store.Tx) (store.Note, error)) error {
		return h.bookings.Record(ctx, change)
	}
	if h.vault, err = vault.Open(ctx, vault.Config{Store: h.store, Keys: keys, Folder: data, Now: now, Log: log, Record: record}); err != nil {
		return nil, errors.Join(err, h.store.Close())
	}
	if h.bookings, err = booking.Open(ctx, booking.Config{Store: h.store, Keys: keys, Clock: now, NewID: newID, Log: log}); err != nil {
		return nil, errors.Join(err, h.store.Close())
	}
	h.fleet, err = fleet.New(ctx, fleet.Config{
		Store: h.store, Secrets: secrets, Now: now, Random: random, NewID: newID, Log: log, Record: record, Open: openingHours,
	})
	if err == nil {
		h.accounts, err = account.New(account.Config{Store: h.store, Keys: keys, Now: now, Random: random, Log: log, Record: record})
	}
	if err == nil {
		h.reminder, err = notify.OpenFile(filepath.Join(data, "reminders.jsonl"))
	}
	if err == nil {
		h.tmp = filepath.Join(data, "tmp")
		err = os.MkdirAll(h.tmp, 0o700)
	}
	if err != nil {
		return nil, errors.Join(err, h.bookings.Close(), h.store.Close())
	}
	h.notifier = notify.Notifier{Outbox: h.bookings, Sender: h.reminder, Clock: now, Log: log}
	return h, nil
}

// openingHours are those of the city's clinics as a whole: evening sessions end
// at 21:00, and some clinics work on Saturdays and Sundays.
func openingHours(_ string, at time.Time) bool {
	t := clinic.TimeOfDayOf(at)
	return t >= 8*60 && t < 21*60
}

func (h *house) close(log *slog.Logger) {
	if err := errors.Join(h.fleet.Flush(context.Background()), h.bookings.Close(), h.reminder.Close(), h.store.Close()); err != nil {
		log.Error("close", "err", err)
	}
}

// install loads a city for today; what is there already stays.
func (h *house) install(ctx context.Context, now clock.Clock, load func(clinic.Date) (city.Profile, error)) error {
	p, err := load(clinic.DateOf(now()))
	if err != nil {
		return err
	}
	districts := make([]string, len(p.Districts))
	for i, d := range p.Districts {
		districts[i] = d.Name
	}
	return h.bookings.Install(ctx, booking.Profile{
		Districts: districts, Programmes: p.Programmes, Periods: p.Periods, Sites: p.Sites, Slots: p.Slots,
	})
}

// daily opens the slots of further days soon after each midnight.
func (h *house) daily(ctx context.Context, now clock.Clock, empty bool, log *slog.Logger) error {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	day := clinic.DateOf(now())
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if today := clinic.DateOf(now()); today != day && !empty {
			if err := h.install(ctx, now, city.Load); err != nil {
				log.Error("open further days", "err", err)
				continue
			}
			day = today
		}
	}
}
