// Package town runs the whole system as it runs in a city, in small: central,
// two card readers, a front desk and a kiosk, each its own process, and between
// devices and central a cable that can be cut. Its demonstration is the main
// job from the first click to the arrival on central's monitor.
package town

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"ezhitong.tw/clinic"
)

// Town is the whole system on one machine. Make it with New, end it with Close.
type Town struct {
	Bin      string // folder of the programs
	Dir      string // folder of all data, logs and sockets
	Pictures string // folder of screenshots
	Out      io.Writer

	Site    clinic.Site // where the devices stand
	Central *Process
	Desk    *Process
	Kiosk   *Process
	Address string // of central, http://…
	Cable   *Cable
	Login   Login

	people   []Holder
	days     map[string]clinic.Date // of slots, by id
	slots    []clinic.Slot          // of its site, by day
	screens  map[string]*Display
	programs map[string]*Process // of the devices, by name
	running  []*Process
	logs     map[string]*logbook
}

// Login is an account of central's staff.
type Login struct{ Account, Password string }

// New prepares a town in an empty folder. Its devices stand at the site with the
// given code, or at one that suits the demonstration when that is empty.
func New(bin, dir, pictures, site string, out io.Writer) (*Town, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the town's folder: %w", err)
	}
	t := &Town{
		Bin: bin, Dir: dir, Pictures: pictures, Site: clinic.Site{Code: site}, Out: out,
		days: make(map[string]clinic.Date), screens: make(map[string]*Display), programs: make(map[string]*Process), logs: make(map[string]*logbook),
	}
	if err := t.profile(); err != nil {
		return nil, err
	}
	return t, t.SetClock(0)
}

// Close ends every process, the last started first, and closes the cable.
func (t *Town) Close() {
	for _, p := range slices.Backward(t.running) {
		p.Stop()
	}
	if t.Cable != nil {
		t.Cable.Close()
	}
	for _, l := range t.logs {
		_ = l.file.Close()
	}
}

func (t *Town) path(names ...string) string {
	return filepath.Join(append([]string{t.Dir}, names...)...)
}

// SetClock moves the clock of every program away from the real time.
func (t *Town) SetClock(offset time.Duration) error {
	next := t.path("clock.next")
	if err := os.WriteFile(next, []byte(offset.String()+"\n"), 0o600); err != nil {
		return fmt.Errorf("move the clock: %w", err)
	}
	if err := os.Rename(next, t.path("clock")); err != nil {
		return fmt.Errorf("move the clock: %w", err)
	}
	return nil
}

// MoveTo moves every clock to a time of a day.
func (t *Town) MoveTo(day clinic.Date, at clinic.TimeOfDay) error {
	return t.SetClock(time.Until(day.At(at)).Round(time.Second))
}

// StartCentral starts central, or starts it again on the same address and data.
func (t *Town) StartCentral(ctx context.Context) error {
	if t.Address == "" {
		port, err := freePort(8080)
		if err != nil {
			return err
		}
		t.Address = "http://127.0.0.1:" + port
	}
	var err error
	var mark int
	if l, ok := t.logs["central"]; ok {
		mark = l.len()
	}
	t.Central, err = t.start("central", "central", nil, "serve",
		"--data", t.path("central"), "--listen", strings.TrimPrefix(t.Address, "http://"), "--clock", t.path("clock"))
	if err != nil {
		return err
	}
	_, err = t.Central.Expect(ctx, mark, 60*time.Second, "listening")
	return err
}

// central runs one command of central's program and gives what it printed.
func (t *Town) central(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(t.Bin, "central"), args...)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("central %s: %w: %s", args[0], err, strings.TrimSpace(complaint.String()))
	}
	return strings.TrimSpace(string(out)), nil
}

// AddStaff makes an account of the health bureau.
func (t *Town) AddStaff(ctx context.Context) error {
	const account = "bureau"
	password, err := t.central(ctx, "account", "add", account, "--role", "bureau", "--name", "示範人員", "--data", t.path("central"))
	if err != nil {
		return err
	}
	t.Login = Login{account, lastWord(password)}
	return nil
}

func lastWord(s string) string {
	words := strings.Fields(s)
	if len(words) == 0 {
		return ""
	}
	return words[len(words)-1]
}

// StartReader starts the emulated card reader of a device.
func (t *Town) StartReader(ctx context.Context, device string) error {
	p, err := t.start(device+"-reader", "cardsim", nil, "serve", "--link", t.path(device+".tty"), "--control", t.path(device+".sock"))
	if err != nil {
		return err
	}
	return until(ctx, 10*time.Second, "the reader of "+device, func() error {
		if !p.Alive() {
			return fmt.Errorf("it ended, see %s", p.log.path)
		}
		_, err := os.Stat(t.path(device + ".sock"))
		return err
	})
}

