package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// How much is synchronised.
const (
	rowsDown   = 100_000
	eventsUp   = 10_000
	herdSites  = 540 // the contract clinics and health centres of the city
	herdOfSite = 3
	startsIn   = 2 * time.Minute // a server that is filled first
)

// step is what one deed cost both ends and the wire between them.
type step struct {
	Seconds        float64
	Bytes          int64
	Server, Client time.Duration // of CPU
}

func (s step) rate(count int) float64 { return float64(count) / s.Seconds }

func (s step) each(count int) float64 { return float64(s.Bytes) / float64(count) }

func (s step) cpu() float64 { return (s.Server + s.Client).Seconds() }

// exchanged is what one way of synchronising took.
type exchanged struct {
	Pull, Push, Idle step
	Echo             int // rows of one's own events that came back
	Sealed           int // bytes of a pull that brings nothing, without HTTP's heads
}

// stack is one way of synchronising: a server and a device, each a process.
type stack struct {
	server, device *server
	wire           *wire
}

func (s *stack) end() error {
	err := errors.Join(s.device.stop(), s.server.stop())
	s.wire.cut()
	return err
}

// step has the device do something and measures it.
func (s *stack) step(do string) (st step, err error) {
	before, err := s.meter()
	if err != nil {
		return st, err
	}
	d, err := s.device.order(order{do, 0})
	if err != nil {
		return st, fmt.Errorf("%s: %w", do, err)
	}
	after, err := s.meter()
	return step{d.Seconds, after.Bytes - before.Bytes, after.Server - before.Server, after.Client - before.Client}, err
}

func (s *stack) meter() (m step, err error) {
	m.Bytes = s.wire.bytes.Load()
	if m.Server, err = s.server.cpu(); err != nil {
		return m, err
	}
	m.Client, err = s.device.cpu()
	return m, err
}

// order tells a device what to do and waits until it is done.
func (s *server) order(o order) (d deed, err error) {
	if err := json.NewEncoder(s.input).Encode(o); err != nil {
		return d, err
	}
	line, err := s.out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &d)
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err == nil && d.Error != "" {
		err = errors.New(d.Error)
	}
	return d, err
}

// cpu is the processor's time that a process has had, in steps of 10 ms
// (proc(5): utime and stime of /proc/PID/stat, in hundredths of a second).
func (s *server) cpu() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, found := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if !found || len(fields) < 13 {
		return 0, errors.New("/proc/PID/stat is not what proc(5) says")
	}
	var ticks int64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil
}

// measure lets the device pull all, make events, push them, and ask once more.
func (s *stack) measure(rows, events int) (x exchanged, err error) {
	if x.Pull, err = s.step("pull"); err != nil {
		return x, err
	}
	came, err := s.device.order(order{Do: "rows"})
	if err != nil {
		return x, err
	}
	if came.Rows != rows {
		return x, fmt.Errorf("%d of %d rows came", came.Rows, rows)
	}
	for _, d := range []order{{Do: "settle"}, {Do: "act", Count: events}} {
		if _, err := s.device.order(d); err != nil {
			return x, fmt.Errorf("%s: %w", d.Do, err)
		}
	}
	if x.Push, err = s.step("push"); err != nil {
		return x, err
	}
	echo, err := s.device.order(order{Do: "echo"})
	if err != nil {
		return x, err
	}
	x.Echo = echo.Rows
	sealed, err := s.device.order(order{Do: "sealed"})
	if err != nil {
		return x, err
	}
	x.Sealed = sealed.Rows
	if _, err := s.device.order(order{Do: "idle"}); err != nil { // the question about the echo ended its session
		return x, fmt.Errorf("idle: %w", err)
	}
	x.Idle, err = s.step("idle")
	return x, err
}

// ours measures our own synchronisation, and the herd with the same central.
func (b *bench) ours(ctx context.Context) (x exchanged, h herd, err error) {
	s, err := b.openOurs(ctx, herdSites, rowsDown, herdOfSite)
	if err != nil {
		return x, h, err
	}
	defer func() { err = errors.Join(err, s.end()) }()
	if x, err = s.measure(rowsDown, eventsUp); err != nil {
		return x, h, err
	}
	callers, err := enrolAll(ctx, "http://"+s.server.at.Sync, s.server.at.Codes[1:])
	if err != nil {
		return x, h, fmt.Errorf("enrol the herd: %w", err)
	}
	h, err = reconnect(ctx, callers)
	return x, h, err
}

// openOurs starts a hub with so many sites, bookings at the first of them and
// codes for others at each, and a device at the first.
func (b *bench) openOurs(ctx context.Context, sites, rows, herd int) (*stack, error) {
	folder, err := os.MkdirTemp(b.work, "hub-*")
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &stack{}
	s.server, err = launchIn(ctx, startsIn, folder, self, "hub", folder,
		"--sites", strconv.Itoa(sites), "--rows", strconv.Itoa(rows), "--herd", strconv.Itoa(herd))
	if err != nil {
		return nil, err
	}
	return s, s.connect(ctx, func(url string) (*server, error) {
		return launch(ctx, folder, self, "device", filepath.Join(folder, "device"), "--central", url, "--code", s.server.at.Codes[0])
	})
}

// connect starts the device at the end of a wire to the server.
func (s *stack) connect(ctx context.Context, device func(url string) (*server, error)) (err error) {
	if s.wire, err = stretch(ctx, s.server.at.Sync); err == nil {
		s.device, err = device(s.wire.url())
	}
	if err != nil {
		return errors.Join(err, s.server.stop())
	}
	return nil
}

// pouch measures PouchDB with the same people's bookings.
func (b *bench) pouch(ctx context.Context) (x exchanged, err error) {
	program, err := b.installPeer(ctx, "pouchdb")
	if err != nil {
		return x, err
	}
	folder, err := os.MkdirTemp(b.work, "pouchdb-*")
	if err != nil {
		return x, err
	}
	docs := filepath.Join(folder, "docs")
	if err := documents(docs, crowd(firstSite(), rowsDown)); err != nil {
		return x, err
	}
	s := &stack{}
	if s.server, err = launchIn(ctx, startsIn, folder, "node", program, "serve", filepath.Join(folder, "server"), docs); err != nil {
		return x, err
	}
	if err := s.connect(ctx, func(url string) (*server, error) {
		return launch(ctx, folder, "node", program, "device", filepath.Join(folder, "device"), url)
	}); err != nil {
		return x, err
	}
	defer func() { err = errors.Join(err, s.end()) }()
	return s.measure(rowsDown, eventsUp)
}

// installPeer gets a peer written in JavaScript with the libraries that its lock
// file names, and gives its program.
func (b *bench) installPeer(ctx context.Context, name string) (string, error) {
	to, err := filepath.Abs(filepath.Join(b.bin, "peer-"+name))
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return "", err
	}
	for _, file := range []string{"package.json", "package-lock.json", "main.mjs"} {
		text, err := os.ReadFile(filepath.Join(b.peers, name, file))
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(to, file), text, 0o644); err != nil {
			return "", err
		}
	}
	install := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error")
	install.Dir = to
	if out, err := install.CombinedOutput(); err != nil {
		return "", fmt.Errorf("install the peer %s: %w: %s", name, err, out)
	}
	return filepath.Join(to, "main.mjs"), nil
}
