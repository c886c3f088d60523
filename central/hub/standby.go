package hub

import (
	"bytes"
	"context"
	"strconv"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/fleet"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// standby tells a desk who waits for a place of today at its site, in the drawn order.
// A kiosk is told of nobody.
func (h *Hub) standby(ctx context.Context, s *session, peer fleet.Peer, m syncproto.AskStandby) ([]byte, error) {
	switch {
	case s.version < m.Needs():
		return nil, syncproto.Problem{Code: syncproto.ProblemVersion}
	case peer.Expired:
		return nil, syncproto.Problem{Code: syncproto.ProblemRevoked}
	}
	answer := syncproto.Standby{Day: syncproto.DayOf(clinic.DateOf(h.cfg.Now()))}
	if peer.Role == syncproto.RoleDesk {
		list, err := h.cfg.Engine.Leftovers(ctx, peer.Site, syncproto.MaxStandby)
		if err != nil {
			return nil, err
		}
		for _, l := range list {
			p := l.Person
			answer.Entries = append(answer.Entries, syncproto.StandbyEntry{
				ID: l.ID, Slot: l.Slot, Dose: l.Dose, IDNumber: p.ID.Reveal(), Name: p.Name.Reveal(), Birth: syncproto.DayOf(p.Birth.Reveal()),
				Mobile: p.Mobile.Reveal(), Landline: p.Landline.Reveal(), Guardian: p.Guardian.Reveal(), Created: l.Created, Answers: l.Answers,
			})
		}
	}
	if bytes.Equal(answer.Hash(), m.Have) {
		return syncproto.Encode(syncproto.Standby{Day: answer.Day, Same: true})
	}
	if len(answer.Entries) > 0 { // people's names and numbers leave the house
		note := booking.Note{Actor: "device " + peer.ID.String(), Action: "read_standby", Object: peer.Site, Detail: strconv.Itoa(len(answer.Entries))}
		if err := h.cfg.Engine.Audit(ctx, note); err != nil {
			return nil, err
		}
	}
	return syncproto.Encode(answer)
}
