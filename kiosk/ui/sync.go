package ui

import (
	"strconv"

	"ezhitong.tw/kiosk/reception"
)

// SyncWords says in a few words how the device stands with central; the empty
// state is one that nobody has told yet.
func (l Look) SyncWords(link reception.Link) (tone Tone, icon, words string) {
	waiting := strconv.Itoa(link.Pending)
	switch link.State {
	case reception.LinkLive:
		return Done, "cloud", l.T("strip.live")
	case reception.LinkLagging:
		if link.Behind > 0 {
			return Notice, "sync", l.T("strip.lagging", "rows", strconv.FormatInt(link.Behind, 10))
		}
		return Notice, "sync", l.T("strip.catching_up")
	case reception.LinkStuck:
		return Alarm, "alert", l.T("strip.stuck", "waiting", waiting)
	case reception.LinkRevoked:
		return Alarm, "shield", l.T("strip.revoked")
	case reception.LinkLocked:
		return Alarm, "lock", l.T("strip.locked")
	case reception.LinkUpgrade:
		return Info, "upload", l.T("strip.upgrade")
	case reception.LinkOffline:
		if link.Pending == 0 {
			return Notice, "cloudoff", l.T("strip.offline_none")
		}
		return Notice, "cloudoff", l.T("strip.offline", "waiting", waiting)
	default:
		return Muted, "sync", l.T("strip.starting")
	}
}

// SyncStrip shows SyncWords, always in the same place of the top bar.
type SyncStrip struct {
	Chip *Chip // what is drawn
	look Look
}

// NewSyncStrip makes a strip that knows nothing yet.
func NewSyncStrip(l Look) *SyncStrip {
	tone, icon, words := l.SyncWords(reception.Link{})
	return &SyncStrip{Chip: NewChip(l, l.Sizes.Smallest, tone, icon, words), look: l}
}

// Tell tells the strip how the device stands.
func (s *SyncStrip) Tell(link reception.Link) {
	tone, icon, words := s.look.SyncWords(link)
	s.Chip.Set(tone, icon, words, false)
}
