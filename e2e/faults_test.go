package e2e_test

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"

	"ezhitong.tw/clinic"
)

var (
	faultRounds = flag.Int("faults", 13, "how many faults one after the other")
	faultSeed   = flag.Uint64("faults-seed", 1, "which ones, and what is done meanwhile")
)

// toxics are what a bad line does to the bytes on it (Shopify/toxiproxy).
var toxics = []string{
	`{"name":"t","type":"latency","stream":"downstream","attributes":{"latency":150,"jitter":100}}`,
	`{"name":"t","type":"limit_data","stream":"downstream","attributes":{"bytes":700}}`,
	`{"name":"t","type":"limit_data","stream":"upstream","attributes":{"bytes":300}}`,
	`{"name":"t","type":"reset_peer","stream":"downstream","attributes":{"timeout":5}}`,
	`{"name":"t","type":"reset_peer","stream":"upstream","attributes":{"timeout":0}}`,
	`{"name":"t","type":"timeout","stream":"downstream","attributes":{"timeout":300}}`,
	`{"name":"t","type":"slow_close","stream":"downstream","attributes":{"delay":400}}`,
	`{"name":"t","type":"bandwidth","stream":"downstream","attributes":{"rate":8}}`,
	`{"name":"t","type":"slicer","stream":"downstream","attributes":{"average_size":40,"size_variation":20,"delay":300}}`,
}

// trial is a town under faults, and what its devices were told is durable.
type trial struct {
	*town
	cable   *toxiproxy.Proxy
	units   []*unit
	dice    *rand.Rand
	arrived []map[clinic.ID]bool // by unit: said to be checked in
}

func newTrial(t *testing.T, people, devices int) *trial {
	t.Helper()
	r := &trial{town: startTown(t), dice: rand.New(rand.NewPCG(*faultSeed, 0))}
	r.book(people)
	r.cable = r.town.cable()
	for range devices {
		u := r.device("http://" + r.cable.Listen)
		u.start()
		u.enrol()
		u.holds(people)
		r.units, r.arrived = append(r.units, u), append(r.arrived, map[clinic.ID]bool{})
	}
	return r
}

// act has a device check somebody in, and notes it when the device says so.
func (r *trial) act(i int, id clinic.ID) error {
	_, err := r.units[i].tell("act", id.String())
	if err == nil {
		r.arrived[i][id] = true
	}
	return err
}

// faults are what may happen, each with what mends it.
func (r *trial) faults() map[string]func() (mend func()) {
	out := map[string]func() func(){
		"the cable is cut": func() func() { r.cable.Stop(); return func() { r.must(r.cable.Start()) } },
		"central is killed": func() func() {
			r.Kill()
			return func() { r.must(r.Start(r.t.Context())) }
		},
		"a device is killed": func() func() {
			u := r.units[r.dice.IntN(len(r.units))]
			u.kill()
			u.start()
			return func() {}
		},
		// Between two runs of the device: while a program runs, its monotonic clock goes on.
		"a clock is ten years back": func() func() {
			u := r.units[r.dice.IntN(len(r.units))]
			u.again(-10 * 365 * 24 * time.Hour)
			return func() { u.again(time.Duration(r.dice.IntN(600)-300) * time.Second) }
		},
	}
	for _, toxic := range toxics {
		out[toxic] = func() func() {
			_, err := r.cable.Toxics.AddToxicJson(strings.NewReader(toxic))
			r.must(err)
			return func() { r.cable.Toxics.ResetToxics(r.t.Context()) }
		}
	}
	return out
}

func TestAfterEveryFaultBothEndsAgree(t *testing.T) {
	people := 30 + 2**faultRounds
	r := newTrial(t, people, 2)
	all := r.units[0].holds(people)
	var order []string // each fault once before one comes again
	faults := r.faults()
	for round := range *faultRounds {
		if len(order) == 0 {
			order = slices.Sorted(maps.Keys(faults))
			r.dice.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		}
		name := order[0]
		order = order[1:]
		t.Logf("%d: %s", round, name)
		mend := faults[name]()
		for i := range r.units {
			for range 2 + r.dice.IntN(3) {
				r.must(r.act(i, all[r.dice.IntN(len(all))].ID))
			}
			_, err := r.units[i].tell("sync", "")
			r.must(err)
		}
		wait(t, time.Duration(100+r.dice.IntN(600))*time.Millisecond)
		mend()
	}
	r.heal()
}

func wait(t *testing.T, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.Context().Done():
	}
}

// heal waits until nothing is pending and every device shows what central has,
// then holds the events against what the devices said.
func (r *trial) heal() {
	r.t.Helper()
	for _, u := range r.units {
		u.until("nothing pending", 90*time.Second, func(h heard) bool { return h.Pending == 0 })
	}
	for _, u := range r.units {
		u.until("what central has", 90*time.Second, func(h heard) bool { return difference(r.truth(), h.Bookings) == "" })
	}
	have := r.events()
	for i, said := range r.arrived {
		for id := range said {
			if have[id] == 0 {
				r.t.Errorf("device %d said that %s is checked in, and central never heard of it", i, id)
			}
		}
	}
	r.everyEventOnce()
}

