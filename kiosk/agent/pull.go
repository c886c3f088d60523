package agent

import (
	"bytes"
	"context"
	"fmt"

	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
)

// pull brings what is new, and then makes sure that the base is central's: their
// digests are the same. Days that differ are fetched anew, once in a round; what
// differs after that is told to central, and tried again in the next round.
func (a *Agent) pull(ctx context.Context) error {
	defer a.cfg.Replica.HoldBase()()
	if err := a.ahead(ctx); err != nil {
		return fmt.Errorf("bring today ahead: %w", err)
	}
	errands, err := a.cfg.Replica.Errands(ctx)
	if err != nil {
		return err
	}
	page, err := a.drain(ctx, false, errands)
	if err != nil {
		return err
	}
	if err := a.cfg.Replica.Answered(ctx, errands.Wishes); err != nil {
		return err
	}
	same, err := a.same(ctx, page)
	if err != nil || same {
		return err
	}
	a.cfg.Log.Warn("the rows are not central's", "cursor", page.next)
	if page, err = a.drain(ctx, true, replica.Errands{}); err != nil {
		return err
	}
	if err := a.mend(ctx, page); err != nil {
		return fmt.Errorf("mend: %w", err)
	}
	if page, err = a.drain(ctx, false, replica.Errands{}); err != nil {
		return err
	}
	if same, err = a.same(ctx, page); err == nil && !same {
		a.cfg.Log.Error("the rows are still not central's", "cursor", page.next)
	}
	return err
}

// ahead brings the site's programmes and the rows of today before all others, where the
// base is told from its first row on. Rows are told in the order of their numbers, and a
// slot's row has a later one than those of its bookings: who stands in the queue would be
// found when the last of them has come.
func (a *Agent) ahead(ctx context.Context) error {
	for _, day := range []syncproto.Day{syncproto.NoDay, syncproto.DayOf(a.cfg.Replica.Today())} {
		for {
			cursor, wanted, err := a.cfg.Replica.Ahead(ctx, day)
			if err != nil {
				return err
			}
			if !wanted {
				break
			}
			page, err := a.bucket(ctx, day, cursor)
			if err != nil {
				return err
			}
			if err := a.cfg.Replica.ApplyAhead(ctx, day, page); err != nil {
				return err
			}
		}
	}
	return nil
}

// end is what central said of the base at the end of a pull.
type end struct {
	first   syncproto.Day
	next    int64
	digest  []byte // none where it could not tell
	buckets []syncproto.Bucket
}

// drain pulls until nothing is left. When buckets are wanted, the last page brings
// their digests.
func (a *Agent) drain(ctx context.Context, buckets bool, errands replica.Errands) (end, error) {
	for {
		at, err := a.cfg.Replica.Position(ctx)
		if err != nil {
			return end{}, err
		}
		ask := syncproto.Pull{Cursor: at.Cursor, First: a.first(), Limit: syncproto.MaxPageRows, Buckets: buckets, Wishes: errands.Wishes, Returns: errands.Returns}
		if a.session.version > 2 {
			ask.Whole = at.Whole
		}
		if ask.Checkpoint, err = a.checkpoint(ctx); err != nil {
			return end{}, err
		}
		page, err := a.ask(ctx, ask)
		if err != nil {
			return end{}, err
		}
		if page.Next < at.Cursor || page.More && page.Next == at.Cursor {
			return end{}, fmt.Errorf("central's page ends at %d, before the cursor %d", page.Next, at.Cursor)
		}
		if page.Next != at.Cursor || len(page.Rows) > 0 || page.Leases != nil || page.Checkpoint != nil || !page.More && at.Whole != page.Next {
			if err := a.cfg.Replica.Apply(ctx, page); err != nil {
				return end{}, err
			}
		} else {
			a.cfg.Replica.Contact(page.Time)
		}
		if a.session.stocked == at.Cursor && !skips(at.Cursor, page) {
			a.session.stocked = page.Next
		}
		a.behind, a.cursor = 0, page.Next
		if !page.More {
			return end{ask.First, page.Next, page.Digest, page.Buckets}, nil
		}
		a.behind = int64(len(page.Rows))
		if a.serve(ctx); a.session == nil {
			return end{}, fmt.Errorf("%w: the session ended with a question", ErrUnreachable)
		}
	}
}

// first is the first day that is kept up to date.
func (a *Agent) first() syncproto.Day { return syncproto.DayOf(a.cfg.Replica.Today().AddDays(-1)) }

func (a *Agent) ask(ctx context.Context, m syncproto.Pull) (syncproto.Page, error) {
	var err error
	if m.Status, _, err = a.status(ctx); err != nil {
		return syncproto.Page{}, err
	}
	return call[syncproto.Page](ctx, a, a.session, m)
}

// same compares the base with what central says of it; it is the same as long as
// central cannot tell.
func (a *Agent) same(ctx context.Context, at end) (bool, error) {
	if len(at.digest) == 0 {
		return true, nil
	}
	mine, err := a.cfg.Replica.Buckets(ctx, at.first)
	if err != nil {
		return false, err
	}
	sum := syncproto.SumOf(mine)
	a.diverged = !bytes.Equal(sum[:], at.digest)
	return !a.diverged, nil
}

// mend fetches the buckets that differ, each whole.
func (a *Agent) mend(ctx context.Context, at end) error {
	mine, err := a.cfg.Replica.Buckets(ctx, at.first)
	if err != nil {
		return err
	}
	for _, day := range syncproto.Differing(mine, at.buckets) {
		var rows []syncproto.Row
		for cursor, more := int64(0), true; more; {
			page, err := a.bucket(ctx, day, cursor)
			if err != nil {
				return err
			}
			rows, cursor, more = append(rows, page.Rows...), page.Next, page.More
		}
		if err := a.cfg.Replica.Replace(ctx, day, rows); err != nil {
			return err
		}
		a.cfg.Log.Info("mended", "day", day.Date(), "rows", len(rows))
	}
	return nil
}

// bucket asks for the rows of a bucket after a cursor.
func (a *Agent) bucket(ctx context.Context, day syncproto.Day, cursor int64) (syncproto.Page, error) {
	page, err := a.ask(ctx, syncproto.Pull{Cursor: cursor, First: a.first(), Limit: syncproto.MaxPageRows, Only: &day})
	if err == nil && page.More && page.Next <= cursor {
		err = fmt.Errorf("central's page of day %d ends at %d, where it began", day, page.Next)
	}
	return page, err
}
