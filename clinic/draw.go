package clinic

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
)

// What happens to an entry of a standby list (候補).
const (
	DrawJoined   = "joined"
	DrawLeft     = "left"
	DrawPromoted = "promoted" // it got a place
	DrawPassed   = "passed"   // its turn came and a rule said no, such as a booking elsewhere
)

// Draw is the record of a standby list, for everybody to check. Commitment is
// published before anybody joins; Seed only when the list is over, so that nobody
// can work out a good entry beforehand. Entries tell nothing about people.
type Draw struct {
	List       ID         `json:"list"`       // of which slot
	Commitment []byte     `json:"commitment"` // SHA-256 of Seed
	Seed       []byte     `json:"seed,omitempty"`
	Steps      []DrawStep `json:"steps"` // in the order in which they happened
}

// DrawStep is one step of a standby list.
type DrawStep struct {
	Kind  string `json:"kind"`
	Entry ID     `json:"entry"`
}

// DrawRank decides whose turn it is: of those who wait, the one with the lowest
// HMAC-SHA-256 of the entry's id under the seed.
func DrawRank(seed []byte, entry ID) []byte {
	mac := hmac.New(sha256.New, seed)
	mac.Write(entry[:])
	return mac.Sum(nil)
}

// DrawCommitment is the hash of a seed.
func DrawCommitment(seed []byte) []byte {
	sum := sha256.Sum256(seed)
	return sum[:]
}

// ErrDraw says that a draw was not as it was promised.
var ErrDraw = errors.New("the draw is not as promised")

// VerifyDraw checks a published record: the seed is the one that was committed
// to, and at every turn it was the turn of the lowest rank of those who waited. A
// record whose seed is not published yet cannot be checked.
func VerifyDraw(d Draw) error {
	if len(d.Seed) == 0 {
		return fmt.Errorf("the seed is not published yet: %w", ErrDraw)
	}
	if !bytes.Equal(DrawCommitment(d.Seed), d.Commitment) {
		return fmt.Errorf("another seed was committed to: %w", ErrDraw)
	}
	waiting, seen := make(map[ID][]byte), make(map[ID]bool)
	for i, s := range d.Steps {
		rank, waits := waiting[s.Entry]
		if s.Kind == DrawJoined {
			if seen[s.Entry] {
				return fmt.Errorf("step %d: entry %s joins twice: %w", i+1, s.Entry, ErrDraw)
			}
			waiting[s.Entry], seen[s.Entry] = DrawRank(d.Seed, s.Entry), true
			continue
		}
		if !waits {
			return fmt.Errorf("step %d: entry %s does not wait: %w", i+1, s.Entry, ErrDraw)
		}
		delete(waiting, s.Entry)
		switch s.Kind {
		case DrawLeft:
		case DrawPromoted, DrawPassed:
			for other, r := range waiting {
				if bytes.Compare(r, rank) < 0 {
					return fmt.Errorf("step %d: it was the turn of %s, not of %s: %w", i+1, other, s.Entry, ErrDraw)
				}
			}
		default:
			return fmt.Errorf("step %d: %q is no step: %w", i+1, s.Kind, ErrDraw)
		}
	}
	return nil
}
