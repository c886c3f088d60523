package reception

import (
	"time"

	"ezhitong.tw/clinic"
)

// HelpCall is that somebody at another device of the site wants a person.
type HelpCall struct {
	Device clinic.ID
	Letter string // of its queue numbers, by which people know it
	Since  time.Time
}
