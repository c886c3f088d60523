package selfservice

import (
	"ezhitong.tw/drivers/scanner"
	"ezhitong.tw/kiosk/reception"
)

// Scanner is what is known of a code scanner here. One that types like a keyboard is
// known of only once it has read something.
type Scanner int

// What is known of a scanner.
const (
	ScannerUnknown Scanner = iota
	ScannerThere
	ScannerLost // the one on a serial line does not answer
)

// scanOnly tells whether people check in with a QR code alone: the reader does not answer,
// and there is a scanner.
func (m *Model) scanOnly() bool { return !m.shut() && m.Lost && m.Scanner == ScannerThere }

// Scanned takes what a scanner read or tells of itself. While somebody's card is in, or
// is being checked in, that person is served first. A reader that does not answer is no
// reason to turn a ticket away.
func (m *Model) Scanned(ev scanner.Event) Order {
	switch ev.Kind {
	case scanner.Ready, scanner.Scanned:
		m.Scanner = ScannerThere
	case scanner.Lost:
		m.Scanner = ScannerLost
	}
	if m.Busy || m.CardIn || m.shut() {
		return Order{}
	}
	switch ev.Kind {
	case scanner.Scanned:
		m.forget()
		m.show(Reading)
		return Order{Task: Scan, Seq: m.seq, Code: ev.Code}
	case scanner.Misread:
		m.forget()
		m.show(Ask)
		m.Finding.Code = reception.NotTicket
	}
	return Order{}
}
