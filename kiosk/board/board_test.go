package board

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
)

// room is a waiting room: its queue, and a board that serves it.
type room struct {
	mu      sync.Mutex
	queue   reception.Queue
	changed chan struct{}
	address string
	begin   func() // serves, on the port of the first time
	end     func()
}

func called(ticket, at string) reception.Place {
	return reception.Place{Room: at, Times: 1, Entry: reception.Entry{
		Visit:   clinic.Visit{Ticket: ticket},
		Booking: clinic.Booking{ID: clinic.ID{1}, Code: "K7Q2", Person: clinic.Person{Name: clinic.NewName("王小明"), ID: clinic.NewIDNumber("A123456789")}},
	}}
}

func serve(t *testing.T) *room {
	t.Helper()
	w := &room{changed: make(chan struct{}, 1)}
	b, err := New(Config{
		Queue: func(context.Context) (reception.Queue, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.queue, nil
		}, Changed: w.changed, Locale: i18n.Default, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	at := "127.0.0.1:0"
	w.begin = func() {
		listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		at = listener.Addr().String()
		ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
		ended := make(chan error)
		go func() { ended <- b.Serve(ctx, listener) }()
		w.end = func() {
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	}
	w.begin()
	t.Cleanup(func() { w.end() })
	w.address = "http://" + at
	return w
}

func (w *room) call(places ...reception.Place) {
	w.mu.Lock()
	w.queue.Called, w.queue.Waiting = places, make([]reception.Place, 3)
	w.mu.Unlock()
	w.changed <- struct{}{}
}

func (w *room) get(t *testing.T, path string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.address+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

// next reads what a screen is told to show.
func next(t *testing.T, in *bufio.Reader) (html string) {
	t.Helper()
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			if err := json.Unmarshal([]byte(data), &html); err != nil {
				t.Fatal(err)
			}
			return html
		}
	}
}

func TestAScreenIsToldWhoIsCalledAtOnceAndAfterEveryCall(t *testing.T) {
	w := serve(t)
	in := bufio.NewReader(w.get(t, "/calls").Body)
	if got := next(t, in); !strings.Contains(got, "請稍候") {
		t.Errorf("nobody is called, and it shows %s", got)
	}
	w.call(called("A012", "3"), called("B004", "1"))
	if got := next(t, in); !strings.Contains(got, "A012") || !strings.Contains(got, "請到 3 號診間") || !strings.Contains(got, "B004") || !strings.Contains(got, "還有 3 位等候") {
		t.Errorf("it shows %s", got)
	}
	w.call(called("A013", "2"))
	if got := next(t, in); !strings.Contains(got, "A013") || strings.Contains(got, "A012") {
		t.Errorf("it shows %s", got)
	}
}

func TestThePageNamesNobodyAndAsksNobodyElse(t *testing.T) {
	w := serve(t)
	w.call(called("A012", "<b>3</b>"))
	for _, path := range []string{"/", "/board.css", "/board.js"} {
		answer := w.get(t, path)
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d, %v", path, answer.StatusCode, err)
		}
		if policy := answer.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") {
			t.Errorf("%s may load what it likes: %s", path, policy)
		}
		for _, secret := range []string{"王", "小明", "A123456789", "K7Q2", "0100000", "http://", "https://", "<b>3</b>"} {
			if strings.Contains(string(body), secret) {
				t.Errorf("%s says %s:\n%s", path, secret, body)
			}
		}
		if path == "/" && (!strings.Contains(string(body), "A012") || answer.Header.Get("Cache-Control") != "no-store") {
			t.Errorf("the page says %s", body)
		}
	}
	if answer := w.get(t, "/page/board.html"); answer.StatusCode != http.StatusNotFound {
		t.Errorf("another file is served: %d", answer.StatusCode)
	}
}

func TestMoreScreensThanTheBoardHoldsAreTurnedAway(t *testing.T) {
	w := serve(t)
	for range most {
		next(t, bufio.NewReader(w.get(t, "/calls").Body))
	}
	if answer := w.get(t, "/calls"); answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one more is answered %d", answer.StatusCode)
	}
}
