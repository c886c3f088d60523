package e2e_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"ezhitong.tw/central/console"
	"ezhitong.tw/clinic"
	"ezhitong.tw/e2e/load"
	"ezhitong.tw/internal/sqldb"
)

// programs is the folder of the programs that make build made.
const programs = "../.build/bin"

// town is a central and devices, every one a process that can be killed.
type town struct {
	*load.Central
	t    *testing.T
	site string
	plan *load.Plan
}

// startTown runs central on a small city of one site.
func startTown(t *testing.T) *town {
	t.Helper()
	return startTownOf(t, 1)
}

// startTownOf runs central on a city of so many sites; site is one of them.
func startTownOf(t *testing.T, sites int) *town {
	t.Helper()
	if _, err := os.Stat(filepath.Join(programs, "central")); err != nil {
		t.Fatalf("central is not built, run: make build (%v)", err)
	}
	data, err := os.MkdirTemp("", "e2e-*") //nolint:usetesting // short: the console's socket is in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(data) })
	w := &town{Central: &load.Central{Bin: programs, Data: filepath.Join(data, "central"), Sites: sites, Seed: 7, Clock: filepath.Join(data, "clock")}, t: t}
	w.must(w.Make(t.Context()))
	w.must(w.Start(t.Context()))
	t.Cleanup(w.Kill)
	w.plan, err = load.ReadPlan(t.Context(), w.Target(), 1)
	w.must(err)
	w.rows("SELECT code FROM site", func(scan func(...any) error) error { return scan(&w.site) })
	return w
}

func (w *town) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// rows reads central's own database while it runs.
func (w *town) rows(query string, each func(scan func(...any) error) error) {
	w.t.Helper()
	db, err := sqldb.OpenReadOnly(w.t.Context(), filepath.Join(w.Data, "central.db"))
	w.must(err)
	defer func() { w.must(db.Close()) }()
	rows, err := db.QueryContext(w.t.Context(), query)
	w.must(err)
	defer rows.Close()
	for rows.Next() {
		w.must(each(rows.Scan))
	}
	w.must(rows.Err())
}

// book books for so many new people, and gives the requests.
func (w *town) book(count int) []*load.Shot {
	w.t.Helper()
	shots, err := w.plan.Bookings(count)
	w.must(err)
	r, err := w.Target().Flood(w.t.Context(), 8, shots)
	w.must(err)
	if int(r.Booked.Load()) != count {
		w.t.Fatalf("%d of %d were booked", r.Booked.Load(), count)
	}
	return shots
}

// unit is a device, a process.
type unit struct {
	w       *town
	dir     string
	central string
	clock   string // file of what its clock is off by
	under   []string
	more    []string // arguments
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	log     *os.File
}

// device makes a device whose central is at an address; start it with start.
func (w *town) device(central string) *unit {
	w.t.Helper()
	dir := w.t.TempDir()
	u := &unit{w: w, dir: filepath.Join(dir, "device"), central: central, clock: filepath.Join(dir, "clock")}
	u.setClock(0)
	w.t.Cleanup(u.kill)
	return u
}

func (u *unit) setClock(off time.Duration) {
	u.w.t.Helper()
	u.w.must(os.WriteFile(u.clock, []byte(off.String()), 0o600))
}

// start runs the device. Words of a command that has to stand before it can be
// given in under.
func (u *unit) start() {
	u.w.t.Helper()
	self, err := os.Executable()
	u.w.must(err)
	args := append(append([]string(nil), u.under...), self, "device", u.dir, u.central, u.clock)
	args = append(args, u.more...)
	u.cmd = exec.Command(args[0], args[1:]...)
	u.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	u.log, err = os.OpenFile(u.dir+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	u.w.must(err)
	u.cmd.Stderr = u.log
	u.in, err = u.cmd.StdinPipe()
	u.w.must(err)
	out, err := u.cmd.StdoutPipe()
	u.w.must(err)
	u.out = bufio.NewReader(out)
	u.w.must(u.cmd.Start())
}

// kill ends the device as a power cut does.
func (u *unit) kill() {
	if u.cmd == nil {
		return
	}
	_ = syscall.Kill(-u.cmd.Process.Pid, syscall.SIGKILL)
	_ = u.cmd.Wait()
	_ = u.log.Close()
	u.cmd = nil
}

// again kills the device and starts it with its clock off by so much.
func (u *unit) again(off time.Duration) {
	u.w.t.Helper()
	u.kill()
	u.setClock(off)
	u.start()
}

// tell has the device do something. The error is the device's own, or says that
// it is gone.
func (u *unit) tell(do, text string) (heard, error) {
	if err := json.NewEncoder(u.in).Encode(say{do, text}); err != nil {
		return heard{}, err
	}
	return u.hear()
}

func (u *unit) hear() (h heard, err error) {
	line, err := u.out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &h)
	}
	if err == nil && h.Error != "" {
		err = errors.New(h.Error)
	}
	return h, err
}

// enrol lets the device in, by its five words.
func (u *unit) enrol() {
	u.w.t.Helper()
	code, err := console.NewCode(u.w.t.Context(), u.w.Data, console.CodeRequest{Site: u.w.site, Role: "desk", Label: "櫃檯"})
	u.w.must(err)
	h, err := u.tell("enrol", code.Code)
	u.w.must(err)
	_, err = console.Approve(u.w.t.Context(), u.w.Data, console.ApproveRequest{Words: h.Words})
	u.w.must(err)
	_, err = u.hear()
	u.w.must(err)
}

// until asks the device again and again until it stands as wanted.
func (u *unit) until(what string, limit time.Duration, want func(heard) bool) heard {
	u.w.t.Helper()
	ctx, cancel := context.WithTimeout(u.w.t.Context(), limit)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		h, err := u.tell("look", "")
		u.w.must(err)
		if want(h) {
			return h
		}
		if _, err := u.tell("sync", ""); err != nil {
			u.w.t.Fatal(err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			u.w.t.Fatalf("after %s the device does not have %s: %d bookings, %d pending, %s", limit, what, len(h.Bookings), h.Pending, h.State)
		}
	}
}

// holds waits until the device has so many bookings.
func (u *unit) holds(count int) []deviceBooking {
	u.w.t.Helper()
	return u.until(fmt.Sprintf("%d bookings", count), time.Minute, func(h heard) bool { return len(h.Bookings) == count }).Bookings
}

// events are those that central has, by booking.
func (w *town) events() map[clinic.ID]int {
	w.t.Helper()
	out := map[clinic.ID]int{}
	w.rows("SELECT booking FROM event", func(scan func(...any) error) error {
		var id []byte
		err := scan(&id)
		out[clinic.ID(id)]++
		return err
	})
	return out
}
