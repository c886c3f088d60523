package main

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/sqldb"
	"ezhitong.tw/kiosk/agent"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
)

// The pauses of a device's agent. Between two rounds that found nothing, or that
// nobody is there for it any more, it pauses longer than a real one, so that a day is
// not mostly empty rounds.
const (
	poll     = 12 * time.Hour
	retryMax = 30 * time.Second
	spread   = time.Minute // in which devices come back after central's restart, as in package agent
)

// device is a clinic's computer: the real replica, agent and counter, a disk, a
// clock that may be wrong, and a line to central.
type device struct {
	seat
	w       *world
	dir     string
	replica *replica.Replica // nil while it is off
	agent   *agent.Agent
	counter *reception.Counter
	line    line
	offset  time.Duration // of its clock
	version int           // of the protocol, 0: the present one

	dying    dying
	dead     bool // it has died; while a round is at work it is only buried afterwards
	stepping bool
	turn     int       // of wake: older ones do not count
	failed   error     // of the last round
	next     time.Time // when the pause ends

	shared  bool // its identity is on another disk too, or was on an older one
	revoked bool
	doubted bool                      // central died while it was told to revoke it
	at      standing                  // where it was seen last
	told    uint64                    // the last event that somebody was told is done
	leased  map[clinic.ID]clinic.Slot // walk-ins whose place was leased
	parked  map[clinic.ID]bool        // what central's review has of it
	whole   time.Time                 // when the last round began that came to its end
	came    map[clinic.ID]time.Time   // whose arrival it has told somebody, and when that was
	heard   map[clinic.ID]uint64      // the last event of others that it heard from them
	burnt   bool                      // it is gone, with its disk
	off     time.Duration             // it is switched off so long when it next ends; 0: as usual
	list    []clinic.ID               // who was on the day's list when the base was last whole
	listed  clinic.Date               // the day of list
}

// standing is how far a device has come.
type standing struct {
	history clinic.ID
	cursor  int64
	acked   uint64
}

func newDevice(w *world, s seat) (*device, error) {
	d := &device{seat: s, w: w, dir: filepath.Join(w.dir, s.name), leased: make(map[clinic.ID]clinic.Slot), parked: make(map[clinic.ID]bool), came: make(map[clinic.ID]time.Time), heard: make(map[clinic.ID]uint64)}
	if w.plan.rate[olderVersion] > 0 && w.chance(0.5) {
		d.version = syncproto.Version - 1 - w.rng.IntN(2) // central serves both
		w.tally.faults[olderVersion]++
	}
	if err := writeFolder(d.dir, s.files); err != nil {
		return nil, err
	}
	return d, d.open()
}

func (d *device) clock() time.Time { return d.w.now.Add(d.offset) }

func (d *device) open() (err error) {
	w := d.w
	d.dying, d.dead = dying{}, false
	d.replica, err = replica.Open(w.ctx, replica.Config{
		Dir: d.dir, Clock: d.clock, NewID: w.newID, Open: sqldb.Trial{Commit: d.dying.commit, Readers: 1}.Open,
	})
	if err != nil {
		return fmt.Errorf("open %s: %w", d.name, err)
	}
	d.counter = &reception.Counter{Replica: d.replica, Staff: "staff"}
	d.agent = agent.New(agent.Config{
		Replica: d.replica, Link: agent.NewHTTPLink("http://central").Over(d), Build: "sim", Log: w.journal.logOf(d.name),
		Reader: func() syncproto.ReaderState { return syncproto.ReaderNone }, FreeDisk: func() int64 { return 1 << 30 },
		Version: d.version, LAN: w.plan.lan, Jitter: w.rng.Float64, Poll: poll, RetryMax: retryMax,
	})
	return nil
}

func (d *device) close() {
	if d.replica != nil {
		d.w.must("close "+d.name, d.replica.Close())
		d.replica = nil
	}
}

// on reports whether the device runs.
func (d *device) on() bool { return d.replica != nil && !d.dead }

// wake has the next round begin after a pause.
func (d *device) wake(pause time.Duration) {
	d.turn++
	turn := d.turn
	d.next = d.w.now.Add(pause)
	d.w.after(pause, func() {
		if d.turn == turn {
			d.step()
		}
	})
}

// step makes one round, as agent.Run does.
func (d *device) step() {
	if !d.on() || d.stepping || d.w.broken != nil {
		return
	}
	d.stepping = true
	shut, began := d.revoked, d.w.now
	pause, err := d.agent.Step(d.w.ctx)
	d.stepping = false
	d.failed = err
	if d.buried() {
		return
	}
	if err != nil {
		d.w.say(d.name, "round: %v; again after %s", err, pause.Round(time.Millisecond))
		if pause > retryMax+spread { // it is shut out
			pause = poll
		}
	}
	if err == nil {
		d.whole = began
	}
	d.look(shut)
	d.wake(pause)
}

// settle makes a round, and the next one at once where a clone has taken the session
// over meanwhile.
func (d *device) settle() {
	d.step()
	if errors.Is(d.failed, syncproto.Problem{Code: syncproto.ProblemUnknownSession}) {
		d.step()
	}
}

// changed ends the pause when there is more to send, as agent.Run does.
func (d *device) changed() {
	d.tells()
	switch {
	case d.buried() || d.stepping:
	case d.failed == nil:
		d.wake(0)
	case d.next.Sub(d.w.now) > time.Second:
		d.wake(time.Second)
	}
}

