package selfservice

import (
	"errors"

	"ezhitong.tw/drivers/escpos"
)

// PrintAgain prints the slip once more.
func (m *Model) PrintAgain() Order {
	m.touch()
	if m.Page != Ticket || !m.Printer || m.Slip == Printing {
		return Order{}
	}
	m.Slip, m.left = Printing, ticketTicks
	return Order{Task: PrintSlip, Receipt: m.Receipt}
}

// SlipPrinted takes the answer to a PrintSlip order.
func (m *Model) SlipPrinted(err error) {
	m.Slip = Printed
	if err != nil {
		m.Slip, m.SlipWhy = NotPrinted, trouble(err)
	}
}

// trouble gives the key of what people are told about a slip that did not come.
func trouble(err error) string {
	switch {
	case errors.Is(err, escpos.ErrPaperEnd):
		return "kiosk.not_printed.paper"
	case errors.Is(err, escpos.ErrCoverOpen):
		return "kiosk.not_printed.cover"
	}
	return "kiosk.not_printed"
}
