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

// checkpoint is which one of the base the device holds, so that central tells the next
// for the others; nil where there is nobody to hand rows to.
func (a *Agent) checkpoint(ctx context.Context) (*int64, error) {
	if !a.cfg.LAN || a.session.version < (syncproto.AskCheckpoint{}).Needs() {
		return nil, nil
	}
	n, err := a.cfg.Replica.Neighbours(ctx)
	if err != nil || len(n.Key) == 0 {
		return nil, err
	}
	c, err := a.cfg.Replica.Checkpoint(ctx)
	if err != nil || c == nil {
		return new(int64), err
	}
	return &c.Seq, nil
}

// carry brings central what other devices passed on and central does not have, as they
// signed it: their own line may be down for long, or they were shut out because they are
// gone. What central leaves, it leaves.
func (a *Agent) carry(ctx context.Context, n syncproto.Neighbours) error {
	if err := a.cfg.Replica.BringBack(ctx, n); err != nil {
		return err
	}
	var ask syncproto.Heads
	for _, d := range n.Devices {
		if d.Device != a.session.self.Grant.Device {
			ask.Heads = append(ask.Heads, syncproto.Head{Device: d.Device, Epoch: d.Epoch, Seq: d.Acked})
		}
	}
	for {
		passed, err := a.cfg.Replica.PassOn(ctx, ask)
		if err != nil || len(passed.Events) == 0 {
			return err
		}
		there, err := call[syncproto.Heads](ctx, a, a.session, passed)
		if err != nil {
			return err
		}
		moved := false
		for _, at := range there.Heads {
			for i := range ask.Heads {
				if h := &ask.Heads[i]; h.Device == at.Device && h.Epoch == at.Epoch && at.Seq > h.Seq {
					h.Seq, moved = at.Seq, true
				}
			}
		}
		if !moved || !passed.More {
			a.cfg.Log.Info("carried others' events", "events", len(passed.Events), "taken", moved)
			return nil
		}
	}
}
