package clinic

import (
	"fmt"
	"strconv"
	"strings"
)

// The decisions of an Answer.
const (
	AnswerRight = "right" // it is right as it was recorded (確認無誤)
	AnswerLeft  = "left"  // the desk can't decide it; the bureau does (交給衛生局)
)

// Answer is what a desk says of an event that central doubts. It stands in the
// reason of a DoubtAnswered: the decision, the event, and in the desk's words why, as
// in "right 0193a2b4-…/1/12 the father came with her".
type Answer struct {
	Decision string
	About    EventRef
	Note     string // may be empty
}

// String writes the form that ParseAnswer reads.
func (a Answer) String() string {
	return fmt.Sprintf("%s %s/%d/%d %s", a.Decision, a.About.Device, a.About.Epoch, a.About.Seq, a.Note)
}

// ParseAnswer reads what String writes, and refuses everything else.
func ParseAnswer(s string) (Answer, error) {
	var a Answer
	refuse := fmt.Errorf("%q answers no doubt", s)
	parts := strings.SplitN(s, " ", 3)
	if len(parts) != 3 || parts[0] != AnswerRight && parts[0] != AnswerLeft {
		return a, refuse
	}
	ref := strings.Split(parts[1], "/")
	if len(ref) != 3 {
		return a, refuse
	}
	device, err := ParseID(ref[0])
	epoch, badEpoch := strconv.ParseUint(ref[1], 10, 32)
	seq, badSeq := strconv.ParseUint(ref[2], 10, 63)
	if err != nil || badEpoch != nil || badSeq != nil {
		return a, refuse
	}
	a = Answer{parts[0], EventRef{device, uint32(epoch), seq}, parts[2]}
	if a.String() != s {
		return Answer{}, refuse
	}
	return a, nil
}
