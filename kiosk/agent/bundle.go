package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
)

// ErrNothingWaits says that central has every event, as far as this device knows.
var ErrNothingWaits = errors.New("no event waits")

// Bundle seals everything that waits to central, for carrying by hand, and counts
// it. Nothing changes in the replica: what was carried waits until central itself
// says that it has it.
func Bundle(ctx context.Context, r *replica.Replica) (sealed []byte, events int, err error) {
	self, err := r.Identity(ctx)
	if err != nil {
		return nil, 0, err
	}
	out, err := r.Outbox(ctx, -1)
	if err != nil {
		return nil, 0, err
	}
	if len(out.Ops) == 0 {
		return nil, 0, ErrNothingWaits
	}
	link, err := syncproto.HashOf(out.Previous)
	if err != nil {
		return nil, 0, fmt.Errorf("read the chain: %w", err)
	}
	var pushes []syncproto.Push
	for ops := range slices.Chunk(out.Ops, syncproto.MaxPushOps) {
		p, err := signed(self, slices.Clone(link[:]), ops, syncproto.PullState{MaxSeq: out.Max})
		if err != nil {
			return nil, 0, err
		}
		pushes = append(pushes, p)
		link = syncproto.HashOps(link, ops)
	}
	sealed, err = syncproto.SealBundle(self.Central, pushes)
	return sealed, len(out.Ops), err
}
