package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/fleet"
	"ezhitong.tw/central/hub"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/clock"
	"ezhitong.tw/syncproto"
)

// hubCommand is the central whose synchronisation is measured: the devices' door
// as cmd/central mounts it, on a database with bookings at the first site.
type hubCommand struct {
	Folder string `arg:"" type:"path"`
	Sites  int    `required:""`
	Rows   int    `required:"" help:"bookings at the first site"`
	Herd   int    `required:"" help:"enrolment codes for each site"`
}

const (
	roomy = 4000                   // places of a slot, so that no random choice fills one
	apart = 300 * time.Millisecond // between two bookings, by the hub's clock
)

// Run serves until its input ends.
func (c *hubCommand) Run(ctx context.Context) (err error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	began := time.Now()
	var made atomic.Int64 // bookings: they take hours by the clock
	now := clock.Clock(func() time.Time {
		return bookingtest.Monday.Add(time.Since(began) + time.Duration(made.Load())*apart)
	})
	town, err := openEngineAt(ctx, c.Folder, filepath.Join(c.Folder, "central.db"), shape{c.Sites, roomy}, 0, now, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, town.close()) }()
	if err := c.fill(ctx, town, now, &made); err != nil {
		return err
	}
	secrets, err := fleet.LoadOrCreateSecrets(c.Folder, rand.Reader)
	if err != nil {
		return err
	}
	devices, err := fleet.New(ctx, fleet.Config{
		Store: town.store, Secrets: secrets, Now: now, Random: rand.Reader, NewID: newID, Log: log,
		Open:   func(string, time.Time) bool { return true },
		Record: town.Record,
	})
	if err != nil {
		return err
	}
	door, err := hub.New(hub.Config{Engine: town.Engine, Fleet: devices, Now: now, Random: rand.Reader, Log: log, Watch: town.Watch})
	if err != nil {
		return err
	}
	static, err := web.NewStatic()
	if err != nil {
		return err
	}
	engine, err := web.NewEngine(web.Config{
		Log: log, NewID: web.NewRequestID, Now: now, Static: static, MaxBodyAt: map[string]int64{"/sync/": hub.MaxBody}, RequestsPerMinute: -1,
	})
	if err != nil {
		return err
	}
	door.Mount(engine)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go approveAll(ctx, devices, log)
	var at addresses
	if at.Codes, err = c.codes(ctx, devices); err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	at.Sync = listener.Addr().String()
	server := &http.Server{Handler: engine, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	go func() { _ = server.Serve(listener) }() // ends with Close
	defer func() { err = errors.Join(err, server.Close(), devices.Flush(context.WithoutCancel(ctx))) }()
	return at.announce()
}

// fill books at the first site. Each booking's id carries the hour at which it
// was made.
func (c *hubCommand) fill(ctx context.Context, town *engine, now clock.Clock, made *atomic.Int64) error {
	_, err := bookingtest.Flood(ctx, callers, crowd(firstSite(), c.Rows), func(ctx context.Context, r booking.Request) error {
		made.Add(1)
		for i, at := 0, now().UnixMilli(); i < 6; i++ {
			r.ID[i] = byte(at >> (40 - 8*i))
		}
		_, err := town.Book(ctx, r)
		return err
	})
	if err != nil {
		return fmt.Errorf("fill the first site: %w", err)
	}
	return nil
}

// firstSite lists the slots of the first site.
func firstSite() []clinic.ID {
	slots := make([]clinic.ID, shape{1, roomy}.slots())
	for i := range slots {
		slots[i] = slotID(i)
	}
	return slots
}

// approvedEvery is how often somebody looks who asks to come in.
const approvedEvery = 50 * time.Millisecond

// approveAll lets in whoever asks, as a person would who compares no words.
func approveAll(ctx context.Context, devices *fleet.Fleet, log *slog.Logger) {
	for ; ctx.Err() == nil; pause(ctx, approvedEvery) {
		asking, err := devices.Asking(ctx)
		for _, a := range asking {
			err = errors.Join(err, devices.Approve(ctx, "bars", a.ID))
		}
		if err != nil && ctx.Err() == nil {
			log.Error("approve", "error", err)
		}
	}
}

// codes draws one for the device that is measured, at the first site, and those
// of the herd.
func (c *hubCommand) codes(ctx context.Context, devices *fleet.Fleet) ([]string, error) {
	var out []string
	for i := range 1 + c.Sites*c.Herd {
		code, _, err := devices.NewCode(ctx, "bars", siteCode(max(0, i-1)/max(1, c.Herd)), syncproto.RoleDesk, "櫃檯")
		if err != nil {
			return nil, err
		}
		out = append(out, code)
	}
	return out, nil
}
