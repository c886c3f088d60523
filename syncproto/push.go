package syncproto

import "ezhitong.tw/clinic"

// Op is an event on its way up: dense, chained, never changed. Its hash is
// SHA-256(hash of the op before ‖ canonical bytes of the op), 32 zero bytes
// standing before the first.
type Op struct {
	Seq       uint64           `cbor:"1,keyasint"` // dense from 1 in the device's epoch
	Kind      clinic.EventKind `cbor:"2,keyasint"`
	Booking   clinic.ID        `cbor:"3,keyasint"`
	At        int64            `cbor:"4,keyasint"` // Unix milliseconds, corrected by the last contact
	Wall      int64            `cbor:"5,keyasint"` // the device's clock, Unix milliseconds
	Monotonic int64            `cbor:"6,keyasint"` // milliseconds since Boot
	Boot      clinic.ID        `cbor:"7,keyasint"`
	Base      int64            `cbor:"8,keyasint"` // the booking's version that the device saw
	Staff     string           `cbor:"9,keyasint"`
	Ticket    string           `cbor:"10,keyasint,omitempty"`
	Lot       string           `cbor:"11,keyasint,omitempty"`
	Reason    string           `cbor:"12,keyasint,omitempty"`
	Voids     *Ref             `cbor:"13,keyasint,omitempty"`
	WalkIn    *WalkIn          `cbor:"14,keyasint,omitempty"` // of WalkInRegistered, on the way up only
	To        *clinic.ID       `cbor:"15,keyasint,omitempty"` // of MoveAsked, the slot. Since version 2
	Contact   *Contact         `cbor:"16,keyasint,omitempty"` // of ContactAsked, on the way up only. Since version 3
}

// Contact is what is to be corrected of a booking's person; what is left out stays. It
// hides itself like every person. Since version 3.
type Contact struct {
	IDNumber string `cbor:"1,keyasint,omitempty"`
	Name     string `cbor:"2,keyasint,omitempty"`
	Birth    *Day   `cbor:"3,keyasint,omitempty"`
	Mobile   string `cbor:"4,keyasint,omitempty"`
	Landline string `cbor:"5,keyasint,omitempty"`
}

// WalkIn says who came without a booking. The op's Booking is a new id that the
// device makes for them.
type WalkIn struct {
	IDNumber string    `cbor:"1,keyasint"`
	Name     string    `cbor:"2,keyasint"`
	Birth    Day       `cbor:"3,keyasint"`
	Slot     clinic.ID `cbor:"4,keyasint"`
	Dose     string    `cbor:"5,keyasint"`
}

// Ref names an event (clinic.EventRef) in the protocol.
type Ref struct {
	Device clinic.ID `cbor:"1,keyasint"`
	Epoch  uint32    `cbor:"2,keyasint"`
	Seq    uint64    `cbor:"3,keyasint"`
}

// Push sends ops First..First+len(Ops)-1. Previous is the hash of the op before
// First. Signature is Ed25519 by the device's signing key over SigningBytes.
type Push struct {
	Device    clinic.ID `cbor:"1,keyasint"`
	Epoch     uint32    `cbor:"2,keyasint"`
	Previous  []byte    `cbor:"3,keyasint"` // 32 bytes
	Ops       []Op      `cbor:"4,keyasint"`
	Signature []byte    `cbor:"5,keyasint"` // 64 bytes
	Status    PullState `cbor:"6,keyasint"`
}

// Outcome is what central made of one op.
type Outcome uint8

// The outcomes. None of them blocks the queue, and no op is dropped.
const (
	Accepted  Outcome = 1
	Duplicate Outcome = 2 // the same op came before; the effect stands once
	Flagged   Outcome = 3 // accepted, with a note for people (see Code)
	Parked    Outcome = 4 // kept in the review inbox, without effect yet
	Rejected  Outcome = 5 // a command that central did not do (see Code). Since version 2
)

// Counts reports whether what an op says has its effect. What a command asked for has
// it elsewhere.
func (o Outcome) Counts() bool { return o < Parked }

// Verdict is central's answer to one op, or to a run of ops that have the same.
type Verdict struct {
	Seq     uint64  `cbor:"1,keyasint"`
	Outcome Outcome `cbor:"2,keyasint"`
	Code    string  `cbor:"3,keyasint,omitempty"` // such as CANCELLED_THEN_ARRIVED or ORPHAN
	More    int     `cbor:"4,keyasint,omitempty"` // so many ops after Seq have the same. Since version 3
}

// Ack answers Push. AckedSeq is the last op that is durable at central.
type Ack struct {
	AckedSeq  uint64    `cbor:"1,keyasint"`
	ChainHead []byte    `cbor:"2,keyasint"` // 32 bytes
	Verdicts  []Verdict `cbor:"3,keyasint"`
}

// For writes an Ack as a peer that agreed on a version reads it: since version 3,
// verdicts of ops that follow each other and are the same are one.
func (a Ack) For(version int) Ack {
	if version < third {
		return a
	}
	var runs []Verdict
	for _, v := range a.Verdicts {
		if n := len(runs); n > 0 {
			last := &runs[n-1]
			if last.Outcome == v.Outcome && last.Code == v.Code && last.Seq+uint64(last.More)+1 == v.Seq {
				last.More += 1 + v.More
				continue
			}
		}
		runs = append(runs, v)
	}
	a.Verdicts = runs
	return a
}

// Problem says why central did not do what was asked.
type Problem struct {
	Code       string `cbor:"1,keyasint"`
	RetryAfter int    `cbor:"2,keyasint,omitempty"` // seconds
}

// The codes of Problem, also sent in HeaderProblem.
const (
	ProblemUnknownSession = "unknown_session" // shake hands again
	ProblemUnknownDevice  = "device_unknown"
	ProblemRevoked        = "device_revoked"
	ProblemFork           = "fork"       // same number, other content: the device is fenced
	ProblemGap            = "gap"        // ops missing before First; push from Welcome.AckedSeq+1
	ProblemVersion        = "upgrade"    // no common protocol version
	ProblemBusy           = "busy"       // come back after RetryAfter
	ProblemMalformed      = "malformed"  // bytes that make no sense
	ProblemSignature      = "signature"  // the push is not signed by this device
	ProblemInternal       = "internal"   // central failed; nothing was stored
	ProblemCodeWrong      = "code_wrong" // enrolment
	ProblemCodeExpired    = "code_expired"
	ProblemCodeUsed       = "code_used"
	ProblemKeyRetired     = "key_retired"  // the device holds keys of central that have ended: enrol again
	ProblemNotApproved    = "not_approved" // a person at central turned the device away
)
