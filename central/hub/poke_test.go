package hub_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/syncproto"
)

// stream is an open poke stream, read line by line.
type stream struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

// listen opens the poke stream of a session and reads the head of the answer.
func listen(t *testing.T, address, session string) *stream {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: central\r\nConnection: close\r\n%s: %s\r\n\r\n", syncproto.PathPoke, syncproto.HeaderSession, session)
	must(t, err)
	s := &stream{t, conn, bufio.NewReaderSize(conn, 512)}
	if status := s.line(); !strings.Contains(status, "200") {
		t.Fatalf("the stream answers %s", status)
	}
	return s
}

func (s *stream) line() string {
	s.t.Helper()
	must(s.t, s.conn.SetReadDeadline(time.Now().Add(20*time.Second)))
	text, err := s.in.ReadString('\n')
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(text)
}

// next is the next number, or what was there in its place.
func (s *stream) next() string {
	s.t.Helper()
	for {
		line := s.line()
		if number, ok := strings.CutPrefix(line, "data: "); ok {
			return number
		}
		if line == "EOF" || strings.Contains(line, "timeout") || strings.Contains(line, "reset") {
			return line
		}
	}
}

// city opens the doors on a server with the deadlines of central's own.
func (w *world) city(t *testing.T, read time.Duration) string {
	t.Helper()
	server := httptest.NewUnstartedServer(w.serve)
	server.Config.ReadTimeout, server.Config.ReadHeaderTimeout = read, read
	server.Start()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

func TestAStreamOutlivesTheDeadlinesOfTheServer(t *testing.T) {
	w := newWorld(t)
	d := connected(t, w, syncproto.RoleDesk)
	s := listen(t, w.city(t, 50*time.Millisecond), d.session)
	s.next()
	select { // the deadline passes
	case <-time.After(200 * time.Millisecond):
	case <-t.Context().Done():
	}
	w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	if got := s.next(); got != strconv.FormatInt(w.SiteSeq(bookingtest.SiteA), 10) {
		t.Errorf("after the deadline it says %s", got)
	}
}

func TestASessionHasOneStream(t *testing.T) {
	w := newWorld(t)
	d := connected(t, w, syncproto.RoleDesk)
	address := w.city(t, time.Minute)
	first := listen(t, address, d.session)
	first.next()
	second := listen(t, address, d.session)
	second.next()
	for line := ""; line != "EOF"; line = first.line() {
		if strings.HasPrefix(line, "data: ") {
			t.Fatalf("the first stream goes on with %s", line)
		}
	}
}

func TestTheStreamsOfACityAreCheap(t *testing.T) {
	const devices, most = 1620, 64 << 10 // streams, and bytes for each
	w := newWorld(t)
	d := connected(t, w, syncproto.RoleDesk)
	sessions := w.hub.Talking(d.grant.Device, devices, w.Now())
	address := w.city(t, time.Minute)
	before := inUse()
	streams := make([]*stream, devices)
	for i, id := range sessions {
		streams[i] = listen(t, address, id)
		streams[i].next()
	}
	each := (inUse() - before) / devices
	t.Logf("%d streams take %d bytes each, both ends", devices, each)
	if each > most {
		t.Errorf("a stream takes %d bytes, more than %d", each, most)
	}
	w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	want := strconv.FormatInt(w.SiteSeq(bookingtest.SiteA), 10)
	for i, s := range streams {
		if got := s.next(); got != want {
			t.Fatalf("stream %d says %s, not %s", i, got, want)
		}
	}
}

// inUse is the memory that the program uses for what lives and for stacks.
func inUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
