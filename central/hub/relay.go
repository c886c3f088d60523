package hub

import (
	"bytes"
	"context"
	"errors"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/fleet"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// relay takes in events that a device brings of others of its site, each signed by the
// device that made it, as if that had pushed them; and says how far central is with
// each of those now. What is not right of one device is left, with what follows it,
// and holds up no other: the one that brings it cannot mend it.
func (h *Hub) relay(ctx context.Context, s *session, peer fleet.Peer, m syncproto.Passed) ([]byte, error) {
	if s.version < m.Needs() {
		return nil, syncproto.Problem{Code: syncproto.ProblemVersion}
	}
	if peer.Expired {
		return nil, syncproto.Problem{Code: syncproto.ProblemRevoked}
	}
	if on, err := h.cfg.Fleet.LAN(ctx, peer.Site); err != nil || !on {
		return nil, errors.Join(err, syncproto.Problem{Code: syncproto.ProblemMalformed})
	}
	var heads syncproto.Heads
	for len(m.Events) > 0 {
		run := runOf(m.Events)
		m.Events = m.Events[len(run):]
		maker, err := h.neighbour(peer, run[0])
		if err == nil {
			err = h.carry(ctx, maker, run)
		}
		switch {
		case errors.Is(err, syncproto.ErrSignature), errors.Is(err, syncproto.ErrMalformed), errors.Is(err, booking.ErrGap), errors.Is(err, booking.ErrFork):
			h.cfg.Log.Warn("an event that was carried is left", "by", peer.ID, "device", run[0].Device, "error", err)
		case err != nil:
			return nil, err
		}
		if maker.ID.IsZero() {
			continue
		}
		acked, _, err := h.cfg.Engine.Stream(ctx, maker.ID, maker.Epoch)
		if err != nil {
			return nil, err
		}
		heads.Heads = append(heads.Heads, syncproto.Head{Device: maker.ID, Epoch: maker.Epoch, Seq: acked})
	}
	return syncproto.Encode(heads)
}

// runOf is how many of the first events are of one device.
func runOf(events []syncproto.Push) []syncproto.Push {
	n := 1
	for n < len(events) && events[n].Device == events[0].Device && events[n].Epoch == events[0].Epoch {
		n++
	}
	return events[:n]
}

// neighbour finds the device that made an event: another one of the site.
func (h *Hub) neighbour(peer fleet.Peer, p syncproto.Push) (fleet.Peer, error) {
	maker, known, err := h.cfg.Fleet.Peer(p.Device)
	switch {
	case err != nil:
		return fleet.Peer{}, err
	case !known, maker.Site != peer.Site, maker.ID == peer.ID, maker.Epoch != p.Epoch, mayNotSpeak(maker) != nil:
		return fleet.Peer{}, syncproto.ErrMalformed
	}
	return maker, nil
}

// carry takes events of one device in, those that follow each other in one batch.
func (h *Hub) carry(ctx context.Context, maker fleet.Peer, run []syncproto.Push) error {
	batch := batchOf(maker)
	for _, p := range run {
		links, err := syncproto.VerifyLinks(p, maker.Sign)
		if err != nil {
			return errors.Join(h.takeIn(ctx, maker, batch), err)
		}
		op := p.Ops[0]
		if n := len(batch.Ops); n > 0 && (op.Seq != batch.Ops[n-1].Seq+1 || !bytes.Equal(p.Previous, batch.Hashes[n-1])) {
			if err := h.takeIn(ctx, maker, batch); err != nil {
				return err
			}
			batch = batchOf(maker)
		}
		if len(batch.Ops) == 0 {
			batch.Previous = p.Previous
		}
		batch.Ops, batch.Hashes = append(batch.Ops, op), append(batch.Hashes, links[0][:])
	}
	return h.takeIn(ctx, maker, batch)
}

func batchOf(maker fleet.Peer) booking.Batch {
	return booking.Batch{Site: maker.Site, Device: maker.ID, Epoch: maker.Epoch, Kiosk: maker.Role == syncproto.RoleKiosk, Quarantine: maker.Revoked}
}

func (h *Hub) takeIn(ctx context.Context, maker fleet.Peer, batch booking.Batch) error {
	if len(batch.Ops) == 0 {
		return nil
	}
	_, err := h.received(ctx, maker.ID, batch)
	return err
}

// received stores a batch and fences the device that signed two events with one number.
func (h *Hub) received(ctx context.Context, device clinic.ID, batch booking.Batch) (syncproto.Ack, error) {
	ack, err := h.cfg.Engine.Receive(ctx, batch)
	if errors.Is(err, booking.ErrFork) {
		err = errors.Join(err, h.cfg.Fleet.Fence(ctx, device))
	}
	return ack, err
}