// look holds where the device is now against where it was.
func (d *device) look(shut bool) {
	w := d.w
	at, err := d.replica.Position(w.ctx)
	w.must("read the position of "+d.name, err)
	out, err := d.replica.Outbox(w.ctx, 1)
	w.must("read the outbox of "+d.name, err)
	d.listStays(at)
	w.lists.keeps(d)
	now := standing{at.History, at.Cursor, out.Acked}
	before := d.at
	d.at = now
	if now.cursor > before.cursor {
		d.tells()
	}
	w.tally.checks += 3
	if w.journal.parted != "" {
		w.fail("%s has other rows than central at the same cursor", w.journal.parted)
	}
	if shut && (now.history != before.history || now.cursor != before.cursor) { // it may hand in, and is told nothing
		w.fail("%s was revoked and still moved from %+v to %+v", d.name, before, now)
	}
	waits := shut && w.tally.faults[restore] > 0 // again, for a central that does not say that its history is another
	if now.history == before.history && (now.cursor < before.cursor || now.acked < before.acked && !waits) {
		w.fail("%s fell back from %+v to %+v", d.name, before, now)
	}
	if out.Max < d.told {
		w.fail("%s told somebody of event %d and has %d", d.name, d.told, out.Max)
	}
}

// arm has the device die at one of its next COMMITs.
func (d *device) arm() { d.dying.arm(d.w) }

// buried ends a device that has died and has it start again later.
func (d *device) buried() bool {
	if d.dying.struck {
		d.dead = true
	}
	if !d.dead {
		return false
	}
	if d.replica == nil || d.stepping {
		return true
	}
	if d.burnt {
		d.close()
		return true
	}
	if d.dying.struck {
		d.w.tally.faults[crashDeviceCommit]++
		d.w.say(d.name, "killed at a commit, %s", map[bool]string{true: "before", false: "after"}[d.dying.before])
	}
	d.close()
	pause := d.w.between(time.Second, 20*time.Minute)
	if d.off > 0 {
		pause, d.off = d.off, 0
	}
	d.w.after(pause, d.start)
	return true
}

func (d *device) start() {
	if d.replica != nil || d.burnt {
		return
	}
	d.w.must("start "+d.name, d.open())
	d.w.say(d.name, "started, clock off by %s", d.offset)
	if d.replica != nil {
		d.look(false)
		d.wake(0)
	}
}

func (d *device) kill() {
	if !d.on() {
		return
	}
	d.w.tally.faults[crashDevice]++
	d.w.say(d.name, "killed")
	d.dead = true
	d.buried()
}

// jump starts the device with another clock, as after an empty battery.
func (d *device) jump() {
	if !d.on() {
		return
	}
	d.w.tally.faults[clockJump]++
	d.offset = d.w.between(-10*365*24*time.Hour, 10*365*24*time.Hour)
	if d.w.chance(0.3) {
		d.offset = d.w.between(-20*time.Minute, 20*time.Minute)
	}
	d.w.say(d.name, "restarts with its clock off by %s", d.offset)
	d.dead = true
	d.buried()
}

// clone starts a copy of the disk beside the device.
func (d *device) clone() {
	if !d.on() || d.stepping {
		return
	}
	w := d.w
	files, err := readFolder(d.dir)
	w.must("clone "+d.name, err)
	s := d.seat
	s.files = files
	for taken := true; taken; taken = slices.ContainsFunc(w.devices, func(o *device) bool { return o.name == s.name }) {
		s.name += "'"
	}
	other, err := newDevice(w, s)
	if err != nil {
		w.must("clone "+d.name, err)
		return
	}
	w.tally.faults[clone]++
	w.say(d.name, "its disk is cloned")
	d.shared, other.shared, other.revoked = true, true, d.revoked
	other.at, other.told = d.at, d.told
	w.devices = append(w.devices, other)
	other.wake(0)
	w.work.actsOf(other, w.between(0, 6*time.Hour))
}

// image copies the disk, which takes the present one's place some hours later.
func (d *device) image() {
	if !d.on() || d.stepping {
		return
	}
	w := d.w
	files, err := readFolder(d.dir)
	w.must("copy the disk of "+d.name, err)
	at, told := d.at, d.told
	w.after(w.between(time.Hour, 8*time.Hour), func() {
		if !d.on() || d.stepping || w.healed {
			return
		}
		w.tally.faults[rollBack]++
		w.say(d.name, "its disk is rolled back to %+v", at)
		d.close()
		w.must("roll "+d.name+" back", writeFolder(d.dir, maps.Clone(files)))
		d.shared, d.at, d.told, d.listed = true, at, told, clinic.Date{}
		d.start()
	})
}

// revoke shuts the device out, with whoever uses its identity.
func (d *device) revoke() {
	w := d.w
	var err error
	if !w.central.call(func() { err = w.central.fleet.Revoke(w.ctx, "admin", d.id) }) {
		d.doubted = true
		return
	}
	w.must("revoke "+d.name, err)
	w.say(d.name, "revoked")
	w.tally.faults[revoke]++
	for _, o := range w.devices {
		if o.id == d.id {
			o.revoked = true
		}
	}
}

// lookUp asks central whether the device is shut out: its backup may not have known,
// or nobody heard an answer.
func (d *device) lookUp() {
	d.doubted = false
	devices, err := d.w.central.fleet.Devices(d.w.ctx)
	d.w.must("list the devices", err)
	for _, v := range devices {
		if v.ID == d.id {
			d.revoked = !v.Revoked.IsZero()
		}
	}
}

// mend ends what is wrong with the device.
func (d *device) mend() {
	d.line.noUp, d.line.noDown, d.dying.in, d.offset = 0, 0, 0, 0
	d.start()
	d.wake(0)
}

// newer writes an event that only a later version knows.
func (d *device) newer() {
	d.act("an event of a later version", func(clinic.Booking) (replica.Draft, error) {
		d.w.tally.faults[newerEvent]++
		return replica.Draft{Kind: 99, Staff: "staff"}, nil
	})
}
