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

// Receipt is what a receipt told this device.
type Receipt struct {
	Acked   uint64 // the last event that central has
	Waiting int    // events that wait still
	Look    int    // events that people at central look at
	Undone  int    // requests that central did not do
}

// TakeReceipt takes in what central wrote about a bundle: from then on those events
// wait no more. Its error wraps one of syncproto.OpenReceipt or of
// replica.TakeReceipt; nothing has changed then.
func TakeReceipt(ctx context.Context, r *replica.Replica, file []byte) (Receipt, error) {
	self, err := r.Identity(ctx)
	if err != nil {
		return Receipt{}, err
	}
	receipt, err := syncproto.OpenReceipt(self.Central, file)
	if err != nil {
		return Receipt{}, err
	}
	if err := r.TakeReceipt(ctx, receipt); err != nil {
		return Receipt{}, err
	}
	told := Receipt{Acked: receipt.Last().AckedSeq}
	for _, ack := range receipt.Acks {
		for _, v := range ack.Verdicts {
			switch v.Outcome {
			case syncproto.Flagged, syncproto.Parked:
				told.Look += 1 + v.More
			case syncproto.Rejected:
				told.Undone += 1 + v.More
			case syncproto.Accepted, syncproto.Duplicate:
			}
		}
	}
	out, err := r.Outbox(ctx, -1)
	told.Waiting = len(out.Ops)
	return told, err
}
