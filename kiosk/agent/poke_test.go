package agent_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ezhitong.tw/kiosk/agent"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
)

// bell is central's poke stream: numbers are rung, and it breaks on demand.
type bell struct {
	numbers chan int64
	breaks  chan struct{}
	opened  chan string
	refuses atomic.Pointer[error]
}

var errBroken = errors.New("the stream broke")

func newBell() *bell {
	return &bell{numbers: make(chan int64), breaks: make(chan struct{}), opened: make(chan string, 1)}
}

func (b *bell) Poke(ctx context.Context, session string, seen func(int64)) error {
	select {
	case b.opened <- session:
	default: // nobody looks
	}
	if no := b.refuses.Load(); no != nil {
		return *no
	}
	seen(0)
	for {
		select {
		case n := <-b.numbers:
			seen(n)
		case <-b.breaks:
			return errBroken
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// within fails the test when nothing comes in ten seconds.
func within[T any](t *testing.T, what string, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(10 * time.Second):
		t.Fatalf("%s: nothing in ten seconds", what)
	}
	panic("unreachable")
}

func running(t *testing.T, a *agent.Agent) {
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); a.Run(ctx) }()
	t.Cleanup(func() { stop(); <-done })
}

func TestANumberAboveTheCursorBeginsAPull(t *testing.T) {
	b := newBell()
	a, _, f, _ := pairWith(t, func(c *agent.Config) { c.Poker = b }) // it polls once an hour
	running(t, a)
	within(t, "the first pull", f.pulls)
	within(t, "the stream", b.opened)
	waitFor(t, a, func(s replica.Standing) bool { return s.State == replica.Live })
	b.numbers <- 3 // what it has
	b.numbers <- 4
	within(t, "a pull", f.pulls)
	b.numbers <- 5
	b.numbers <- 6
	within(t, "a pull after a rest", f.pulls)
}

func TestWithoutTheStreamTheDevicePollsAndTheStreamComesBack(t *testing.T) {
	b := newBell()
	a, _, f, _ := pairWith(t, func(c *agent.Config) { c.Poker, c.Poll, c.Idle = b, 20*time.Millisecond, time.Hour })
	no := errBroken
	b.refuses.Store(&no)
	running(t, a)
	for range 5 {
		within(t, "a pull", f.pulls)
	}
	within(t, "the stream", b.opened)
	within(t, "the stream again", b.opened)
	b.refuses.Store(nil)
	for still := false; !still; { // from here on it is the stream that says when
		select {
		case <-f.pulls:
		case <-time.After(500 * time.Millisecond):
			still = true
		}
	}
	b.refuses.Store(&no)
	b.breaks <- struct{}{}
	within(t, "a pull when the stream broke", f.pulls)
	within(t, "another pull", f.pulls)
	b.refuses.Store(nil)
	b.numbers <- 9
	within(t, "a pull after the stream came back", f.pulls)
}

func TestAForgottenSessionIsLeftAndTheNextOneListenedTo(t *testing.T) {
	b := newBell()
	a, _, f, _ := pairWith(t, func(c *agent.Config) { c.Poker = b })
	no := error(syncproto.Problem{Code: syncproto.ProblemUnknownSession})
	b.refuses.Store(&no)
	running(t, a)
	within(t, "the first pull", f.pulls)
	within(t, "the stream", b.opened)
	b.refuses.Store(nil)
	f.set(func() { f.channel, f.session = nil, "t" })
	a.SyncNow()
	if session := within(t, "the stream of the next session", b.opened); session != "t" {
		t.Errorf("it listens to %q", session)
	}
}

func TestOnlyNumbersAreTakenFromTheStream(t *testing.T) {
	for story, c := range map[string]struct {
		kind, text string
		want       []int64
	}{
		"numbers and empty lines": {"text/event-stream", "data: 7\n\n:\n\ndata: 9\n\n", []int64{7, 9}},
		"words":                   {"text/event-stream", "data: 7\n\ndata: seven\n\ndata: 9\n\n", []int64{7}},
		"below nothing":           {"text/event-stream", "data: -7\n\n", nil},
		"a line without an end":   {"text/event-stream", "data: 7\n\n" + strings.Repeat("9", 1000) + "\ndata: 9\n\n", []int64{7}},
		"a page":                  {"text/html", "data: 7\n\n", nil},
	} {
		t.Run(story, func(t *testing.T) {
			central := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != syncproto.PathPoke || r.Header.Get(syncproto.HeaderSession) != "s" {
					t.Errorf("asked for %s in session %q", r.URL, r.Header.Get(syncproto.HeaderSession))
				}
				w.Header().Set("Content-Type", c.kind)
				_, _ = w.Write([]byte(c.text))
			}))
			defer central.Close()
			var got []int64
			link := agent.NewHTTPLink(central.URL).Over(&http.Transport{DisableKeepAlives: true})
			err := link.Poke(t.Context(), "s", func(n int64) { got = append(got, n) })
			if !errors.Is(err, agent.ErrUnreachable) || len(got) != len(c.want) {
				t.Fatalf("it saw %v, %v", got, err)
			}
		})
	}
}
