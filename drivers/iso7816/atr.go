package iso7816

import (
	"errors"
	"fmt"
)

var (
	// ErrATRStart says that the answer to reset does not begin with 3B or 3F.
	ErrATRStart = errors.New("answer to reset begins with neither 3B nor 3F")
	// ErrATRLength says that the answer to reset ends early or goes on too long.
	ErrATRLength = errors.New("answer to reset has the wrong length")
	// ErrATRCheck says that the check byte TCK is wrong.
	ErrATRCheck = errors.New("answer to reset has a wrong check byte")
)

// Optional is an interface byte of the answer to reset that may be absent.
type Optional struct {
	Value byte
	Set   bool
}

// Or gives the byte, or def when the card did not send it.
func (o Optional) Or(def byte) byte {
	if o.Set {
		return o.Value
	}
	return def
}

// Group holds the interface bytes TAi, TBi, TCi and TDi. Protocol is the T they belong to: the low four
// bits of TD(i-1), and 0 for the first group, which is global.
type Group struct {
	TA, TB, TC, TD Optional
	Protocol       int
}

// ATR is an answer to reset taken apart (ISO/IEC 7816-3, clause 8).
type ATR struct {
	Raw        []byte
	Inverse    bool // TS 3F
	Groups     []Group
	Historical []byte
	TCK        Optional
}

// maxATR is the longest answer to reset: TS and 32 more.
const maxATR = 33

// ParseATR takes an answer to reset apart. On ErrATRCheck and ErrATRLength the ATR returned still holds
// what could be read, so that a lenient caller may go on with it.
func ParseATR(raw []byte) (ATR, error) {
	a := ATR{Raw: append([]byte(nil), raw...)}
	if len(raw) == 0 {
		return a, ErrATRLength
	}
	if raw[0] != 0x3B && raw[0] != 0x3F {
		return a, ErrATRStart
	}
	a.Inverse = raw[0] == 0x3F
	if len(raw) < 2 || len(raw) > maxATR {
		return a, ErrATRLength
	}
	rest := raw[2:]
	next := func() (Optional, bool) {
		if len(rest) == 0 {
			return Optional{}, false
		}
		b := rest[0]
		rest = rest[1:]
		return Optional{b, true}, true
	}
	follow, history, protocol, check := raw[1]>>4, int(raw[1]&15), 0, false
	for more := true; more; {
		g := Group{Protocol: protocol}
		for i, into := range []*Optional{&g.TA, &g.TB, &g.TC, &g.TD} {
			if follow>>i&1 == 0 {
				continue
			}
			b, ok := next()
			if !ok {
				a.Groups = append(a.Groups, g)
				return a, fmt.Errorf("interface bytes: %w", ErrATRLength)
			}
			*into = b
		}
		a.Groups = append(a.Groups, g)
		more = g.TD.Set
		if more {
			follow, protocol = g.TD.Value>>4, int(g.TD.Value&15)
			check = check || protocol != 0
		}
	}
	if len(rest) < history {
		a.Historical = append([]byte(nil), rest...)
		return a, fmt.Errorf("historical bytes: %w", ErrATRLength)
	}
	a.Historical = append([]byte(nil), rest[:history]...)
	rest = rest[history:]
	if check {
		b, ok := next()
		if !ok {
			return a, fmt.Errorf("check byte missing: %w", ErrATRLength)
		}
		a.TCK = b
		var sum byte
		for _, c := range raw[1 : len(raw)-len(rest)] {
			sum ^= c
		}
		if sum != 0 {
			return a, ErrATRCheck
		}
	}
	if len(rest) != 0 {
		return a, fmt.Errorf("%d bytes too many: %w", len(rest), ErrATRLength)
	}
	return a, nil
}

// Protocols lists the T values the card offers, its default first, without repeats and without T=15,
// which only carries global bytes. A card that names none offers T=0.
func (a ATR) Protocols() []int {
	var out []int
	for _, g := range a.Groups {
		if !g.TD.Set {
			continue
		}
		t := int(g.TD.Value & 15)
		if t == 15 || contains(out, t) {
			continue
		}
		out = append(out, t)
	}
	if len(out) == 0 {
		out = []int{0}
	}
	return out
}

// Default is the protocol the card uses when nobody asks for another.
func (a ATR) Default() int { return a.Protocols()[0] }

// Offers says whether the card speaks T=t.
func (a ATR) Offers(t int) bool { return contains(a.Protocols(), t) }

// TA1 is the speed the card can take, coded Fi and Di; 11 (372, 1) when it says nothing.
func (a ATR) TA1() byte { return a.group(0).TA.Or(DefaultFiDi) }

// TC1 is the extra guard time, 0 when absent.
func (a ATR) TC1() byte { return a.group(0).TC.Or(0) }

// Specific says whether the card insists on one protocol (TA2 present): then there is no PPS. The speed is
// that of TA1 when implicit is false.
func (a ATR) Specific() (protocol int, implicit, ok bool) {
	ta2 := a.group(1).TA
	return int(ta2.Value & 15), ta2.Value&0x10 != 0, ta2.Set
}

// WI is the waiting time integer of T=0 (TC2), 0A when absent.
func (a ATR) WI() byte { return a.group(1).TC.Or(0x0A) }

// IFSC is the longest information field the card takes in one T=1 block: 1 to 254, 32 when absent or odd.
func (a ATR) IFSC() byte {
	v := a.t1().TA.Or(32)
	if v == 0 || v == 0xFF {
		return 32
	}
	return v
}

// BWICWI is TB of the first T=1 group: block and character waiting time integers, 4D when absent.
func (a ATR) BWICWI() byte { return a.t1().TB.Or(0x4D) }

// CRC says whether T=1 blocks end in a CRC of two bytes instead of the usual LRC of one.
func (a ATR) CRC() bool { return a.t1().TC.Or(0)&1 == 1 }

func (a ATR) group(i int) Group {
	if i < len(a.Groups) {
		return a.Groups[i]
	}
	return Group{}
}

// t1 is the first group, from the third on, that belongs to T=1.
func (a ATR) t1() Group {
	for i, g := range a.Groups {
		if i >= 2 && g.Protocol == 1 {
			return g
		}
	}
	return Group{}
}

func contains(list []int, v int) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}
