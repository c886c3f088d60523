// Package e2e_test tells what the system as a whole promises: a real central
// behind a real HTTP server, real devices with replicas and emulated readers,
// and a cable between them that is cut and mended.
package e2e_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/fleet"
	"ezhitong.tw/central/hub"
	"ezhitong.tw/central/store"
	"ezhitong.tw/central/store/storetest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/drivers/emulator"
	"ezhitong.tw/drivers/scanner"
	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/station"
	"ezhitong.tw/syncproto"
)

// world is one central, its devices and the cable.
type world struct {
	*bookingtest.City
	t       testing.TB
	secrets *fleet.Secrets
	fleet   *fleet.Fleet
	address string // of central
	server  *httptest.Server
	cable   *toxiproxy.Proxy
	url     string // of the devices' end of the cable
}

func newWorld(t testing.TB) *world {
	t.Helper()
	secrets, err := fleet.LoadOrCreateSecrets(t.TempDir(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{City: bookingtest.Start(t, 20_000), t: t, secrets: secrets}
	w.up()
	w.cable = toxiproxy.NewProxy(toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop()),
		"cable", "127.0.0.1:0", w.address)
	w.mend()
	w.url = "http://" + w.cable.Listen
	t.Cleanup(func() { w.cable.Stop(); w.server.Close() })
	return w
}

// up starts central's server, on the same address after the first time.
func (w *world) up() {
	w.t.Helper()
	var err error
	w.fleet, err = fleet.New(w.t.Context(), fleet.Config{
		Store: w.Store, Secrets: w.secrets, Now: w.Now, Random: rand.Reader, NewID: bookingtest.NewID, Log: w.Log(),
		Open:   func(string, time.Time) bool { return true },
		Record: w.Engine.Record,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	h, err := hub.New(hub.Config{Engine: w.Engine, Fleet: w.fleet, Now: w.Now, Random: rand.Reader, Log: w.Log(), Watch: w.Engine.Watch})
	if err != nil {
		w.t.Fatal(err)
	}
	gin.SetMode(gin.ReleaseMode)
	doors := gin.New()
	h.Mount(doors)
	address := w.address
	if address == "" {
		address = "127.0.0.1:0"
	}
	listener, err := new(net.ListenConfig).Listen(w.t.Context(), "tcp", address)
	if err != nil {
		w.t.Fatal(err)
	}
	w.address = listener.Addr().String()
	w.server = &httptest.Server{Listener: listener, Config: &http.Server{Handler: doors, ReadHeaderTimeout: time.Second}}
	w.server.Start()
}

// restart ends central's server and starts it again on the same data, as after
// a crash: no session survives.
func (w *world) restart() {
	w.server.CloseClientConnections()
	w.server.Close()
	w.Again()
	w.up()
}

// backup copies central's database as it is.
func (w *world) backup() string {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), "backup.db")
	db, err := sql.Open("sqlite3", "file:"+w.Path+"?_busy_timeout=5000")
	if err == nil {
		_, err = db.ExecContext(w.t.Context(), "VACUUM INTO $1", path)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// restore puts a backup in the place of central's database, as the manual says.
func (w *world) restore(backup string) {
	w.t.Helper()
	w.server.CloseClientConnections()
	w.server.Close()
	st, err := store.Open(w.t.Context(), backup)
	if err != nil {
		w.t.Fatal(err)
	}
	_, err = booking.Renew(w.t.Context(), st, storetest.Keys(w.t), bookingtest.NewID)
	if err := errors.Join(err, st.Close()); err != nil {
		w.t.Fatal(err)
	}
	now := w.Now()
	w.City = bookingtest.Join(w.t, backup)
	w.Set(now)
	w.up()
}

func (w *world) cut() { w.cable.Stop() }

func (w *world) mend() {
	w.t.Helper()
	if err := w.cable.Start(); err != nil {
		w.t.Fatal(err)
	}
}

// device is a station with a reader.
type device struct {
	*station.Station
	w      *world
	dir    string
	reader *emulator.Reader
	port   string // of the scanner, empty for none
	seen   <-chan cards.Event
	codes  <-chan scanner.Event
	stop   func()
}

// enrol makes a device at a site and lets it run.
func (w *world) enrol(site string, role syncproto.Role) *device {
	w.t.Helper()
	d := w.prepare(site, role)
	d.run()
	return d
}

// prepare makes a device at a site, enrolled, that does nothing by itself.
func (w *world) prepare(site string, role syncproto.Role) *device {
	w.t.Helper()
	reader, err := emulator.Start(w.t.Context(), emulator.Config{})
	if err != nil {
		w.t.Fatal(err)
	}
	d := &device{w: w, dir: filepath.Join(w.t.TempDir(), "device"), reader: reader}
	w.t.Cleanup(func() { _ = reader.Close() })
	d.open()
	code, _, err := w.fleet.NewCode(w.t.Context(), "admin", site, role, "櫃檯")
	if err != nil {
		w.t.Fatal(err)
	}
	if err := d.Enrol(w.t.Context(), strings.ToLower(code), w.approve); err != nil {
		w.t.Fatal(err)
	}
	return d
}

// approve compares words like a person at central.
func (w *world) approve(words syncproto.Words) {
	all, err := w.fleet.Asking(w.t.Context())
	if err != nil {
		w.t.Error(err)
	}
	for _, a := range all {
		if a.Words == words.String() {
			if err := w.fleet.Approve(w.t.Context(), "admin", a.ID); err != nil {
				w.t.Error(err)
			}
			return
		}
	}
	w.t.Errorf("nobody asks with the words %s", words)
}

func (d *device) open() {
	d.w.t.Helper()
	var err error
	d.Station, err = station.Open(d.w.t.Context(), station.Options{
		Data: d.dir, Central: d.w.url, Readers: []string{d.reader.Path()}, Scanner: scanner.Config{Port: d.port}, Staff: "nurse", Build: "e2e",
		Clock: d.w.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		d.w.t.Fatal(err)
	}
}

func (d *device) run() {
	ctx, cancel := context.WithCancel(d.w.t.Context())
	var running sync.WaitGroup
	running.Go(func() { d.Run(ctx) })
	d.seen, d.codes = d.Cards.Watch(ctx), d.Codes(ctx)
	d.stop = sync.OnceFunc(func() {
		cancel()
		for range d.seen { // until the reader is let go
		}
		for d.codes != nil { // and the scanner
			if _, open := <-d.codes; !open {
				break
			}
		}
		running.Wait()
		if err := d.Close(); err != nil {
			d.w.t.Error(err)
		}
	})
	d.w.t.Cleanup(d.stop)
}

// again stops the device and starts it on what it has on disk.
func (d *device) again() {
	d.stop()
	d.open()
	d.run()
}

// standing waits until the device stands with central as wanted.
func (d *device) standing(what string, want func(replica.Standing) bool) {
	d.w.t.Helper()
	deadline := time.NewTimer(60 * time.Second)
	defer deadline.Stop()
	var last replica.Standing
	for {
		select {
		case last = <-d.Agent.Standings():
			if want(last) {
				return
			}
		case <-deadline.C:
			d.w.t.Fatalf("the device is not %s but %+v", what, last)
		}
	}
}

func (d *device) live() {
	d.w.t.Helper()
	d.standing("live", func(s replica.Standing) bool { return s.State == replica.Live && s.Pending == 0 })
}

func (d *device) offline(pending int) {
	d.w.t.Helper()
	d.standing("offline", func(s replica.Standing) bool { return s.State == replica.Offline && s.Pending == pending })
}

// insert puts a person's card in and waits until it is read.
func (d *device) insert(p clinic.Person) clinic.Person {
	d.w.t.Helper()
	born := p.Birth.Reveal()
	card, err := emulator.NHI(emulator.Holder{
		Number: "900000000001", Name: p.Name.Reveal(), ID: p.ID.Reveal(), Sex: "M",
		Birth:  emulator.Date{Year: born.Year, Month: int(born.Month), Day: born.Day},
		Issued: emulator.Date{Year: 2024, Month: 1, Day: 1},
	})
	if err != nil {
		d.w.t.Fatal(err)
	}
	d.reader.Insert(card)
	return d.sees(cards.Recognised).Person
}

func (d *device) sees(kind cards.Kind) cards.Event {
	d.w.t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	for {
		select {
		case e := <-d.seen:
			if e.Kind == kind {
				return e
			}
		case <-deadline.C:
			d.w.t.Fatalf("the reader did not see event %d", kind)
		}
	}
}

// has waits until the replica holds a booking as wanted.
func (d *device) has(id clinic.ID, what string, want func(clinic.Booking) bool) {
	d.w.t.Helper()
	changes, stop := d.Replica.Watch()
	defer stop()
	deadline := time.NewTimer(60 * time.Second)
	defer deadline.Stop()
	for {
		b, err := d.Replica.Booking(d.w.t.Context(), id)
		if err == nil && want(b) {
			return
		}
		select {
		case <-changes:
		case <-deadline.C:
			d.w.t.Fatalf("the device has no booking that is %s: %v, %v", what, b.Visit(), err)
		}
	}
}

func anyBooking(clinic.Booking) bool { return true }
