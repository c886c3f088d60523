// Package enrol is what a new device shows the first time: it asks for the code
// that central gave out, shows the five words that both sides compare, and goes
// away when the device is let in. Front desk and kiosk share it. Model is its
// state without any drawing; Screen draws it.
package enrol

import (
	"strings"

	"ezhitong.tw/syncproto"
)

// Step is how far the device has come.
type Step int

// The steps.
const (
	Typing    Step = iota // the code is asked for
	Reaching              // the code is on its way to central
	Comparing             // Words wait for a person at central
)

// The keys of what is told about the input; station.Explain gives those of what
// central says.
const (
	codeWrong    = "enrol.code_wrong"
	addressWrong = "enrol.address_wrong"
)

// Model is the state of the screen.
type Model struct {
	Step    Step
	Why     string // key of what was in the way the last time, empty for nothing
	Address string // of central, as the device has it
	Words   syncproto.Words
}

// Ask asks for a code, with the address at which central is looked for.
func (m *Model) Ask(why, address string) {
	m.Step, m.Why, m.Address, m.Words = Typing, why, address, syncproto.Words{}
}

// Compare shows the words.
func (m *Model) Compare(words syncproto.Words) {
	m.Step, m.Why, m.Words = Comparing, "", words
}

// Submit takes what was typed or scanned: a code, or the text of a QR code,
// which has central's address in it. It gives the invitation to try, or false
// where the input cannot be one; Why says what is wrong with it then.
func (m *Model) Submit(code, address string) (invitation string, ok bool) {
	if m.Step != Typing {
		return "", false
	}
	c, named, err := syncproto.ParseInvitation(code)
	if err != nil {
		m.Why = codeWrong
		return "", false
	}
	if named == "" {
		named = withScheme(address)
	}
	invitation = c.Text()
	if named != m.Address {
		invitation = syncproto.Invite(c, named)
		if _, _, err := syncproto.ParseInvitation(invitation); err != nil {
			m.Why = addressWrong
			return "", false
		}
	}
	m.Step, m.Why = Reaching, ""
	return invitation, true
}

// withScheme completes an address that was typed without https://.
func withScheme(address string) string {
	address = strings.TrimRight(strings.TrimSpace(address), "/")
	if address != "" && !strings.Contains(address, "://") {
		return "https://" + address
	}
	return address
}
