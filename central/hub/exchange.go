package hub

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/fleet"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// inLine is how long a pull waits for its turn.
const inLine = 5 * time.Second

// Seconds after which a device may come back.
const (
	afterBusy     = 2
	afterParallel = 1
)

// The days before today that a device may ask for.
const (
	usualDays = 1
	mostDays  = 30
)

// exchange opens one message, acts, and seals the answer. What does not open
// is answered with unknown_session, because a lost answer leaves both sides
// with different counters and a new handshake mends it; the session itself
// stays as it was.
func (h *Hub) exchange(c *gin.Context) error {
	sealed, err := body(c, MaxBody)
	if err != nil {
		return err
	}
	s, ok := h.sessions.find(c.GetHeader(syncproto.HeaderSession), h.cfg.Now())
	if !ok {
		return syncproto.Problem{Code: syncproto.ProblemUnknownSession}
	}
	if !s.mu.TryLock() {
		return syncproto.Problem{Code: syncproto.ProblemBusy, RetryAfter: afterParallel}
	}
	defer s.mu.Unlock()
	plain, err := s.channel.Open(sealed)
	if err != nil {
		return syncproto.Problem{Code: syncproto.ProblemUnknownSession}
	}
	if !h.sessions.prove(s) {
		return syncproto.Problem{Code: syncproto.ProblemUnknownSession}
	}
	reply, err := h.respond(c.Request.Context(), s, plain)
	if err != nil {
		return err
	}
	if now := h.cfg.Now(); now.Sub(s.rekeyed) >= rekeyEvery {
		s.channel.Rekey()
		s.rekeyed = now
	}
	out, err := s.channel.Seal(reply)
	if err != nil {
		return fmt.Errorf("seal the answer: %w", err)
	}
	answer(c, out)
	return nil
}

// respond makes the answer to one message; what goes wrong becomes a Problem
// inside the channel.
func (h *Hub) respond(ctx context.Context, s *session, plain []byte) ([]byte, error) {
	reply, err := h.act(ctx, s, plain)
	if err == nil {
		return reply, nil
	}
	p := h.problem(s, err)
	switch p.Code {
	case syncproto.ProblemRevoked:
		if !s.revoked {
			h.sessions.end(s)
		}
	case syncproto.ProblemUnknownDevice, syncproto.ProblemFork:
		h.sessions.end(s)
	}
	return syncproto.Encode(p)
}

// problem names what went wrong for the device, and says it in the log.
func (h *Hub) problem(s *session, err error) syncproto.Problem {
	var p syncproto.Problem
	switch {
	case errors.As(err, &p):
	case errors.Is(err, syncproto.ErrMalformed):
		p.Code = syncproto.ProblemMalformed
	case errors.Is(err, syncproto.ErrSignature):
		p.Code = syncproto.ProblemSignature
	case errors.Is(err, booking.ErrFork):
		p.Code = syncproto.ProblemFork
	case errors.Is(err, booking.ErrGap):
		p.Code = syncproto.ProblemGap
	case errors.Is(err, booking.ErrAhead):
		p.Code = syncproto.ProblemGap
		h.cfg.Log.Error("hub", "device", s.device, "error", err, "hint", "was a backup restored? then stop every process and run central restored once")
		return p
	case errors.Is(err, clinic.Refuse(clinic.RefusedBusy)):
		p.Code, p.RetryAfter = syncproto.ProblemBusy, afterBusy
	default:
		p.Code = syncproto.ProblemInternal
		h.cfg.Log.Error("hub", "device", s.device, "error", err)
		return p
	}
	h.cfg.Log.Warn("hub", "device", s.device, "problem", p.Code, "error", err)
	return p
}

func (h *Hub) act(ctx context.Context, s *session, plain []byte) ([]byte, error) {
	peer, known, err := h.cfg.Fleet.Peer(s.device)
	if err != nil {
		return nil, err
	}
	if !known {
		return nil, syncproto.Problem{Code: syncproto.ProblemUnknownDevice}
	}
	if err := mayNotSpeak(peer); err != nil {
		return nil, err
	}
	m, err := syncproto.Decode(plain)
	if err != nil {
		return nil, err
	}
	if peer.Revoked {
		return h.farewell(ctx, s, peer, m)
	}
	if hello, ok := m.(syncproto.Hello); ok {
		return h.hello(ctx, s, peer, hello)
	}
	if !s.greeted {
		return nil, fmt.Errorf("%w: message %d before the hello", syncproto.ErrMalformed, m.Kind())
	}
	switch m := m.(type) {
	case syncproto.Push:
		return h.push(ctx, s, peer, m)
	case syncproto.Pull:
		return h.pull(ctx, s, peer, m)
	case syncproto.Renew:
		return h.renew(ctx, peer, m)
	case syncproto.AskNeighbours:
		return h.neighbours(ctx, s, peer)
	case syncproto.Passed:
		return h.relay(ctx, s, peer, m)
	case syncproto.AskOpenings:
		return h.openings(ctx, s, peer, m)
	case syncproto.AskBooking:
		return h.book(ctx, s, peer, m)
	case syncproto.AskStandby:
		return h.standby(ctx, s, peer, m)
	case syncproto.AskStock:
		return h.stock(ctx, s, peer, m)
	default:
		return nil, fmt.Errorf("%w: message %d is not for central", syncproto.ErrMalformed, m.Kind())
	}
}

