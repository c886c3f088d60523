package agent

import (
	"context"
	"errors"
	"fmt"

	"ezhitong.tw/syncproto"
)

// stock brings a desk what was written of its site's vaccine: once in a session, when
// the day has changed, and when the base went over a number that no row is known to have,
// for a line of the stock has a number and no row. Of rows that a neighbour brought
// nobody knows.
func (a *Agent) stock(ctx context.Context) error {
	s := a.session
	if s.noStock || s.version < (syncproto.AskStock{}).Needs() || s.self.Grant.Role != syncproto.RoleDesk {
		return nil
	}
	at, err := a.cfg.Replica.Position(ctx)
	if err != nil {
		return err
	}
	due, err := a.cfg.Replica.StockDue(ctx)
	if err != nil || !due && s.stocked == at.Cursor {
		return err
	}
	for {
		ask, err := a.cfg.Replica.StockHave(ctx)
		if err != nil {
			return err
		}
		told, err := call[syncproto.Stock](ctx, a, s, ask)
		if errors.Is(err, syncproto.Problem{Code: syncproto.ProblemMalformed}) { // of the same version, and before there was one
			s.noStock = true
			return nil
		}
		if err != nil {
			return err
		}
		if told.Next < ask.After || told.More && told.Next == ask.After {
			return fmt.Errorf("central's lines end at %d, after %d", told.Next, ask.After)
		}
		if err := a.cfg.Replica.TakeStock(ctx, told); err != nil {
			return err
		}
		if !told.More {
			s.stocked = at.Cursor
			return nil
		}
	}
}

// skips reports whether a page that was asked for after a cursor goes over numbers that
// none of what it brings has.
func skips(cursor int64, page syncproto.Page) bool {
	told := int64(len(page.Rows))
	for _, run := range page.Own {
		told += max(0, run.Seq+int64(run.More)-max(cursor, run.Seq-1))
	}
	return page.Next-cursor > told
}
