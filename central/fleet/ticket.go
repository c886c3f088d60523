package fleet

import (
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// Ticket gives the text of a booking's QR code, which every device of the city
// can verify offline.
func (s *Secrets) Ticket(booking clinic.ID) string {
	return syncproto.SignTicket(booking, s.newest().sign)
}