func (h *Hub) hello(ctx context.Context, s *session, peer fleet.Peer, m syncproto.Hello) ([]byte, error) {
	if m.Device != peer.ID || m.Epoch != peer.Epoch {
		return nil, fmt.Errorf("%w: a hello of device %s, epoch %d", syncproto.ErrMalformed, m.Device, m.Epoch)
	}
	acked, head, err := h.cfg.Engine.Stream(ctx, peer.ID, peer.Epoch)
	if err != nil {
		return nil, err
	}
	if acked > m.MaxSeq { // its disk is older than what it sent: what it makes next would be numbered twice
		err := fmt.Errorf("%w: it made %d events, and %d are here", booking.ErrFork, m.MaxSeq, acked)
		return nil, errors.Join(err, h.cfg.Fleet.Fence(ctx, peer.ID))
	}
	s.version = min(m.MaxVersion, syncproto.Version)
	if s.version < max(m.MinVersion, syncproto.Oldest) {
		s.version = 0
	}
	s.greeted = true
	same, err := h.same(ctx, peer.Site, m)
	if err != nil {
		return nil, err
	}
	if err := h.cfg.Fleet.Greeted(ctx, m, s.version, acked, same); err != nil {
		return nil, err
	}
	if s.version == 0 {
		return nil, syncproto.Problem{Code: syncproto.ProblemVersion}
	}
	if s.floor, err = h.cfg.Engine.Floor(ctx, peer.Site); err != nil {
		return nil, err
	}
	return syncproto.Encode(syncproto.Welcome{
		Version: s.version, History: h.cfg.Engine.History(), Time: h.cfg.Now().UnixMilli(), Site: peer.Site,
		SiteSeq: h.cfg.Engine.SiteSeq(peer.Site), MinSeq: s.floor, AckedSeq: acked, ChainHead: head, Expires: peer.Expires,
	})
}

// same says whether a device that is at the end of the feed holds what it must; nil
// when it is not there, or it cannot be told.
func (h *Hub) same(ctx context.Context, site string, m syncproto.Hello) (*bool, error) {
	if len(m.Digest) == 0 || m.History != h.cfg.Engine.History() || m.Cursor != h.cfg.Engine.SiteSeq(site) {
		return nil, nil
	}
	seq, digest, err := h.cfg.Engine.Digest(ctx, site, syncproto.HelloDay(m.Wall))
	if err != nil || seq != m.Cursor || digest == nil {
		return nil, err
	}
	same := bytes.Equal(digest, m.Digest)
	return &same, nil
}

// farewell takes what a revoked device had not handed in yet, into quarantine, and
// tells it nothing.
func (h *Hub) farewell(ctx context.Context, s *session, peer fleet.Peer, m syncproto.Message) ([]byte, error) {
	push, ok := m.(syncproto.Push)
	if ok && s.revoked {
		return h.push(ctx, s, peer, push)
	}
	_, s.revoked = m.(syncproto.Hello)
	return nil, syncproto.Problem{Code: syncproto.ProblemRevoked}
}

// push takes events in, also from a device that has to be upgraded or whose
// grant has ended.
func (h *Hub) push(ctx context.Context, s *session, peer fleet.Peer, m syncproto.Push) ([]byte, error) {
	ack, err := h.receive(ctx, peer, m)
	if err != nil {
		return nil, err
	}
	if err := h.cfg.Fleet.Pushed(ctx, peer.ID, m.Status, ack.AckedSeq); err != nil {
		h.cfg.Log.Error("hub", "device", peer.ID, "error", err) // the events are durable all the same
	}
	return syncproto.Encode(ack.For(s.version))
}

// receive takes the events of a push in, once it is sure whose they are.
func (h *Hub) receive(ctx context.Context, peer fleet.Peer, m syncproto.Push) (ack syncproto.Ack, err error) {
	if m.Device != peer.ID || m.Epoch != peer.Epoch {
		return ack, fmt.Errorf("%w: a push of device %s, epoch %d", syncproto.ErrMalformed, m.Device, m.Epoch)
	}
	links, err := syncproto.VerifyLinks(m, peer.Sign)
	if err != nil {
		return ack, err
	}
	batch := batchOf(peer)
	batch.Ops, batch.Previous = m.Ops, m.Previous
	for i := range links {
		batch.Hashes = append(batch.Hashes, links[i][:])
	}
	return h.received(ctx, peer.ID, batch)
}

