// Package lan lets the devices of one site help each other over the site's own
// network while central is away: each asks the others for the signed events that it
// lacks, so that two kiosks and the desk agree on who has arrived, and for the rows of
// central's that another one heard later.
//
// It carries and never judges: the replica takes an event only as its device signed
// it and as the next link of that device's chain, and rows only as central's signed
// checkpoint tells of them. Who may talk at all is what central told last: a handshake
// needs the site's key and the key of a device in order. Nothing here goes up: that is the
// agent's, also what this device took from the others.
package lan

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
)

// Finder finds the other devices on the network.
type Finder interface {
	// Announce lets others find this device at a TCP port until the context ends.
	Announce(ctx context.Context, device clinic.ID, port int) error
	// Find gives who is there now, and the addresses at which each may listen. It may
	// find anybody: who belongs here is for the caller to judge.
	Find(ctx context.Context) (map[clinic.ID][]string, error)
}

// Config is what the world brings in.
type Config struct {
	Replica *replica.Replica
	Finder  Finder
	Listen  string        // TCP address, such as :0
	Every   time.Duration // between two rounds of asking the others
	Bell    Bell          // calls for help; nil for none
	Log     *slog.Logger
}

// Bell is what a device knows of calls for help, in Unix milliseconds.
type Bell interface {
	// Calling tells since when somebody calls here, 0 for nobody, after another device
	// has said which call a person has answered.
	Calling(answered int64) int64
	// Answered is the call of a device that a person here has answered, 0 for none.
	Answered(device clinic.ID) int64
	// Heard takes since when somebody calls at a device, 0 for nobody.
	Heard(d syncproto.Neighbour, since int64)
}

// Helper is one device's part.
type Helper struct {
	cfg      Config
	listener net.Listener
	calls    sync.WaitGroup
	places   chan struct{}
	last     map[clinic.ID]string // the trouble with each device that was logged last
}

// How long a handshake or one answer may take, and how many conversations others may hold
// at a time.
const (
	patience = 5 * time.Second
	atOnce   = 8
)

// New listens. Nothing else happens before Run.
func New(ctx context.Context, cfg Config) (*Helper, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen for the site's other devices: %w", err)
	}
	return &Helper{cfg: cfg, listener: listener, places: make(chan struct{}, atOnce), last: make(map[clinic.ID]string)}, nil
}

// Addr is where the helper listens.
func (h *Helper) Addr() net.Addr { return h.listener.Addr() }

// Run answers the others and asks them until the context ends. It stops listening
// then.
func (h *Helper) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { _ = h.listener.Close() })
	defer stop()
	var work sync.WaitGroup
	defer work.Wait()
	work.Go(func() { h.ask(ctx) })
	err := h.answer(ctx)
	h.calls.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// answer takes calls; those beyond the bound are hung up on.
func (h *Helper) answer(ctx context.Context) error {
	for {
		conn, err := h.listener.Accept()
		if err != nil {
			return fmt.Errorf("take a call of another device: %w", err)
		}
		select {
		case h.places <- struct{}{}:
		default:
			_ = conn.Close()
			continue
		}
		h.calls.Go(func() {
			defer func() { <-h.places }()
			if err := h.serve(ctx, conn); err != nil && ctx.Err() == nil {
				h.cfg.Log.Warn("another device's call", "from", conn.RemoteAddr().String(), "err", err)
			}
		})
	}
}

// ask makes rounds until the context ends.
func (h *Helper) ask(ctx context.Context) {
	tick := time.NewTicker(h.cfg.Every)
	defer tick.Stop()
	var announced context.CancelFunc = func() {}
	defer func() { announced() }()
	on := false
	for {
		n, err := h.cfg.Replica.Neighbours(ctx)
		if err != nil && ctx.Err() == nil {
			h.cfg.Log.Error("read the site's devices", "err", err)
		}
		if is := err == nil && len(n.Key) > 0; is != on {
			announced()
			if on = is; on {
				announced = h.announce(ctx)
			}
		}
		if on {
			h.round(ctx)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// announce lets others find this device until it is called off.
func (h *Helper) announce(ctx context.Context) context.CancelFunc {
	ctx, cancel := context.WithCancel(ctx)
	h.calls.Go(func() {
		id, err := h.cfg.Replica.Identity(ctx)
		if err == nil {
			err = h.cfg.Finder.Announce(ctx, id.Grant.Device, h.listener.Addr().(*net.TCPAddr).Port)
		}
		if err != nil && ctx.Err() == nil {
			h.cfg.Log.Error("announce this device on the site's network", "err", err)
		}
	})
	return cancel
}

// round asks every device that is there for what this one lacks.
func (h *Helper) round(ctx context.Context) {
	found, err := h.cfg.Finder.Find(ctx)
	if err != nil {
		if ctx.Err() == nil {
			h.cfg.Log.Warn("look for the site's other devices", "err", err)
		}
		return
	}
	n, err := h.cfg.Replica.Neighbours(ctx)
	if err != nil {
		h.cfg.Log.Error("read the site's devices", "err", err)
		return
	}
	id, err := h.cfg.Replica.Identity(ctx)
	if err != nil {
		return
	}
	for _, d := range n.Devices {
		if len(found[d.Device]) == 0 || d.Revoked || d.Device == id.Grant.Device {
			continue
		}
		var (
			kept int
			err  error
		)
		for _, address := range found[d.Device] {
			if kept, err = h.fetchFrom(ctx, id, n, d, address); err == nil {
				break
			}
		}
		h.report(ctx, d, kept, err)
	}
}

// report logs what a device passed on, and its trouble once.
func (h *Helper) report(ctx context.Context, d syncproto.Neighbour, kept int, err error) {
	if kept > 0 {
		h.cfg.Log.Info("passed on by another device", "letter", d.Letter, "events", kept)
	}
	text := ""
	if err != nil {
		text = err.Error()
	}
	if ctx.Err() == nil && text != "" && text != h.last[d.Device] {
		level := slog.LevelInfo // away, as devices are
		if errors.Is(err, replica.ErrPassed) || errors.Is(err, replica.ErrCheckpoint) {
			level = slog.LevelError
		}
		h.cfg.Log.Log(ctx, level, "ask another device", "letter", d.Letter, "err", err)
	}
	h.last[d.Device] = text
}