// InsertCard puts a person's card into the reader of a device.
func (t *Town) InsertCard(ctx context.Context, device string, p Holder) error {
	return t.cardsim(ctx, "insert", "--control", t.path(device+".sock"), "--id", p.ID, "--name", p.Name, "--birth", p.Birth, "--sex", p.Sex, "--number", p.Card)
}

// RemoveCard takes the card out of the reader of a device.
func (t *Town) RemoveCard(ctx context.Context, device string) error {
	return t.cardsim(ctx, "remove", "--control", t.path(device+".sock"))
}

func (t *Town) cardsim(ctx context.Context, args ...string) error {
	if out, err := exec.CommandContext(ctx, filepath.Join(t.Bin, "cardsim"), args...).CombinedOutput(); err != nil {
		return fmt.Errorf("cardsim %s: %w: %s", args[0], err, strings.TrimSpace(string(out)))
	}
	return nil
}

// Code makes a one-time enrolment code for a device of the town's site.
func (t *Town) Code(ctx context.Context, role, label string) (string, error) {
	out, err := t.central(ctx, "device", "code", "--site", t.Site.Code, "--role", role, "--label", label, "--data", t.path("central"))
	return lastWord(out), err
}

// Approve waits for the five words that a new device shows and lets it in by
// them, as a person at central does.
func (t *Town) Approve(ctx context.Context, p *Process) error {
	line, err := p.Expect(ctx, 0, synced, "waiting for approval")
	if err != nil {
		return err
	}
	_, words, _ := strings.Cut(line, `words="`)
	words, _, ok := strings.Cut(words, `"`)
	if !ok {
		return fmt.Errorf("%s shows no words: %s", p.Name, line)
	}
	_, err = t.central(ctx, append([]string{"device", "approve", "--data", t.path("central")}, strings.Fields(words)...)...)
	return err
}

// StartDesk starts the front desk; a code enrols it.
func (t *Town) StartDesk(ctx context.Context, code string) error {
	err := t.Open(ctx, "desk", code)
	t.Desk = t.programs["desk"]
	return err
}

// StartKiosk starts the kiosk; a code enrols it.
func (t *Town) StartKiosk(ctx context.Context, code string) error {
	err := t.Open(ctx, "kiosk", code)
	t.Kiosk = t.programs["kiosk"]
	return err
}

// Open starts a device of a name that begins with desk or kiosk; a code enrols it.
func (t *Town) Open(ctx context.Context, device, code string) error {
	if strings.HasPrefix(device, "kiosk") {
		return t.device(ctx, device, "kiosk", code, "--windowed")
	}
	return t.device(ctx, device, "frontdesk", code)
}

// Device is the program of a device.
func (t *Town) Device(device string) *Process { return t.programs[device] }

func (t *Town) device(ctx context.Context, name, program, code string, more ...string) error {
	screen, err := t.Screen(ctx, name)
	if err != nil {
		return err
	}
	args := append([]string{
		"--data", t.path(name), "--keys", "file", "--central", t.Cable.Address, "--reader", t.path(name + ".tty"), "--clock", t.path("clock"),
	}, more...)
	if code != "" {
		args = append(args, "--enrol", code)
	}
	began := now()
	p, err := t.start(name, program, screen.env(), args...)
	if t.programs[name] = p; err != nil || !screen.own {
		return err
	}
	if err := screen.AwaitWindow(ctx, p.cmd.Process.Pid); err != nil {
		return fmt.Errorf("%w; see %s", err, p.log.path)
	}
	p.Opened = now().Sub(began)
	return nil
}

// Screen gives the display of a device: the person's own where there is one, or
// one in memory, which is started at the first call.
func (t *Town) Screen(ctx context.Context, device string) (*Display, error) {
	if d, ok := t.screens[device]; ok {
		return d, nil
	}
	d := &Display{Name: os.Getenv("DISPLAY")}
	if d.Name == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		var err error
		if d, err = t.display(ctx, device, 1280, 800); err != nil {
			return nil, err
		}
	}
	t.screens[device] = d
	return d, nil
}

// CloseScreen ends the display in memory of a device. Screen starts another.
func (t *Town) CloseScreen(device string) {
	if d, ok := t.screens[device]; ok && d.own {
		d.server.Stop()
		delete(t.screens, device)
	}
}

// freePort gives the first free port of the loopback address from one on. They
// lie below those that the system draws for outgoing connections, so that a
// program that is started again finds its port free.
func freePort(from int) (string, error) {
	for port := from; port < from+100; port++ {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("find a free port: %w", err)
		}
		return strconv.Itoa(port), l.Close()
	}
	return "", fmt.Errorf("find a free port: none from %d to %d", from, from+99)
}