func (h *Hub) pull(ctx context.Context, s *session, peer fleet.Peer, m syncproto.Pull) ([]byte, error) {
	if s.version == 0 {
		return nil, syncproto.Problem{Code: syncproto.ProblemVersion}
	}
	if peer.Expired {
		return nil, syncproto.Problem{Code: syncproto.ProblemRevoked}
	}
	if err := h.enter(ctx); err != nil {
		return nil, err
	}
	defer func() { <-h.pulls }()
	if err := h.leases(ctx, peer, m); err != nil {
		return nil, err
	}
	ask := booking.FeedRequest{
		Site: peer.Site, Device: peer.ID, Epoch: peer.Epoch, Cursor: m.Cursor, First: firstDay(m.First, clinic.DateOf(h.cfg.Now())), Limit: m.Limit,
		Digest: m.First, Buckets: m.Buckets, Only: m.Only, Whole: m.Whole,
	}
	var heads []syncproto.Head // as central has them before the page
	if m.Checkpoint != nil && *m.Checkpoint != h.cfg.Engine.SiteSeq(peer.Site) {
		var err error
		if heads, ask.Roots, err = h.heads(ctx, peer.Site); err != nil {
			return nil, err
		}
	}
	for ; ; ask.Limit /= 2 {
		part, err := h.cfg.Engine.Feed(ctx, ask)
		if err != nil {
			return nil, err
		}
		if m.Only == nil && m.Cursor < part.Floor && s.floor < part.Floor { // purged since the welcome, which has to say so
			return nil, syncproto.Problem{Code: syncproto.ProblemGap}
		}
		answer := syncproto.Page{
			Rows: part.Rows, Next: part.Next, More: part.More, AckedSeq: part.Acked, Digest: part.Digest, Buckets: part.Buckets,
			History: h.cfg.Engine.History(), Time: h.cfg.Now().UnixMilli(), Own: part.Own,
		}
		tell := m.Only == nil && !part.More && !(s.told && slices.Equal(s.leases, part.Leases))
		if tell {
			answer.Leases = &part.Leases
		}
		answer.Checkpoint = h.checkpoint(peer.Site, heads, part)
		page, err := syncproto.Encode(answer)
		if errors.Is(err, syncproto.ErrTooLarge) && ask.Limit > 1 {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("page of %d rows: %v", len(part.Rows), err) // ours, so not the device's malformed
		}
		if m.Only != nil {
			return page, nil
		}
		if tell {
			s.told, s.leases = true, part.Leases
		}
		if err := h.cfg.Fleet.Pulled(ctx, peer.ID, m, part.Next, part.More, part.Acked); err != nil {
			h.cfg.Log.Error("hub", "device", peer.ID, "error", err)
		}
		return page, nil
	}
}

// enter waits for a place among the pulls at work. When a whole city comes back
// at once it is quicker to stand in line than to be sent away and ask again.
func (h *Hub) enter(ctx context.Context) error {
	timer := time.NewTimer(inLine)
	defer timer.Stop()
	select {
	case h.pulls <- struct{}{}:
		return nil
	case <-timer.C:
		return syncproto.Problem{Code: syncproto.ProblemBusy, RetryAfter: afterBusy}
	case <-ctx.Done():
		return ctx.Err()
	}
}

// leases gives out and takes back what a device asks for. Where there is nothing to
// give the lease is not among those that the page tells of.
func (h *Hub) leases(ctx context.Context, peer fleet.Peer, m syncproto.Pull) error {
	var refusal *clinic.Refusal
	for _, id := range m.Returns {
		if _, err := h.cfg.Engine.ReturnLease(ctx, peer.ID, id); err != nil && (!errors.As(err, &refusal) || refusal.Code == clinic.RefusedBusy) {
			return err
		}
	}
	for _, w := range m.Wishes {
		r := booking.LeaseRequest{ID: w.ID, Site: peer.Site, Device: peer.ID, Slot: w.Slot, Places: w.Places}
		if _, err := h.cfg.Engine.Lease(ctx, r); err != nil && (!errors.As(err, &refusal) || refusal.Code == clinic.RefusedBusy) {
			return err
		}
	}
	return nil
}

// firstDay judges the first day a device asks for by central's calendar: a
// device whose clock is ahead would skip bookings for ever, and one whose clock
// is behind would bring back months.
func firstDay(asked syncproto.Day, today clinic.Date) clinic.Date {
	first := syncproto.DayOf(today.AddDays(-usualDays))
	if asked < first {
		first = max(asked, syncproto.DayOf(today.AddDays(-mostDays)))
	}
	return first.Date()
}
