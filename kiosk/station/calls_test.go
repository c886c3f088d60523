package station_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/kiosk/station"
	"ezhitong.tw/syncproto"
)

// enrolled fills the folder of a device that central would know.
func enrolled(t *testing.T, folder string, rows ...syncproto.Row) {
	t.Helper()
	r := replicatest.Open(t, folder, func() time.Time { return replicatest.Now })
	id, err := r.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id.Grant.PSK, id.Central.Noise = make([]byte, syncproto.PSKSize), id.Noise
	replicatest.Fill(t, r, int64(len(rows)), rows...)
	if err := errors.Join(r.SaveIdentity(t.Context(), id), r.Close()); err != nil {
		t.Fatal(err)
	}
}

// atWork opens a station and lets it run, with a page of calls on a port of its own
// choice unless one is named.
func atWork(t *testing.T, folder, page string) (s *station.Station, end func()) {
	t.Helper()
	s, err := station.Open(t.Context(), station.Options{
		Data: folder, Central: "http://127.0.0.1:9", CallPage: page, Clock: func() time.Time { return replicatest.Now }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); s.Run(ctx) }()
	return s, func() {
		stop()
		<-ended
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func pageOf(t *testing.T, s *station.Station) station.CallPage {
	t.Helper()
	p, err := s.CallPage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// read gives the page at an address of a station, by way of this machine itself.
func read(t *testing.T, address string) (string, error) {
	t.Helper()
	_, port, err := net.SplitHostPort(strings.Trim(strings.TrimPrefix(address, "http://"), "/"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:"+port+"/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	return string(text), err
}

func TestTheCallsHaveAPageOnlyWhereItIsTurnedOn(t *testing.T) {
	folder := t.TempDir()
	slot, booking := replicatest.Booked("A123456789", "王小明", replicatest.Today.AddDays(-20000), replicatest.Today)
	enrolled(t, folder, slot, booking)
	s, end := atWork(t, folder, "127.0.0.1:0")
	if p := pageOf(t, s); p.On || len(p.Addresses) != 0 || p.Err != nil {
		t.Fatalf("before anybody turned it on: %+v", p)
	}
	if err := s.SetCallPage(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Counter.CheckIn(t.Context(), booking.Booking.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Counter.CallNext(t.Context(), "7"); err != nil {
		t.Fatal(err)
	}
	p := pageOf(t, s)
	if !p.On || len(p.Addresses) == 0 {
		t.Fatalf("turned on: %+v", p)
	}
	text, err := read(t, p.Addresses[0])
	if err != nil || !strings.Contains(text, "A001") || !strings.Contains(text, "請到 7 號診間") || strings.Contains(text, "王") {
		t.Errorf("%s, %v", text, err)
	}
	end()
	if _, err := read(t, p.Addresses[0]); err == nil {
		t.Error("it is served after the end")
	}

	s, end = atWork(t, folder, "127.0.0.1:0") // it is on the next time too
	defer end()
	if err := s.SetCallPage(t.Context(), true); err != nil { // waits for the first one
		t.Fatal(err)
	}
	p = pageOf(t, s)
	if _, err := read(t, p.Addresses[0]); err != nil {
		t.Error(err)
	}
	if err := s.SetCallPage(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if _, err := read(t, p.Addresses[0]); err == nil || pageOf(t, s).On {
		t.Errorf("it is served though it is off: %+v", pageOf(t, s))
	}
}

func TestAPortThatIsTakenIsSaid(t *testing.T) {
	folder := t.TempDir()
	enrolled(t, folder)
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	s, end := atWork(t, folder, "127.0.0.1:"+strconv.Itoa(taken.Addr().(*net.TCPAddr).Port))
	defer end()
	if err := s.SetCallPage(t.Context(), true); err == nil {
		t.Error("two programs on one port")
	}
	if p := pageOf(t, s); p.Err == nil || len(p.Addresses) != 0 {
		t.Errorf("%+v", p)
	}
}
