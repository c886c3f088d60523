package hub

import (
	"fmt"
	"time"

	"ezhitong.tw/clinic"
)

// Talking adds so many sessions of a device that have carried a message, as if they
// were of as many devices, and gives their ids.
func (h *Hub) Talking(device clinic.ID, n int, now time.Time) []string {
	h.sessions.mu.Lock()
	defer h.sessions.mu.Unlock()
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%032d", i)
		s := &session{id: ids[i], device: device, opened: now, proven: true, ended: make(chan struct{})}
		h.sessions.byID[s.id] = s
		h.sessions.order = append(h.sessions.order, s)
	}
	return ids
}
