// Package station is one device at a clinic put together: its replica, the agent
// that syncs it and the reader of cards, running. Front desk and kiosk differ in
// their screens only.
package station

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/google/uuid"

	"ezhitong.tw/clinic"
	"ezhitong.tw/drivers/escpos"
	"ezhitong.tw/drivers/scanner"
	"ezhitong.tw/internal/clock"
	"ezhitong.tw/internal/secretfile"
	"ezhitong.tw/kiosk/agent"
	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/lan"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
)

// Options is what the command line says.
type Options struct {
	Data    string         // folder of the replica
	Keys    Keys           // where the key of the replica is
	Central string         // base address of central; empty for the one that enrolment told, else for this machine
	Readers []string       // where the card readers are (cards.Watcher), none for none
	Scanner scanner.Config // the code scanner; none without a port
	Printer escpos.Config  // the slip printer; none without a port
	Staff   string         // who acts here
	LAN     bool           // help the site's other devices and be helped, where central lets it
	Finder  lan.Finder     // finds them; nil: multicast on every network card
	Listen  string         // TCP address for them; empty: any port on every network card
	// CallPage is where the page of the calls listens; empty for its usual port.
	CallPage string
	Build    string
	Clock    clock.Clock
	Log      *slog.Logger
}

// Station is a device that is open. Start it with Run.
type Station struct {
	Counter *reception.Counter
	Replica *replica.Replica
	Agent   *agent.Agent
	Cards   *cards.Watcher

	link *agent.HTTPLink
	opt  Options

	mu          sync.Mutex // guards gear and Cards
	gear        Gear
	jobs        chan func() // what is done while nobody uses the hardware
	scannerLost atomic.Bool
	printing    sync.Mutex // held by whoever has a printer's port open

	bells        *bells
	callSwitches chan callSwitch
	callsAt      *net.TCPAddr // where the page of the calls is served, under mu; nil where it is not
	callsErr     error        // and why, under mu
}

const (
	poll     = 2 * time.Second
	idle     = 15 * time.Second // while central says by itself that there is something new
	retryMax = 30 * time.Second

	helpEvery = 2 * time.Second // between two questions to the site's other devices

	enrolPauseFirst = 100 * time.Millisecond // between two questions for the grant, doubled
	enrolPause      = 2 * time.Second        // up to here
)

// Open opens the replica. The station works from then on, enrolled before or
// not; only Run talks to anybody.
func Open(ctx context.Context, opt Options) (*Station, error) {
	if err := os.MkdirAll(opt.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make the device's folder: %w", err)
	}
	keys, err := opt.Keys.open(opt.Data)
	if err != nil {
		return nil, err
	}
	r, err := replica.Open(ctx, replica.Config{Dir: opt.Data, Keys: keys, Clock: opt.Clock, NewID: newID})
	if err != nil {
		return nil, err
	}
	if opt.Finder == nil {
		opt.Finder = &lan.MDNS{}
	}
	if err := r.Leftover(); err != nil {
		opt.Log.Warn("what an older program wrote in the clear is still in free pages of the replica; the next start tries again", "err", err)
	}
	s := &Station{
		Replica: r,
		Counter: &reception.Counter{Replica: r, Staff: opt.Staff},
		opt:     opt, jobs: make(chan func()), callSwitches: make(chan callSwitch),
		bells: &bells{now: r.Now, others: make(map[clinic.ID]reception.HelpCall), answered: make(map[clinic.ID]time.Time)},
	}
	if err := s.loadGear(ctx); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	if s.opt.Central, err = s.central(ctx); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	if !opt.LAN { // what was passed on before is not kept up to date any more
		if err := r.TakeNeighbours(ctx, syncproto.Neighbours{}); err != nil {
			return nil, errors.Join(err, r.Close())
		}
	}
	s.link = agent.NewHTTPLink(s.opt.Central)
	s.Agent = agent.New(agent.Config{
		Replica: r, Link: s.link, Poker: s.link, Build: opt.Build, Log: opt.Log,
		Reader: s.readerState, FreeDisk: func() int64 { return freeDisk(opt.Data) },
		LAN: opt.LAN, Jitter: rand.Float64, Poll: poll, Idle: idle, RetryMax: retryMax,
	})
	return s, nil
}

// Appointments has central book other days for people who stand here.
func (s *Station) Appointments() *reception.Appointments {
	return &reception.Appointments{Replica: s.Replica, Central: s.Agent, NewID: newID}
}

func newID() clinic.ID { return clinic.ID(uuid.Must(uuid.NewV7())) }

// here is where central is when nobody says anything else.
const here = "http://127.0.0.1:8080"

// central gives central's address: what the command line says, else what the
// device was told when it was enrolled.
func (s *Station) central(ctx context.Context) (string, error) {
	if s.opt.Central != "" {
		return s.opt.Central, nil
	}
	id, err := s.Replica.Identity(ctx)
	if err != nil && !errors.Is(err, replica.ErrNotEnrolled) {
		return "", err
	}
	return cmp.Or(id.Address, here), nil
}

