package agent

import (
	"context"
	"time"

	"ezhitong.tw/syncproto"
)

// askNeighbours is how old the list of the site's devices may be; while the replica
// holds what others passed on it is asked for in every round, so that the base takes
// their place at once.
const askNeighbours = time.Minute

// neighbours asks central for the site's devices; nil where that is not due.
func (a *Agent) neighbours(ctx context.Context) (*syncproto.Neighbours, error) {
	ask := syncproto.AskNeighbours{}
	if !a.cfg.LAN || a.session.version < ask.Needs() {
		return nil, nil
	}
	now := a.cfg.Replica.Now()
	if !a.session.asked.IsZero() && now.Sub(a.session.asked).Abs() < askNeighbours {
		holds, err := a.cfg.Replica.HoldsPassed(ctx)
		if err != nil || !holds {
			return nil, err
		}
	}
	n, err := call[syncproto.Neighbours](ctx, a, a.session, ask)
	if err != nil {
		return nil, err
	}
	a.session.asked = now
	return &n, nil
}
