package syncproto

// What devices of one site ask each other about somebody who stands at a kiosk and
// wants a person. Since version 4.
const (
	KindAskBell Kind = 36
	KindBell    Kind = 37
)

// AskBell asks another device of the site whether somebody there calls for help.
type AskBell struct {
	// Answered is the Since of a call that a person at the asking device has taken; 0
	// for none.
	Answered int64 `cbor:"1,keyasint,omitempty"`
}

// Bell answers AskBell: since when somebody calls, in Unix milliseconds of the answering
// device's corrected clock; 0 where nobody does.
type Bell struct {
	Since int64 `cbor:"1,keyasint,omitempty"`
}

// Kind is KindAskBell.
func (AskBell) Kind() Kind { return KindAskBell }

// Kind is KindBell.
func (Bell) Kind() Kind { return KindBell }

// Needs is the version that brought AskBell.
func (AskBell) Needs() int { return fourth }

// Needs is the version that brought Bell.
func (Bell) Needs() int { return fourth }

// Check judges the limits of AskBell.
func (a AskBell) Check() error {
	if a.Answered < 0 {
		return malformed("a call of %d", a.Answered)
	}
	return nil
}

// Check judges the limits of Bell.
func (b Bell) Check() error {
	if b.Since < 0 {
		return malformed("a call of %d", b.Since)
	}
	return nil
}