// Enrolled reports whether the device has its identity.
func (s *Station) Enrolled(ctx context.Context) (bool, error) {
	_, err := s.Replica.Identity(ctx)
	if errors.Is(err, replica.ErrNotEnrolled) {
		return false, nil
	}
	return err == nil, err
}

// Enrol turns an invitation, or a code alone, which is the own central's, into the
// device's identity. show is called with the five words that a person at central compares, and Enrol
// waits until that person has decided. It keeps asking when the line fails.
// Explain says what went wrong in words.
func (s *Station) Enrol(ctx context.Context, invitation string, show func(syncproto.Words)) error {
	code, address, err := syncproto.ParseInvitation(invitation)
	if err != nil {
		return fmt.Errorf("enrol: %w", err)
	}
	s.link.To(cmp.Or(address, s.opt.Central)) // a code before this one may have named another
	e, err := agent.NewEnrolment(ctx, s.link, code, s.opt.Build)
	if err != nil {
		return fmt.Errorf("enrol: %w", err)
	}
	var shown syncproto.Words
	pause := enrolPauseFirst
	for {
		words, identity, approved, err := e.Ask(ctx)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("enrol: %w", ctx.Err())
		case approved:
			identity.Address = address
			return s.keep(ctx, identity)
		case err == nil && words != shown:
			s.opt.Log.Info("waiting for approval", "words", words.String())
			show(words)
			shown = words
		case err != nil && !again(err):
			return fmt.Errorf("enrol: %w", err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("enrol: %w", ctx.Err())
		case <-time.After(pause):
			pause = min(2*pause, enrolPause)
		}
	}
}

// again reports whether the same request may find another answer.
func again(err error) bool {
	return errors.Is(err, agent.ErrUnreachable) || errors.Is(err, syncproto.Problem{Code: syncproto.ProblemBusy}) ||
		errors.Is(err, syncproto.Problem{Code: syncproto.ProblemInternal})
}

func (s *Station) keep(ctx context.Context, identity replica.Identity) error {
	if err := s.Replica.SaveIdentity(ctx, identity); err != nil {
		return fmt.Errorf("keep the identity: %w", err)
	}
	s.opt.Log.Info("enrolled", "device", identity.Grant.Device, "site", identity.Grant.Site, "label", identity.Grant.Label)
	return nil
}

// Run syncs until the context ends. The device has to be enrolled.
func (s *Station) Run(ctx context.Context) {
	var beside sync.WaitGroup
	defer beside.Wait()
	beside.Go(func() { s.showCalls(ctx) })
	if s.opt.LAN {
		beside.Go(func() {
			if err := s.help(ctx); err != nil { // the device works without
				s.opt.Log.Error("help within the site ended", "err", err)
			}
		})
	}
	s.Agent.Run(ctx)
}

// readerState is what the monitor shows of the card readers.
func (s *Station) readerState() syncproto.ReaderState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Cards.State()
}

// Codes tells what the scanner on its serial line reads until ctx ends; nil
// where there is none. One that types like a keyboard is the window's matter.
func (s *Station) Codes(ctx context.Context) <-chan scanner.Event {
	return s.watchCodes(ctx, s.Gear().Scanner)
}

// help passes events on within the site until the context ends.
func (s *Station) help(ctx context.Context) error {
	h, err := lan.New(ctx, lan.Config{Replica: s.Replica, Finder: s.opt.Finder, Listen: cmp.Or(s.opt.Listen, ":0"), Every: helpEvery, Bell: s.bells, Log: s.opt.Log})
	if err != nil {
		return err
	}
	return h.Run(ctx)
}

// Close closes the replica.
func (s *Station) Close() error { return s.Replica.Close() }

// Explain gives the translation key of what a person is told about an error.
func Explain(err error) string {
	var problem syncproto.Problem
	switch {
	case err == nil:
		return ""
	case errors.Is(err, replica.ErrDiskFull), errors.Is(err, syscall.ENOSPC):
		return "device.disk_full"
	case errors.Is(err, ErrKeyring):
		return "device.no_keyring"
	case errors.Is(err, ErrKeyLost), errors.Is(err, secretfile.ErrPassphrase):
		return "device.no_key"
	case errors.Is(err, syncproto.ErrCode):
		return "enrol.code_wrong"
	case errors.Is(err, agent.ErrFingerprint):
		return "enrol.fingerprint_mismatch"
	case errors.As(err, &problem):
		switch problem.Code {
		case syncproto.ProblemCodeWrong, syncproto.ProblemCodeExpired, syncproto.ProblemCodeUsed,
			syncproto.ProblemNotApproved, syncproto.ProblemKeyRetired, syncproto.ProblemUnknownDevice, syncproto.ProblemRevoked:
			return "enrol." + problem.Code
		}
		return "failure.internal"
	case errors.Is(err, agent.ErrUnreachable):
		return "enrol.central_unreachable"
	}
	return "failure.internal"
}
