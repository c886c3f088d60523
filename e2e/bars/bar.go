package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
)

// bar is something that is measured and has to keep a mark.
type bar struct {
	ID   string
	What string // what is divided by what, or what is counted
	Mark mark
	// Awaits says what has not been built yet; a bar that awaits something is
	// named and not run, and does not fail the run.
	Awaits string
	run    func(context.Context, *bench) (finding, error)
}

// mark is what a value is held against: at least or at most so much.
type mark struct {
	Value float64
	Most  bool
	Unit  string // empty for ratios
}

func atLeast(v float64, unit string) mark { return mark{v, false, unit} }

func atMost(v float64, unit string) mark { return mark{v, true, unit} }

func (m mark) kept(v float64) bool {
	if m.Most {
		return v <= m.Value
	}
	return v >= m.Value
}

func (m mark) String() string {
	sign := "≥"
	if m.Most {
		sign = "≤"
	}
	return sign + " " + measure(m.Value, m.Unit)
}

// shown writes a value so that one that misses the mark never looks as if it
// kept it: rounded away from the good side.
func (m mark) shown(v float64) string {
	step := math.Pow10(-decimals(v))
	if m.Most {
		return measure(math.Ceil(v/step-1e-9)*step+0, m.Unit) // + 0 makes -0 plain
	}
	return measure(math.Floor(v/step+1e-9)*step, m.Unit)
}

// measure writes a value with three digits or so.
func measure(v float64, unit string) string {
	s := strconv.FormatFloat(v, 'f', decimals(v), 64)
	if v == math.Trunc(v) {
		s = strconv.FormatFloat(v, 'f', 0, 64)
	}
	if unit != "" {
		s += " " + unit
	}
	return s
}

func decimals(v float64) int {
	switch {
	case v >= 1000:
		return 0
	case v >= 100:
		return 1
	}
	return 2
}

// finding is what running a bar found.
type finding struct {
	Pairs []pair
	Value float64
	Notes []string // said beside the value
	// Unquiet says why this machine cannot judge the value now; empty when it can.
	Unquiet string
}

// pair is one of the alternating pairs, between two controls.
type pair struct {
	A, B          float64 // what is divided, and by what
	Ratio         float64
	Before, After float64 // of the control
}

// String is the pair as one line.
func (p pair) String() string {
	return fmt.Sprintf("%s between controls %s and %s: %s and %s", measure(p.Ratio, ""), measure(p.Before, ""), measure(p.After, ""),
		measure(p.A, ""), measure(p.B, ""))
}

// ofPairs takes the median of the pairs' ratios.
func ofPairs(pairs []pair, notes ...string) finding {
	return finding{Pairs: pairs, Value: median(ratios(pairs)), Notes: notes}
}

func ratios(pairs []pair) []float64 {
	var out []float64
	for _, p := range pairs {
		out = append(out, p.Ratio)
	}
	return out
}

// median is the middle value, or the lower of the two in the middle.
func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(v))
	return s[(len(s)-1)/2]
}

// state is how a bar came out.
type state string

const (
	stateOK       state = "ok"
	stateMissed   state = "MISSED"
	stateUnjudged state = "not judged"
	stateNotRun   state = "not run"
)

// verdict is a bar with what became of it.
type verdict struct {
	bar
	finding
	State state
	Why   string // of stateUnjudged and stateNotRun
	Took  time.Duration
}

// judge runs a bar.
func judge(ctx context.Context, b bar, on *bench) verdict {
	v := verdict{bar: b}
	if b.Awaits != "" {
		v.State, v.Why = stateNotRun, b.Awaits
		return v
	}
	began := time.Now()
	f, err := b.run(ctx, on)
	v.finding, v.Took = f, time.Since(began)
	switch {
	case err != nil:
		v.State, v.Why = stateNotRun, err.Error()
		if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
			v.Why = cause.Error()
		}
	case !b.Mark.kept(f.Value) && f.Unquiet != "":
		v.State, v.Why = stateUnjudged, f.Unquiet
	case b.Mark.kept(f.Value):
		v.State = stateOK
	default:
		v.State = stateMissed
	}
	return v
}

// failed says whether the verdict makes the run fail: the bar was missed, or it
// should have run and could not.
func (v verdict) failed() bool {
	return v.State == stateMissed || v.State == stateNotRun && v.Awaits == ""
}

// String is the verdict as one line: 'R1 0.52 bar 0.45 ok'.
func (v verdict) String() string {
	if v.State == stateNotRun {
		return fmt.Sprintf("%s not run: %s", v.ID, v.Why)
	}
	line := fmt.Sprintf("%s %s bar %s %s", v.ID, v.Mark.shown(v.Value), measure(v.Mark.Value, v.Mark.Unit), v.State)
	if v.Why != "" {
		line += ": " + v.Why
	}
	for i, n := range v.Notes {
		sep := ", "
		if i == 0 {
			sep = "  — "
		}
		line += sep + n
	}
	return line
}
