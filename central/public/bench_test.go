package public_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
)

// yes books whatever is asked for and stores nothing: what is left of a request is the door's own work.
type yes struct {
	*bookingtest.City
	slot clinic.Slot
}

// Book says yes.
func (y yes) Book(_ context.Context, r booking.Request) (clinic.Booking, error) {
	return clinic.Booking{ID: r.ID, Code: "K7M2QX", Slot: y.slot, Dose: r.Dose, Person: r.Person, Created: y.Now()}, nil
}

// sink is an http.ResponseWriter that keeps nothing, so that only the server's own work is counted.
type sink struct {
	header http.Header
	status int
	bytes  int
}

func (s *sink) Header() http.Header  { return s.header }
func (s *sink) WriteHeader(code int) { s.status = code }
func (s *sink) Write(b []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	s.bytes += len(b)
	return len(b), nil
}

// again is one request that is sent over and over.
type again struct {
	to      http.Handler
	request http.Request
	body    []byte
	sent    bytes.Reader
	sink    sink
}

func repeat(to http.Handler, method, path string, body []byte, headers ...string) *again {
	a := &again{to: to, body: body}
	r := httptest.NewRequest(method, path, http.NoBody)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	a.request = *r
	return a
}

// ask sends it once and gives the status.
func (a *again) ask() int {
	a.sink.header = make(http.Header) // as net/http does: what does not fit grows it
	a.sink.status, a.sink.bytes = 0, 0
	if a.body != nil {
		a.sent.Reset(a.body)
		a.request.Body, a.request.ContentLength = io.NopCloser(&a.sent), int64(len(a.body))
	}
	a.to.ServeHTTP(&a.sink, &a.request)
	return a.sink.status
}

func (a *again) run(b *testing.B, want int) {
	b.ReportAllocs()
	for b.Loop() {
		if got := a.ask(); got != want {
			b.Fatalf("%d, not %d", got, want)
		}
	}
	b.ReportMetric(float64(a.sink.bytes), "B/answer")
}

func BenchmarkHello(b *testing.B) { // what a server on Gin costs at least
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.GET("/hello", func(c *gin.Context) { c.String(http.StatusOK, "hello, world") })
	repeat(e, "GET", "/hello", nil).run(b, http.StatusOK)
}

func availabilityOf(t testing.TB, city *bookingtest.City) *again {
	t.Helper()
	return repeat(serve(t, city, city, io.Discard), "GET", "/api/v1/sites/"+url.PathEscape(bookingtest.SiteA)+"/availability", nil, "Accept-Encoding", "gzip")
}

func BenchmarkAvailability(b *testing.B) {
	availabilityOf(b, bookingtest.Start(b, 10)).run(b, http.StatusOK)
}

func bookingOf(t testing.TB, city *bookingtest.City) *again {
	t.Helper()
	slot := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	body, err := json.Marshal(ask(slot, 40))
	if err != nil {
		t.Fatal(err)
	}
	return repeat(serve(t, city, yes{city, slot}, io.Discard), "POST", "/api/v1/bookings", body, "Content-Type", "application/json")
}

func BenchmarkBook(b *testing.B) {
	bookingOf(b, bookingtest.Start(b, 10)).run(b, http.StatusCreated)
}

// TestAnAnswerCostsFewAllocations holds what a request may leave for the garbage collector, net/http's own part aside: 4 and
// about 50 when this was written, and ten more while the race detector is on.
func TestAnAnswerCostsFewAllocations(t *testing.T) {
	city := bookingtest.Start(t, 10)
	for _, c := range []struct {
		what string
		ask  *again
		most float64
		want int
	}{
		{"a read", availabilityOf(t, city), 6, http.StatusOK},
		{"a booking", bookingOf(t, city), 66, http.StatusCreated},
	} {
		status := 0
		// The fewest of some rounds: now and then the pools are emptied.
		fewest := math.Inf(1)
		for range 5 {
			fewest = min(fewest, testing.AllocsPerRun(20, func() { status = c.ask.ask() }))
		}
		if fewest > c.most || status != c.want {
			t.Errorf("%s: %.0f allocations and %d, want at most %.0f and %d", c.what, fewest, status, c.most, c.want)
		}
	}
}
