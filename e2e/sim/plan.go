package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// fault is a kind of thing that goes wrong.
type fault int

// The kinds of fault.
const (
	dropRequest fault = iota
	dropAnswer
	duplicate
	late
	replay
	partition
	oneWay
	storm
	dark
	burnt
	crashDevice
	crashDeviceCommit
	crashCentral
	crashCentralCommit
	clockJump
	clone
	rollBack
	restore
	revoke
	olderVersion
	newerEvent
	impostor
	faults
)

// String names a fault in reports.
func (f fault) String() string {
	return [faults]string{
		"request lost", "answer lost", "request twice", "request late", "frame replayed", "partition", "one-way partition", "retry-after storm", "device dark", "device burnt",
		"device killed", "device killed at a commit", "central killed", "central killed at a commit", "clock jump", "disk cloned",
		"disk rolled back", "central restored", "device revoked", "version before", "event of a later version", "impostor",
	}[f]
}

// plan is what a seed makes of the world. A rate is a probability for each message
// for the faults of the line, and a number of times for the others.
type plan struct {
	sites, devices int
	span           time.Duration
	acts           int  // at each device
	online         int  // in the whole world
	page           int  // rows that central tells at a time
	lan            bool // devices of a site tell each other what happened
	waits          bool // people wait on standby lists
	rate           [faults]float64
}

// usual are the rates at which a fault strikes where the plan has it.
var usual = [faults]float64{
	dropRequest: 0.06, dropAnswer: 0.06, duplicate: 0.08, late: 0.05, replay: 0.08, partition: 3, oneWay: 3, storm: 2, dark: 1, burnt: 1,
	crashDevice: 3, crashDeviceCommit: 6, crashCentral: 2, crashCentralCommit: 4, clockJump: 3, clone: 1, rollBack: 1, restore: 1, revoke: 1,
	olderVersion: 1, newerEvent: 1, impostor: 2,
}

// seldom are faults that end a device or a history: most worlds do without.
var seldom = map[fault]bool{dark: true, burnt: true, clone: true, rollBack: true, restore: true, revoke: true, olderVersion: true, newerEvent: true, impostor: true}

// draw draws a plan, in which some faults are for certain.
func draw(rng *rand.Rand, certain []fault) plan {
	p := plan{
		sites: 2 + rng.IntN(stageSites-1), span: 31 * time.Hour,
		acts: 2 + rng.IntN(3), online: 15 + rng.IntN(18), page: 4 + rng.IntN(40),
	}
	p.devices = 2 + min(rng.IntN(11), rng.IntN(11)) // rather few than many
	p.devices = min(p.devices, p.sites*stageSeats)
	for f := range faults {
		likely := 0.4
		if seldom[f] {
			likely = 0.15
		}
		if rng.Float64() < likely {
			p.rate[f] = usual[f] * (0.5 + rng.Float64())
		}
	}
	p.lan = p.rate[burnt] > 0 || rng.Float64() < 0.2
	if p.waits = rng.Float64() < 0.15; p.waits {
		p.acts = 1 + p.acts/3 // for there are things to say to them
	}
	for _, f := range certain {
		p.lan = p.lan || f == burnt
		p.rate[f] = usual[f] * 1.5
	}
	return p
}

// faultOf finds a fault by its name.
func faultOf(name string) (fault, error) {
	for f := range faults {
		if f.String() == name {
			return f, nil
		}
	}
	return 0, fmt.Errorf("no fault is called %q", name)
}

// String tells a plan in one line.
func (p plan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d sites, %d devices, %d acts at each, %d online", p.sites, p.devices, p.acts, p.online)
	if p.waits {
		b.WriteString("; people wait")
	}
	for f, rate := range p.rate {
		if rate > 0 {
			fmt.Fprintf(&b, "; %s %.2f", fault(f), rate)
		}
	}
	return b.String()
}

// strikes says whether a fault of the line strikes this message.
func (w *world) strikes(f fault) bool {
	if w.healed || !w.chance(w.plan.rate[f]) {
		return false
	}
	w.tally.faults[f]++
	return true
}

// faults puts the faults that are not of a single message into the queue.
func (w *world) faults() {
	at := func(f fault, do func()) {
		times := int(w.plan.rate[f] + w.rng.Float64())
		if w.plan.rate[f] > 0 {
			times = max(1, times)
		}
		for range times {
			w.after(w.between(0, w.plan.span), func() {
				if w.broken == nil && !w.healed {
					do()
				}
			})
		}
	}
	each := func(f fault, do func(*device)) {
		at(f, func() { do(w.devices[w.rng.IntN(len(w.devices))]) })
	}
	each(partition, func(d *device) { d.cut(partition, true, true) })
	each(oneWay, func(d *device) { up := w.chance(0.5); d.cut(oneWay, up, !up) })
	at(storm, w.central.overload)
	each(dark, (*device).darken)
	each(burnt, (*device).burn)
	each(crashDevice, (*device).kill)
	each(crashDeviceCommit, (*device).arm)
	at(crashCentral, w.central.kill)
	at(crashCentralCommit, w.central.arm)
	each(clockJump, (*device).jump)
	each(clone, (*device).clone)
	each(rollBack, (*device).image)
	at(restore, w.central.backUp)
	each(revoke, (*device).revoke)
	each(impostor, (*device).pretend)
	each(newerEvent, (*device).newer)
}
