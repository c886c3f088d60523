package hub

import (
	"context"

	"ezhitong.tw/central/fleet"
	"ezhitong.tw/syncproto"
)

// neighbours tells a device which others its site has, and how far central got with
// the events of each.
func (h *Hub) neighbours(ctx context.Context, peer fleet.Peer) ([]byte, error) {
	n, err := h.cfg.Fleet.Neighbours(ctx, peer.Site)
	if err != nil {
		return nil, err
	}
	for i, d := range n.Devices {
		if n.Devices[i].Acked, _, err = h.cfg.Engine.Stream(ctx, d.Device, d.Epoch); err != nil {
			return nil, err
		}
	}
	return syncproto.Encode(n)
}
