package load

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"ezhitong.tw/central/booking/bookingtest"
)

func TestEveryBookingOfABurstIsInTheBooks(t *testing.T) {
	trial, city := started(t, 40, 50, nil)
	r, err := trial.Burst(t.Context(), 600)
	if err != nil {
		t.Fatal(err)
	}
	if r.Booked.Load() != 600 || r.Status(http.StatusCreated) != 600 || r.Bookings.Count() != 600 || r.Took <= 0 {
		t.Errorf("booked %d, 201 %d, counted %d", r.Booked.Load(), r.Status(http.StatusCreated), r.Bookings.Count())
	}
	if err := trial.Reconcile(t.Context()); err != nil {
		t.Error(err)
	}
	if n, err := city.VerifyAudit(t.Context()); err != nil || n < 600 {
		t.Errorf("audit: %d, %v", n, err)
	}
}

func TestBookingsAmongReadsComeAtTheirRate(t *testing.T) {
	trial, _ := started(t, 40, 16, nil)
	r, err := trial.Mix(t.Context(), 2000, 200*time.Millisecond, 0.25)
	if err != nil {
		t.Fatal(err)
	}
	if r.Sent.Load() != 400 || r.Booked.Load() != 100 || r.Read.Load() != 300 || r.Lag.Count() != 400 {
		t.Errorf("sent %d, booked %d, read %d, lag of %d", r.Sent.Load(), r.Booked.Load(), r.Read.Load(), r.Lag.Count())
	}
	if r.Took < 199*time.Millisecond {
		t.Errorf("400 at 2000 a second took %s", r.Took)
	}
	if err := trial.Reconcile(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestBeyondTheCapacityTheBooksStillAgree(t *testing.T) {
	trial, _ := started(t, 2000, 64, nil)
	o, err := trial.Overload(t.Context(), 2, 300, 150*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if o.Peak <= 0 || o.Goodput <= 0 || o.Ratio() != o.Goodput/o.Peak || o.Offered < o.Goodput {
		t.Errorf("%+v", o)
	}
	if err := trial.Reconcile(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestALineCutAfterTheBookingIsOneBooking(t *testing.T) {
	var n, cut atomic.Int64
	trial, city := started(t, 40, 8, func(door http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodPost || n.Add(1)%3 != 0 {
				door.ServeHTTP(w, r)
				return
			}
			cut.Add(1)
			door.ServeHTTP(discarded{http.Header{}}, r)
			panic(http.ErrAbortHandler) // the connection ends without an answer
		})
	})
	r, err := trial.Burst(t.Context(), 200)
	if err != nil {
		t.Fatal(err)
	}
	if cut.Load() == 0 || r.Repeated.Load() != cut.Load() {
		t.Errorf("%d lines were cut, %d requests repeated", cut.Load(), r.Repeated.Load())
	}
	if err := trial.Reconcile(t.Context()); err != nil {
		t.Error(err)
	}
	var rows int
	if err := city.Store.Reader().QueryRowContext(t.Context(), "SELECT count(*) FROM booking").Scan(&rows); err != nil || rows != 200 {
		t.Errorf("%d rows, %v", rows, err)
	}
}

// discarded is an answer that nobody gets.
type discarded struct{ header http.Header }

func (d discarded) Header() http.Header       { return d.header }
func (discarded) Write(p []byte) (int, error) { return len(p), nil }
func (discarded) WriteHeader(int)             {}

func TestALatencyRunsFromWhenTheRequestWasDue(t *testing.T) {
	const stall = 80 * time.Millisecond
	var first atomic.Bool
	target := serving(t, func(http.ResponseWriter, *http.Request) {
		if first.CompareAndSwap(false, true) {
			<-time.After(stall)
		}
	})
	c := &crew{target: target, size: 1, patience: time.Minute}
	r, err := c.open(t.Context(), greetings(11), 1000, 0) // all due within ten milliseconds
	if err != nil {
		t.Fatal(err)
	}
	if least := r.Reads.Quantile(0); least < stall-11*time.Millisecond || r.Reads.Count() != 11 {
		t.Errorf("somebody who waited behind a stall of %s waited %s", stall, least)
	}
}

func TestWhoIsToldToComeBackDoes(t *testing.T) {
	var asked atomic.Int64
	target := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) <= 2 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	c := &crew{target: target, size: 2, patience: time.Minute, persist: true}
	r, err := c.closed(t.Context(), greetings(2))
	if err != nil {
		t.Fatal(err)
	}
	if r.Read.Load() != 2 || r.Busy.Load() != 2 || r.Untold.Load() != 0 || r.Repeated.Load() != 2 || r.Took < time.Second {
		t.Errorf("read %d, busy %d, untold %d, repeated %d in %s", r.Read.Load(), r.Busy.Load(), r.Untold.Load(), r.Repeated.Load(), r.Took)
	}
}

func TestARefusalWithoutRetryAfterIsNoticed(t *testing.T) {
	target := serving(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	r, err := (&crew{target: target, size: 2, patience: time.Minute}).closed(t.Context(), greetings(5))
	if err != nil {
		t.Fatal(err)
	}
	if r.Busy.Load() != 5 || r.Untold.Load() != 5 || r.Read.Load() != 0 || r.Repeated.Load() != 0 {
		t.Errorf("busy %d, untold %d, read %d, repeated %d", r.Busy.Load(), r.Untold.Load(), r.Read.Load(), r.Repeated.Load())
	}
}

func TestAServerThatFailsLeavesTheOutcomeUnknown(t *testing.T) {
	target := serving(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	r, err := (&crew{target: target, size: 1, patience: time.Minute}).closed(t.Context(), greetings(1))
	if err != nil {
		t.Fatal(err)
	}
	if r.Unknown.Load() != 1 || r.Status(http.StatusInternalServerError) != tries {
		t.Errorf("unknown %d after %d answers", r.Unknown.Load(), r.Status(http.StatusInternalServerError))
	}
}

func TestAnAnswerAboutAnotherBookingIsNone(t *testing.T) {
	target := serving(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) })
	shots := greetings(1)
	shots[0].ID = bookingtest.NewID()
	r, err := (&crew{target: target, size: 1, patience: time.Minute}).closed(t.Context(), shots)
	if err != nil || r.Unknown.Load() != 1 || !shots[0].is(unknown) {
		t.Errorf("unknown %d, %v", r.Unknown.Load(), err)
	}
}

func TestARunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	reached := make(chan struct{})
	target := serving(t, func(_ http.ResponseWriter, r *http.Request) {
		cancelled := r.Context().Done()
		close(reached)
		<-cancelled
	})
	go func() {
		<-reached
		cancel()
	}()
	c := &crew{target: target, size: 1, patience: time.Hour}
	if _, err := c.open(ctx, greetings(1000), 1, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
}

func TestWhatMakesNoSenseIsRefusedBeforeAnythingIsSent(t *testing.T) {
	trial, _ := started(t, 1, 4, nil)
	refused := func(story string, err error) {
		if err == nil {
			t.Errorf("%s was measured", story)
		}
	}
	_, err := trial.Burst(t.Context(), 0)
	refused("no booking", err)
	_, err = trial.Burst(t.Context(), trial.Places()+1)
	refused("more bookings than places", err)
	_, err = trial.Mix(t.Context(), 0, time.Second, 1)
	refused("no rate", err)
	_, err = trial.Mix(t.Context(), 1e9, time.Hour, 1)
	refused("too many", err)
	_, err = trial.Mix(t.Context(), 10, time.Second, 1.5)
	refused("more than all", err)
	_, err = trial.Overload(t.Context(), 11, 10, time.Second)
	refused("eleven times the capacity", err)
	refused("a central that is not ours", trial.Crash(t.Context(), 1, 1))
	if err := trial.Reconcile(t.Context()); err != nil {
		t.Error(err)
	}
	_, err = Begin(t.Context(), Options{URL: trial.target.URL(), Connections: 1, Out: out{t}})
	refused("a central without books", err)
	_, err = Begin(t.Context(), Options{URL: trial.target.URL(), Data: t.TempDir(), Out: out{t}})
	refused("no connection", err)
}
