package console

import (
	"context"
	"strings"

	"ezhitong.tw/central/fleet"
	"ezhitong.tw/clinic"
)

// ApproveRequest lets the device in that shows these five words, or turns it
// away.
type ApproveRequest struct {
	Words    string // with spaces
	TurnAway bool
}

// Asking asks the server that runs on a data folder which devices wait for a
// person.
func Asking(ctx context.Context, folder string) ([]fleet.Asking, error) {
	return call[[]fleet.Asking](ctx, folder, pathAsking, struct{}{})
}

// Approve asks the server that runs on a data folder to decide on a device. It
// gives the device that was meant.
func Approve(ctx context.Context, folder string, r ApproveRequest) (fleet.Asking, error) {
	return call[fleet.Asking](ctx, folder, pathApprove, r)
}

func (cfg Config) approve(ctx context.Context, r ApproveRequest) (fleet.Asking, error) {
	all, err := cfg.Devices.Asking(ctx)
	if err != nil {
		return fleet.Asking{}, err
	}
	words := strings.Join(strings.Fields(r.Words), " ")
	for _, d := range all {
		switch {
		case d.Words != words:
		case r.TurnAway:
			return d, cfg.Devices.TurnAway(ctx, actor, d.ID)
		default:
			return d, cfg.Devices.Approve(ctx, actor, d.ID)
		}
	}
	return fleet.Asking{}, clinic.Refuse(fleet.RefusedAsking)
}
