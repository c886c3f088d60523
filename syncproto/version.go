package syncproto

import "slices"

// The versions after the first.
const (
	second = 2 // digests by bucket, leases, commands
	third  = 3 // own events told in short, corrections of a person
	fourth = 4 // checkpoints, calls for help, standby lists, the stock
)

// Needs is 1 for ever: a Hello is read before any version is agreed on.
func (Hello) Needs() int { return 1 }

// Needs is the lowest that has all keys in use.
func (Welcome) Needs() int { return 1 }

// Needs is the lowest that has all keys in use.
func (p Pull) Needs() int {
	if p.Checkpoint != nil {
		return fourth
	}
	if p.Whole != 0 {
		return third
	}
	return since(p.Buckets || p.Only != nil || len(p.Wishes)+len(p.Returns) > 0 || p.Status.Diverged)
}

// Needs is the lowest that has all keys in use.
func (p Page) Needs() int {
	if p.Checkpoint != nil {
		return fourth
	}
	if len(p.Own) > 0 {
		return third
	}
	return since(len(p.Buckets) > 0 || p.Leases != nil)
}

// Needs is the lowest that has all keys in use.
func (p Push) Needs() int {
	if slices.ContainsFunc(p.Ops, func(o Op) bool { return o.Contact != nil }) {
		return third
	}
	return since(p.Status.Diverged || slices.ContainsFunc(p.Ops, func(o Op) bool { return o.To != nil }))
}

// Needs is the lowest that has all values in use.
func (a Ack) Needs() int {
	if slices.ContainsFunc(a.Verdicts, func(v Verdict) bool { return v.More > 0 }) {
		return third
	}
	return since(slices.ContainsFunc(a.Verdicts, func(v Verdict) bool { return v.Outcome == Rejected }))
}

// Needs is 1: a Problem may answer a Hello.
func (Problem) Needs() int { return 1 }

func since(uses bool) int {
	if uses {
		return second
	}
	return 1
}
