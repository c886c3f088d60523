package e2e_test

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/agent"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
)

// listens runs a device that pulls by itself once an hour only, so that whatever
// it learns sooner it was told to pull.
func (d *device) listens(base string) {
	d.w.t.Helper()
	carrier := &http.Transport{}
	link := agent.NewHTTPLink(base).Over(carrier)
	d.Agent = agent.New(agent.Config{
		Replica: d.Replica, Link: link, Poker: link, Build: "e2e", Log: slog.New(slog.DiscardHandler),
		Reader: d.Cards.State, FreeDisk: func() int64 { return 1 << 30 },
		Jitter: func() float64 { return 0.5 }, Poll: time.Hour, RetryMax: 200 * time.Millisecond,
	})
	ctx, cancel := context.WithCancel(d.w.t.Context())
	var running sync.WaitGroup
	running.Go(func() { d.Agent.Run(ctx) })
	d.w.t.Cleanup(func() {
		cancel()
		running.Wait()
		carrier.CloseIdleConnections()
	})
}

// soon waits until a device holds a booking as wanted, and no longer than a second
// from begin on.
func (d *device) soon(began time.Time, id clinic.ID, what string, want func(clinic.Booking) bool) {
	d.w.t.Helper()
	d.has(id, what, want)
	took := time.Since(began)
	d.w.t.Logf("%s: %v", what, took.Round(time.Millisecond))
	if took > time.Second {
		d.w.t.Errorf("%s: only after %v", what, took)
	}
}

func arrived(b clinic.Booking) bool { return b.Visit().Attendance == clinic.Arrived }

func TestWhatHappensElsewhereIsHereWithinASecond(t *testing.T) {
	w := newWorld(t)
	desk, kiosk := w.prepare(bookingtest.SiteA, syncproto.RoleDesk), w.prepare(bookingtest.SiteA, syncproto.RoleKiosk)
	slot := w.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day)
	first := w.MustBook(slot, 1)
	desk.listens("http://" + w.address)
	kiosk.listens(w.url)
	desk.live()
	kiosk.live()
	desk.has(first.ID, "booked", anyBooking)

	began := time.Now()
	second := w.MustBook(slot, 2)
	kiosk.soon(began, second.ID, "a booking at central", anyBooking)
	desk.soon(began, second.ID, "a booking at central, at the desk", anyBooking)

	began = time.Now()
	if err := arrives(t.Context(), kiosk.Station, second.ID.String()); err != nil {
		t.Fatal(err)
	}
	desk.soon(began, second.ID, "an arrival at the kiosk", arrived)

	w.cut()
	kiosk.offline(0) // by the stream alone: its next pull is an hour off
	third := w.MustBook(slot, 3)
	w.mend()
	kiosk.has(third.ID, "booked while the line was cut", anyBooking)
	kiosk.standing("live", func(s replica.Standing) bool { return s.State == replica.Live })
	began = time.Now()
	fourth := w.MustBook(slot, 4)
	kiosk.soon(began, fourth.ID, "a booking after the stream came back", anyBooking)
}
