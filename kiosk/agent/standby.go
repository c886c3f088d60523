package agent

import (
	"context"
	"errors"

	"ezhitong.tw/syncproto"
)

// standby brings a desk the list of who waits for a place of today: once in a session,
// and while there is one in every round, since others of the site offer from it too.
// Whoever waits has to be known before the line breaks.
func (a *Agent) standby(ctx context.Context) error {
	s := a.session
	if s.noLists || s.version < (syncproto.AskStandby{}).Needs() || s.self.Grant.Role != syncproto.RoleDesk {
		return nil
	}
	due, err := a.cfg.Replica.StandbyDue(ctx)
	if err != nil || !due && s.standby {
		return err
	}
	have, err := a.cfg.Replica.StandbyHave(ctx)
	if err != nil {
		return err
	}
	list, err := call[syncproto.Standby](ctx, a, s, syncproto.AskStandby{Have: have})
	if errors.Is(err, syncproto.Problem{Code: syncproto.ProblemMalformed}) { // of the same version, and before there were lists
		s.noLists = true
		return nil
	}
	if err != nil {
		return err
	}
	s.standby = true
	return a.cfg.Replica.TakeStandby(ctx, list)
}
