package selfservice

import (
	"errors"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/ui"
	"ezhitong.tw/syncproto"
)

// callTicks is for how long nobody has to touch the screen while somebody is on the phone
// with central, in seconds.
const callTicks = 300

// codeDigits is how many digits central's code has.
const codeDigits = syncproto.ResetCodeSize

// pinCodes are the refusals of a new PIN; the code before it can stay.
var pinCodes = []string{"pin_form", "pin_simple"}

// Forgot asks for the digits that central is to be told.
func (m *Model) Forgot() Order {
	if m.Page != Gate || m.Busy || m.Staff.New {
		return Order{}
	}
	m.touch()
	m.Busy = true
	return Order{Task: AskReset}
}

// ResetAsked takes the answer to AskReset, and to ResetPIN that was refused.
func (m *Model) ResetAsked(challenge string, until time.Time, err error) {
	m.Busy = false
	if m.Page != Gate {
		return
	}
	why := m.Staff.Why
	if err != nil {
		why = err
	}
	m.Staff = Staff{Challenge: challenge, Until: until, Why: why}
	m.touch()
}

// WasReset takes the answer to ResetPIN. After a refusal the digits may be others.
func (m *Model) WasReset(err error) Order {
	m.Busy = false
	if m.Page != Gate {
		return Order{}
	}
	var no *clinic.Refusal
	m.Staff.First, m.Staff.Why = "", err
	switch {
	case err == nil:
		m.forget()
		m.show(Menu)
		return Order{}
	case errors.As(err, &no) && slices.Contains(pinCodes, no.Code):
		return Order{} // another PIN, the code is still to be judged
	}
	m.Busy = true
	return Order{Task: AskReset}
}

// longest is how many digits may be typed now.
func (s Staff) longest() int {
	if s.codeWanted() {
		return codeDigits
	}
	return pinDigits
}

// codeWanted tells whether central's code is typed now.
func (s Staff) codeWanted() bool { return s.Challenge != "" && s.Code == "" }

// enterCode ends central's code; the new PIN comes next.
func (m *Model) enterCode(code string) {
	if _, err := syncproto.ParseResetCode(code); err != nil {
		m.Staff.Why = clinic.Refuse("reset_form")
		return
	}
	m.Staff.Code, m.Staff.New = code, true
}

// called tells what to tell central, and shows the code as it is typed.
func (v *view) called() *fyne.Container {
	l, s := v.l, v.s.m.Staff
	typed := s.PIN + strings.Repeat("·", codeDigits-len(s.PIN))
	told := ui.Column(l.Sizes.Gap, v.question(l.T("staffmenu.forgot.call")), l.Write(syncproto.ReadOut(s.Challenge), l.Sizes.Title, true, l.Accent))
	if s.Why == nil {
		told.Add(l.Lines(l.T("staffmenu.forgot.code", "time", clinic.TimeOfDayOf(s.Until).String()), l.Sizes.Text, false, l.Ink, v.column()))
	}
	told.Add(l.Write(readOut(typed), l.Sizes.Second, true, l.Accent))
	return told
}

// readOut puts what is typed of a code into two groups.
func readOut(typed string) string {
	runes := []rune(typed)
	half := len(runes) / 2
	return string(runes[:half]) + " " + string(runes[half:])
}
