package hub

import (
	"context"

	"ezhitong.tw/central/fleet"
	"ezhitong.tw/syncproto"
)

// renew answers what became of the device's grant and of central's keys.
func (h *Hub) renew(ctx context.Context, peer fleet.Peer, m syncproto.Renew) ([]byte, error) {
	r, err := h.cfg.Fleet.Renew(ctx, peer.ID, m)
	if err != nil {
		return nil, err
	}
	return syncproto.Encode(r)
}
