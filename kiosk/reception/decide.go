package reception

import (
	"context"
	"fmt"
	"strings"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
)

// Decision is what a desk may do about a Doubt.
type Decision string

// The decisions. Each has its words under "decide." in every language.
const (
	DecideRight   Decision = "right"   // it is right as it is (確認無誤), with a reason
	DecideVoid    Decision = "void"    // take it back, with a reason
	DecideDouble  Decision = "double"  // the same dose, recorded twice: take this one back
	DecideCorrect Decision = "correct" // take the dose back and give it again as it was
	DecideLeave   Decision = "leave"   // leave it to central
)

// ReasonLong says that a reason is longer than an event carries. It has a text under
// "finding." in every language.
const ReasonLong = "reason_long"

// longestReason of a decision, in bytes: what an event carries less the event that an
// answer names.
const longestReason = 512 - 90

// The codes of verdicts that decide what makes sense, as central writes them.
const (
	codeUnknownKind = "UNKNOWN_KIND"
	codeQuarantined = "QUARANTINED"
	codeMalformed   = "MALFORMED"
	codeVoidUnknown = "VOID_UNKNOWN"
	codeDoubleDose  = "POSSIBLE_DOUBLE_DOSE"
	codeRecalledLot = "RECALLED_LOT"
	codeTooSoon     = "CLINICAL_REVIEW"
	codeMoved       = "MOVED"
	codeOrphan      = "ORPHAN"
	codeReinstated  = "CANCELLED_THEN_ARRIVED"
	codeMovedBack   = "MOVED_THEN_ARRIVED"
	codeLinked      = "LINKED"
	codeNoSlot      = "NO_SUCH_SLOT"
	codeWho         = "PERSON_UNREADABLE"
	codeOverCap     = "OVER_CAP"
)

// Decisions are those that make sense on a doubt, the likeliest first; none where
// nobody at the desk can know better than central.
func (d Doubt) Decisions() []Decision {
	var out []Decision
	switch d.Code {
	case codeUnknownKind, codeQuarantined:
		return nil
	case codeMalformed, codeVoidUnknown:
		return []Decision{DecideRight, DecideLeave}
	case codeDoubleDose:
		return []Decision{DecideDouble, DecideRight, DecideLeave}
	case codeRecalledLot:
		out = []Decision{DecideRight, DecideCorrect, DecideLeave}
	case codeTooSoon:
		out = []Decision{DecideRight, DecideCorrect, DecideVoid, DecideLeave}
	case codeMoved, codeOrphan, codeReinstated, codeMovedBack, codeLinked, codeOverCap:
		out = []Decision{DecideRight, DecideVoid, DecideLeave}
	case codeNoSlot, codeWho:
		return []Decision{DecideVoid, DecideLeave}
	default: // it is told, and central asks nothing
		return []Decision{DecideRight, DecideLeave}
	}
	possible := out[:0]
	for _, one := range out {
		if one == DecideVoid && !d.last() || one == DecideCorrect && (d.Kind != clinic.VaccineGiven || !d.last()) {
			continue
		}
		possible = append(possible, one)
	}
	return possible
}

// last reports whether nothing has happened to the person since, as far as is known
// here: what others built on is not taken back from under them.
func (d Doubt) last() bool {
	last := d.Entry.Visit.Last
	return d.Kind != clinic.EventVoided && (last == d.Ref || last.IsZero())
}

// Decide records what the desk decides on a doubt, and why. Only what is left to
// central, or is a double, needs no reason.
func (c *Counter) Decide(ctx context.Context, d Doubt, decision Decision, reason string) error {
	reason = strings.TrimSpace(reason)
	switch {
	case reason == "" && decision != DecideLeave && decision != DecideDouble:
		return clinic.Refuse(ReasonMissing)
	case len(reason) > longestReason:
		return clinic.Refuse(ReasonLong)
	}
	draft := replica.Draft{Kind: clinic.EventVoided, Staff: c.author(), Reason: reason, Voids: d.Ref}
	switch decision {
	case DecideRight, DecideLeave:
		answer := clinic.Answer{Decision: clinic.AnswerRight, About: d.Ref, Note: reason}
		if decision == DecideLeave {
			answer.Decision = clinic.AnswerLeft
		}
		draft = replica.Draft{Kind: clinic.DoubtAnswered, Staff: c.author(), Reason: answer.String()}
	case DecideDouble:
		draft.Reason = strings.TrimSuffix(recordedTwice+"："+reason, "：")
	}
	if err := c.Replica.Decide(ctx, d.Ref, draft); err != nil {
		return fmt.Errorf("decide on event %d: %w", d.Ref.Seq, err)
	}
	return nil
}

// recordedTwice is kept with the void of a double: in zh-TW, for whoever reads it later.
const recordedTwice = "重複紀錄"

// Said gives what was decided on a doubt and not heard by central, and why; an empty
// decision for nothing.
func (d Doubt) Said() (Decision, string) {
	switch d.Decided.Kind {
	case clinic.EventVoided:
		return DecideVoid, d.Decided.Reason
	case clinic.DoubtAnswered:
		answer, err := clinic.ParseAnswer(d.Decided.Reason)
		switch {
		case err != nil: // the replica has read it
			return "", ""
		case answer.Decision == clinic.AnswerLeft:
			return DecideLeave, answer.Note
		}
		return DecideRight, answer.Note
	}
	return "", ""
}
