package fleet

import (
	"time"

	"ezhitong.tw/syncproto"
)

// State is how a device stands, as the monitor shows it. Its text is a
// translation key.
type State string

// The states, worst first.
const (
	Revoked State = "revoked" // its keys open nothing any more
	Fenced  State = "fenced"  // it told two stories under one number
	Upgrade State = "upgrade" // no protocol version in common
	Stuck   State = "stuck"   // in contact, but its events do not arrive
	// Diverged is a device at the end of the feed whose rows are not central's.
	Diverged State = "diverged"
	Stale    State = "stale"   // not heard of in opening hours
	Lagging  State = "lagging" // late, or behind
	Quiet    State = "quiet"   // not heard of, and the site is closed
	Live     State = "live"    // in contact and up to date
)

// The thresholds of the states.
const (
	connected = 2 * time.Minute  // a device heard of within this is in contact
	late      = 15 * time.Minute // and one silent for longer is Stale
	stuckFor  = 5 * time.Minute  // acknowledged number unchanged with events pending
)

// Facts is what a state is judged by. Instants are zero for never.
type Facts struct {
	Now     time.Time
	Open    bool          // in the site's opening hours
	Revoked bool          // by a person, or because the grant ended
	Fenced  bool          // after a fork
	Greeted bool          // at least one Hello was heard
	Version int           // agreed protocol version; 0 when the Hello found none
	Contact time.Time     // last exchange, or the enrolment before the first
	Pulled  time.Time     // when a pull last brought everything
	Moved   time.Time     // when the acknowledged number last rose, or nothing was pending
	MaxSeq  uint64        // last event made on the device
	Acked   uint64        // last event acknowledged
	Behind  int64         // numbers of the site's feed that the device has not got
	Oldest  time.Duration // age of the oldest pending event
	// Diverged says that its rows were not central's at the end of the feed.
	Diverged bool
}

// StateOf judges by the rules of the sync protocol, section 8 of its SPEC.md.
// The first that fits counts.
func StateOf(f Facts) State {
	silent := f.Now.Sub(f.Contact)
	pending := f.MaxSeq > f.Acked
	switch {
	case f.Revoked:
		return Revoked
	case f.Fenced:
		return Fenced
	case f.Greeted && f.Version < syncproto.Oldest:
		return Upgrade
	case silent < connected && pending && f.Now.Sub(f.Moved) >= stuckFor:
		return Stuck
	case silent < connected && f.Diverged:
		return Diverged
	case silent < connected && (f.Behind > 0 && f.Now.Sub(f.Pulled) >= connected || pending && f.Oldest >= connected):
		return Lagging
	case silent < connected:
		return Live
	case !f.Open:
		return Quiet
	case silent > late:
		return Stale
	default:
		return Lagging
	}
}
