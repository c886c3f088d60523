package selfservice

import "ezhitong.tw/assets/i18n"

// Tick is one second. It reports whether anything changed, and may order a
// reminder.
func (m *Model) Tick() (order Order, changed bool) {
	switch {
	case m.Busy:
		return Order{}, false
	case m.Asking:
		if m.left--; m.left <= 0 {
			m.Leave()
		}
		return Order{}, m.left <= 0
	}
	switch m.Page {
	case TakeCard:
		return m.remind()
	case Ticket, Appointed:
		if m.left--; m.left <= 0 {
			m.Leave()
			return Order{}, true
		}
		return Order{}, false
	case Home:
		if m.quiet++; m.quiet >= quietTicks && (m.Contrast || m.Locale != i18n.Default) {
			m.home()
			return Order{}, true
		}
		return Order{}, false
	}
	patience := quietTicks
	if m.Page == Gate && m.Staff.codeWanted() {
		patience = callTicks
	}
	if m.quiet++; m.quiet >= patience {
		m.Asking, m.left = true, askTicks
		return Order{}, true
	}
	return Order{}, false
}

// remind rings while a card is still in: often at first, and once in a while when
// it was left behind, until the desk has it.
func (m *Model) remind() (Order, bool) {
	m.quiet++
	left := m.quiet >= leftTicks
	changed := left != m.Left
	m.Left = left
	if every := ringTicks; !left && m.quiet%every == 1 || left && m.quiet%leftTicks == 0 {
		return Order{Task: RingRemind}, changed
	}
	return Order{}, changed
}
