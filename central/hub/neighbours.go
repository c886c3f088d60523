package hub

import (
	"context"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/fleet"
	"ezhitong.tw/syncproto"
)

// neighbours tells a device which others its site has, and how far central got with
// the events of each.
func (h *Hub) neighbours(ctx context.Context, s *session, peer fleet.Peer) ([]byte, error) {
	n, err := h.cfg.Fleet.Neighbours(ctx, peer.Site)
	if err != nil {
		return nil, err
	}
	for i, d := range n.Devices {
		if n.Devices[i].Acked, _, err = h.cfg.Engine.Stream(ctx, d.Device, d.Epoch); err != nil {
			return nil, err
		}
	}
	return syncproto.Encode(n.For(s.version))
}

// heads tells how far central has the events of each device of a site that has the
// help on; on says whether it has.
func (h *Hub) heads(ctx context.Context, site string) (heads []syncproto.Head, on bool, err error) {
	n, err := h.cfg.Fleet.Neighbours(ctx, site)
	if err != nil || len(n.Key) == 0 {
		return nil, false, err
	}
	for _, d := range n.Devices {
		acked, _, err := h.cfg.Engine.Stream(ctx, d.Device, d.Epoch)
		if err != nil {
			return nil, false, err
		}
		heads = append(heads, syncproto.Head{Device: d.Device, Epoch: d.Epoch, Seq: acked})
	}
	return heads, true, nil
}

// checkpoint signs what the rows of a page's site are at its end; nil where that cannot
// be told just now.
func (h *Hub) checkpoint(site string, heads []syncproto.Head, part booking.FeedPage) *syncproto.Checkpoint {
	if len(part.Roots) == 0 {
		return nil
	}
	c := syncproto.Checkpoint{
		Site: site, History: h.cfg.Engine.History(), Seq: part.Next, Time: h.cfg.Now().UnixMilli(), Buckets: part.Roots, Heads: heads,
	}
	h.cfg.Fleet.Secrets().SignCheckpoint(&c)
	return &c
}
