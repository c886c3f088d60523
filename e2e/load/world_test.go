package load

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/public"
	"ezhitong.tw/central/store/storetest"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

// out passes what a trial says on to the test's log.
type out struct{ t testing.TB }

func (o out) Write(p []byte) (int, error) {
	o.t.Log(strings.TrimRight(string(p), "\n"))
	return len(p), nil
}

// citizens is the citizens' door of a small city, in this process.
func citizens(t testing.TB, city *bookingtest.City) http.Handler {
	t.Helper()
	static, err := web.NewStatic()
	if err != nil {
		t.Fatal(err)
	}
	engine, err := web.NewEngine(web.Config{Log: city.Log(), NewID: uuid.NewString, Now: city.Now, Static: static, RequestsPerMinute: -1})
	if err != nil {
		t.Fatal(err)
	}
	door, err := public.New(public.Config{
		Offer: city.Engine, Bookings: city.Engine, Holds: city.Engine, Groups: city.Engine, Standby: city.Engine, Now: city.Now, NewID: bookingtest.NewID, Static: static,
		Sessions:          web.NewSessions(web.SessionConfig{Cookie: "e", Idle: time.Hour, Lifetime: time.Hour}),
		Ticket:            func(clinic.Booking) (string, error) { return "EZT1:", nil },
		BookingsPerMinute: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	door.Mount(engine)
	return engine
}

// started serves a small city, between puts something before its door, and begins
// a trial on it.
func started(t testing.TB, places, connections int, between func(http.Handler) http.Handler) (*Trial, *bookingtest.City) {
	t.Helper()
	city := bookingtest.Start(t, places)
	door := citizens(t, city)
	if between != nil {
		door = between(door)
	}
	server := httptest.NewServer(door)
	t.Cleanup(server.Close)
	o := Options{URL: server.URL, Seed: 1, Connections: connections, Out: out{t}}
	if storetest.OnServer() {
		o.Store = city.Path
	} else {
		o.Data = filepath.Dir(city.Path)
	}
	trial, err := Begin(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := trial.Close(); err != nil {
			t.Error(err)
		}
	})
	return trial, city
}

// serving gives a target with a handler of the test's own.
func serving(t testing.TB, h http.HandlerFunc) *Target {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	target, err := NewTarget(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// greetings are reads of a page.
func greetings(n int) []*Shot {
	shots := make([]*Shot, n)
	for i := range shots {
		shots[i] = &Shot{raw: []byte("GET / HTTP/1.1\r\nHost: test\r\n\r\n")}
	}
	return shots
}
