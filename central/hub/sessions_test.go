package hub

import (
	"crypto/rand"
	"testing"
	"time"

	"ezhitong.tw/clinic"
)

func TestWhoNeverSpokeMakesRoomFirst(t *testing.T) {
	s, now := newSessions(3), time.Date(2026, 11, 24, 10, 0, 0, 0, clinic.Taipei)
	open := func(device byte) *session {
		t.Helper()
		id, err := s.open(clinic.ID{device}, nil, now, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		n, ok := s.find(id, now)
		if !ok {
			t.Fatal("a new session is not there")
		}
		return n
	}
	alive := func(n *session) bool {
		_, ok := s.find(n.id, now)
		return ok
	}
	first, silent, third := open(1), open(2), open(3)
	s.prove(first)
	s.prove(third)
	fourth := open(4)
	if !alive(first) || alive(silent) || !alive(third) || !alive(fourth) {
		t.Fatal("the handshake that nobody followed up stays")
	}
	s.prove(fourth)
	open(5)
	if alive(first) || !alive(third) || s.count() != 3 {
		t.Fatal("the oldest session stays")
	}
	select {
	case <-first.ended:
	default:
		t.Fatal("whoever waits on the session is not told")
	}
}

func TestASessionWithoutRandomnessIsNoSession(t *testing.T) {
	s := newSessions(3)
	if _, err := s.open(clinic.ID{1}, nil, time.Time{}, empty{}); err == nil || s.count() != 0 {
		t.Fatalf("got %v", err)
	}
}

type empty struct{}

// Read has nothing.
func (empty) Read([]byte) (int, error) { return 0, errEmpty }

var errEmpty = clinic.Refuse("empty")
