package hub

import (
	"context"
	"maps"
	"slices"

	"ezhitong.tw/central/fleet"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// stock tells a desk what was written of its site's vaccine, and how many doses were given
// before the days that the desk counts itself. A kiosk is told nothing.
func (h *Hub) stock(ctx context.Context, s *session, peer fleet.Peer, m syncproto.AskStock) ([]byte, error) {
	switch {
	case s.version < m.Needs():
		return nil, syncproto.Problem{Code: syncproto.ProblemVersion}
	case peer.Expired:
		return nil, syncproto.Problem{Code: syncproto.ProblemRevoked}
	}
	day := clinic.DateOf(h.cfg.Now()).AddDays(-usualDays)
	answer := syncproto.Stock{Next: m.After, Day: syncproto.DayOf(day)}
	if peer.Role != syncproto.RoleDesk {
		return syncproto.Encode(answer)
	}
	page, err := h.cfg.Engine.StockAfter(ctx, peer.Site, m.After, syncproto.MaxStockLines)
	if err != nil {
		return nil, err
	}
	answer.Lines, answer.Next, answer.More = page.Lines, page.Next, page.More
	if m.Day != answer.Day {
		given, err := h.cfg.Engine.DosesBefore(ctx, peer.Site, day)
		if err != nil {
			return nil, err
		}
		for _, lot := range slices.Sorted(maps.Keys(given)) {
			answer.Given = append(answer.Given, syncproto.LotDoses{Lot: lot, Doses: given[lot]})
		}
	}
	return syncproto.Encode(answer)
}