// truth is what central has of each booking.
func (r *trial) truth() map[clinic.ID]deviceBooking {
	out := map[clinic.ID]deviceBooking{}
	r.rows("SELECT b.id, b.attendance, (SELECT COUNT(*) FROM event e WHERE e.booking = b.id AND e.outcome <> 4) FROM booking b", func(scan func(...any) error) error {
		var id []byte
		var attendance clinic.Attendance
		var d deviceBooking
		err := scan(&id, &attendance, &d.Events)
		d.ID, d.Attendance = clinic.ID(id), attendance.String()
		out[d.ID] = d
		return err
	})
	return out
}

func difference(truth map[clinic.ID]deviceBooking, shown []deviceBooking) string {
	if len(truth) != len(shown) {
		return fmt.Sprintf("%d bookings, central has %d", len(shown), len(truth))
	}
	for _, s := range shown {
		if c := truth[s.ID]; c.Attendance != s.Attendance || c.Events != s.Events {
			return fmt.Sprintf("%s is %s with %d events, at central %s with %d", s.ID, s.Attendance, s.Events, c.Attendance, c.Events)
		}
	}
	return ""
}

// everyEventOnce holds central's streams against what the devices made: dense,
// none lost, none doubled.
func (r *trial) everyEventOnce() {
	r.t.Helper()
	var made uint64
	for _, u := range r.units {
		h, err := u.tell("look", "")
		r.must(err)
		made += h.Made
	}
	var have uint64
	r.rows("SELECT COUNT(*), COUNT(DISTINCT seq), MAX(seq) FROM event GROUP BY device, epoch", func(scan func(...any) error) error {
		var count, distinct, last uint64
		err := scan(&count, &distinct, &last)
		if count != last || distinct != last {
			r.t.Errorf("central has %d events (%d of them different) of a device that numbered %d", count, distinct, last)
		}
		have += count
		return err
	})
	if have != made || made == 0 {
		r.t.Errorf("the devices made %d events, central has %d", made, have)
	}
}

func TestAFullDiskLosesNothingThatWasShown(t *testing.T) {
	const people = 40
	r := &trial{town: startTown(t)}
	r.book(people)
	u := r.device(r.Target().URL())
	r.must(os.MkdirAll(u.dir, 0o700))
	t.Cleanup(func() { // where others see it, it goes with the test
		if exec.Command("mountpoint", "-q", u.dir).Run() == nil {
			r.must(exec.Command("umount", "--lazy", u.dir).Run())
		}
	})
	u.under = append(smallDisk(), "mount -t tmpfs -o size=3m tmpfs "+u.dir+" && exec \"$@\"", "sh")
	u.start()
	u.enrol()
	all := u.holds(people)
	r.units, r.arrived = []*unit{u}, []map[clinic.ID]bool{{}}
	r.must(r.act(0, all[0].ID))
	_, err := u.tell("fill", "")
	r.must(err)
	refused := 0
	for _, b := range all[1:30] {
		if err := r.act(0, b.ID); err != nil {
			if !strings.Contains(err.Error(), "disk is full") {
				t.Fatalf("on a full disk: %v", err)
			}
			refused++
		}
	}
	if refused == 0 {
		t.Fatal("the disk was never full")
	}
	shown := len(r.arrived[0])
	h, err := u.tell("look", "")
	r.must(err)
	if int(h.Made) != shown {
		t.Errorf("%d events were made, %d shown", h.Made, shown)
	}
	_, err = u.tell("free", "")
	r.must(err)
	for _, b := range all[30:] {
		r.must(r.act(0, b.ID))
	}
	r.heal()
	if got := len(r.events()); got != len(r.arrived[0]) {
		t.Errorf("central has %d arrivals, %d were shown", got, len(r.arrived[0]))
	}
}

// smallDisk begins a command in a mount namespace of its own, where it may mount
// what others do not see.
func smallDisk() []string {
	if os.Geteuid() != 0 {
		return []string{"unshare", "--user", "--map-root-user", "--mount", "sh", "-c"}
	}
	if exec.Command("mountpoint", "-q", "/").Run() != nil { // in a chroot, which is nobody's to make private
		return []string{"unshare", "--mount", "--propagation", "unchanged", "sh", "-c"}
	}
	return []string{"unshare", "--mount", "sh", "-c"}
}

func TestADifferenceIsSeen(t *testing.T) {
	id := clinic.ID{1}
	truth := map[clinic.ID]deviceBooking{id: {ID: id, Attendance: "arrived", Events: 1}}
	for story, shown := range map[string][]deviceBooking{
		"one too few":   {},
		"another one":   {{ID: clinic.ID{2}, Attendance: "arrived", Events: 1}},
		"not arrived":   {{ID: id, Attendance: "none", Events: 1}},
		"a second time": {{ID: id, Attendance: "arrived", Events: 2}},
	} {
		if difference(truth, shown) == "" {
			t.Errorf("%s is not seen", story)
		}
	}
	if d := difference(truth, []deviceBooking{truth[id]}); d != "" {
		t.Errorf("the same is %s", d)
	}
}
