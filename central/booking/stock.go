package booking

import (
	"context"
	"fmt"
	"math"
	"slices"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// isStock reports whether an op of kind StockMoved tells something of a lot.
func isStock(op *syncproto.Op) bool {
	_, err := clinic.ParseStockMove(op.Reason)
	return err == nil && clinic.LotNumber(op.Lot) != ""
}

// stockMoved takes a line of a site's stock, or what takes one back. It is about no
// booking; its number has the site's other desks ask for it.
func (b *batch) stockMoved(e *store.Event) {
	if s := b.sites[e.Site]; s != nil {
		e.Stamp = s.next(b)
	}
}

// StockLines are lines of a site's stock as central tells them on. Next is the number of
// the last one; More says that others follow.
type StockLines struct {
	Lines []syncproto.EventRow
	Next  int64
	More  bool
}

// StockAfter lists at most limit lines of a site's stock with numbers after one, in
// their order.
func (e *Engine) StockAfter(ctx context.Context, site string, after int64, limit int) (StockLines, error) {
	out := StockLines{Next: after}
	rows, err := store.StockEvents(ctx, e.store.Reader(), site, after, limit+1)
	if err != nil {
		return out, err
	}
	if len(rows) > limit {
		rows, out.More = rows[:limit], true
	}
	for i := range rows {
		r := &rows[i]
		if r.Op.Reason, err = e.reason(r); err != nil {
			return out, fmt.Errorf("stock of site %s: %w", site, err)
		}
		out.Lines, out.Next = append(out.Lines, syncproto.EventRow{Device: r.Device, Epoch: r.Epoch, Op: r.Op}), r.Stamp
	}
	return out, nil
}

// DosesBefore counts the doses of each lot that were given at a site on days before one.
func (e *Engine) DosesBefore(ctx context.Context, site string, day clinic.Date) (map[string]int, error) {
	doses, err := store.DosesOfSite(ctx, e.store.Reader(), site, day)
	return byLot(doses), err
}

// endOfDays is a day before which all doses were given.
var endOfDays = clinic.Date{Year: 9999, Month: 12, Day: 31}

// SitesWithStock lists the sites of a scope whose desks wrote of vaccine, in the
// catalogue's order: of a lot, or of any.
func (e *Engine) SitesWithStock(ctx context.Context, scope Scope, lot string) ([]clinic.Site, error) {
	codes, err := store.SitesWithStock(ctx, e.store.Reader(), clinic.LotNumber(lot))
	var out []clinic.Site
	for _, s := range e.Catalogue().Sites {
		if scope.Covers(s) && slices.Contains(codes, s.Code) {
			out = append(out, s)
		}
	}
	return out, err
}

// StockOf gives how the lots of a site stand.
func (e *Engine) StockOf(ctx context.Context, site string) (lots []clinic.StockLot, err error) {
	err = e.store.Read(ctx, func(q store.Querier) error {
		rows, err := store.StockEvents(ctx, q, site, 0, math.MaxInt32)
		if err != nil {
			return err
		}
		doses, err := store.DosesOfSite(ctx, q, site, endOfDays)
		if err != nil {
			return err
		}
		events := make([]clinic.Event, len(rows))
		for i := range rows {
			events[i] = rows[i].Fact()
			if events[i].Reason, err = e.reason(&rows[i]); err != nil {
				return err
			}
		}
		lots = clinic.Stock(events, byLot(doses))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("stock of site %s: %w", site, err)
	}
	return lots, nil
}

func byLot(doses []store.LotDoses) map[string]int {
	out := make(map[string]int, len(doses))
	for _, d := range doses {
		out[d.Number] = d.Doses
	}
	return out
}
