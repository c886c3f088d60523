package replica

import "time"

// State is how this copy stands with central, as far as the device can tell.
type State string

// The states a device can tell of itself.
const (
	Live    State = "live"
	Lagging State = "lagging" // connected, rows still to come
	Offline State = "offline"
	Stuck   State = "stuck" // connected, but events are not acknowledged
	Revoked State = "revoked"
	Upgrade State = "upgrade"
	Locked  State = "locked" // the grant ended before central was heard again
)

// Standing is the sync state in figures.
type Standing struct {
	State   State
	Pending int       // own events that central has not acknowledged
	Behind  int64     // rows that central has and we have not, where known
	Since   time.Time // when State began
	Open    time.Time // until when a manager has opened a locked device for checking in; zero where none has
	Last    time.Time // last contact with central; zero if never
}
