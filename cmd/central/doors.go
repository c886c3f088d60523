package main

import (
	"log/slog"
	"time"

	"ezhitong.tw/central/hub"
	"ezhitong.tw/central/public"
	"ezhitong.tw/central/staff"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/clock"
)

// doors puts the doors on one engine. limits is how many requests of each kind
// one address may send: 0 for the doors' own limits, negative for none.
func (h *house) doors(secure bool, limits int, now clock.Clock, log *slog.Logger) (*web.Engine, error) {
	static, err := web.NewStatic()
	if err != nil {
		return nil, err
	}
	engine, err := web.NewEngine(web.Config{
		Log: log, NewID: web.NewRequestID, Now: now, Secure: secure, Static: static, MaxBodyAt: map[string]int64{"/sync/": hub.MaxBody, "/staff/capacity": 2 * staff.MaxUpload},
		RequestsPerMinute: limits,
	})
	if err != nil {
		return nil, err
	}
	citizens, err := public.New(public.Config{
		Offer: h.bookings, Bookings: h.bookings, Holds: h.bookings, Groups: h.bookings, Standby: h.bookings, Now: now, NewID: newID, Static: static,
		Sessions: web.NewSessions(web.SessionConfig{Cookie: "ezhitong", Idle: 30 * time.Minute, Lifetime: 12 * time.Hour, Secure: secure}),
		Ticket:   func(b clinic.Booking) (string, error) { return h.fleet.Secrets().Ticket(b.ID), nil },

		BookingsPerMinute: limits, LookUpsPerMinute: limits, GuessesPerHour: limits,
	})
	if err != nil {
		return nil, err
	}
	citizens.Mount(engine)
	office, err := staff.New(staff.Config{
		Offer: h.bookings, Bookings: h.bookings, Desk: h.bookings, Numbers: h.bookings, Counts: h.bookings, Editor: h.bookings, Trail: h.bookings,
		Fleet: h.fleet, Accounts: h.accounts, Manager: h.accounts, Now: now, Static: static, TmpDir: h.tmp,
		Sessions: web.NewSessions(web.SessionConfig{
			Cookie: "ezhitong-staff", Path: "/staff", Idle: 30 * time.Minute, Lifetime: 10 * time.Hour, Secure: secure,
		}),
	})
	if err != nil {
		return nil, err
	}
	office.Mount(engine.Engine)
	devices, err := hub.New(hub.Config{Engine: h.bookings, Fleet: h.fleet, Now: now, Random: random, Log: log, Watch: h.bookings.Watch})
	if err != nil {
		return nil, err
	}
	devices.Mount(engine.Engine)
	h.hub = devices
	return engine, nil
}
