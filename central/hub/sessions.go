package hub

import (
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
	"ezhitong.tw/syncproto/noise"
)

// The life of a session. Devices shake hands again every hour.
const (
	sessionLife = 70 * time.Minute
	provenIn    = 2 * time.Minute  // the first message that opens has to come by then
	rekeyEvery  = 10 * time.Minute // the key from central to the device
	perDevice   = 3                // sessions of one device, most of them handshakes not yet proven
)

// session is a conversation with a device. The holder of mu is the exchange at
// work.
type session struct {
	mu      sync.Mutex
	id      string
	device  clinic.ID
	channel *noise.Channel
	opened  time.Time
	rekeyed time.Time
	greeted bool
	version int // agreed on in the Hello; 0 when there is none in common
	ended   chan struct{}
	revoked bool  // since before its hello: it may push, and nothing else
	floor   int64 // of the site's feed, as the welcome told it
	told    bool  // leases holds what the device was told
	leases  []syncproto.LeaseRow

	proven bool          // a message opened; guarded by sessions.mu
	stream chan struct{} // of the poke stream, closed when another one begins; guarded by sessions.mu
}

// sessions holds what is alive. A restart of central forgets all of it, and
// devices shake hands again.
type sessions struct {
	mu    sync.Mutex
	limit int
	byID  map[string]*session
	order []*session // oldest first
}

func newSessions(limit int) *sessions {
	return &sessions{limit: limit, byID: make(map[string]*session)}
}

// open begins a session. When there are too many, handshakes that were never
// proven go first, then the oldest sessions.
func (s *sessions) open(device clinic.ID, channel *noise.Channel, now time.Time, random io.Reader) (string, error) {
	var raw [16]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", fmt.Errorf("name a session: %w", err)
	}
	n := &session{id: hex.EncodeToString(raw[:]), device: device, channel: channel, opened: now, rekeyed: now, ended: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire(now)
	own := 0
	for _, o := range s.order {
		if o.device == device {
			own++
		}
	}
	if own >= perDevice {
		s.evict(func(o *session) bool { return o.device == device })
	}
	if len(s.order) >= s.limit {
		s.evict(func(*session) bool { return true })
	}
	s.byID[n.id] = n
	s.order = append(s.order, n)
	return n.id, nil
}

// find gives a live session.
func (s *sessions) find(id string, now time.Time) (*session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire(now)
	n, ok := s.byID[id]
	return n, ok
}

// prove notes that a message opened: the device is really there. Every other
// proven session of the device ends, for a device holds one conversation. It is
// false when the device has gone on to a newer one: the message was late, and what
// it says is no longer so.
func (s *sessions) prove(n *session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n.proven {
		return true
	}
	at := slices.Index(s.order, n)
	if at < 0 || slices.ContainsFunc(s.order[at:], func(o *session) bool { return o.proven && o.device == n.device }) {
		s.remove(n)
		return false
	}
	n.proven = true
	for _, o := range append([]*session(nil), s.order...) {
		if o != n && o.proven && o.device == n.device {
			s.remove(o)
		}
	}
	return true
}

// isProven reports whether a message of the session ever opened.
func (s *sessions) isProven(n *session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return n.proven
}

// listens notes that a poke stream begins and ends the one before. The channel is
// closed when the next one begins.
func (s *sessions) listens(n *session) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n.stream != nil {
		close(n.stream)
	}
	n.stream = make(chan struct{})
	return n.stream
}

// end forgets a session.
func (s *sessions) end(n *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(n)
}

func (s *sessions) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.order)
}

func (s *sessions) expire(now time.Time) {
	for _, o := range append([]*session(nil), s.order...) {
		age := now.Sub(o.opened)
		if age >= sessionLife || !o.proven && age >= provenIn {
			s.remove(o)
		}
	}
}

// evict removes the oldest unproven session that fits, else the oldest.
func (s *sessions) evict(fits func(*session) bool) {
	var victim *session
	for _, o := range s.order {
		if !fits(o) {
			continue
		}
		if victim == nil {
			victim = o
		}
		if !o.proven {
			victim = o
			break
		}
	}
	if victim != nil {
		s.remove(victim)
	}
}

func (s *sessions) remove(n *session) {
	if s.byID[n.id] != n {
		return
	}
	delete(s.byID, n.id)
	for i, o := range s.order {
		if o == n {
			s.order = append(s.order[:i], s.order[i+1:]...)
			break
		}
	}
	close(n.ended)
}
