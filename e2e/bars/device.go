package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/agent"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/station"
	"ezhitong.tw/syncproto"
)

// deviceCommand is the device whose synchronisation is measured: a station with
// its replica on disk, which does what each line of its input says.
type deviceCommand struct {
	Folder  string `arg:"" type:"path"`
	Central string `required:""`
	Code    string `required:"" help:"enrolment code"`

	before int64 // the cursor before the events were pushed
}

// order is a line of a device's input, and deed the line with which it answers.
type order struct {
	Do    string `json:"do"` // pull, rows, settle, act, push, echo, sealed, idle
	Count int    `json:"count"`
}

type deed struct {
	Rows    int     `json:"rows"`
	Seconds float64 `json:"seconds"`
	Error   string  `json:"error,omitempty"`
}

// Run works until its input ends.
func (c *deviceCommand) Run(ctx context.Context) (err error) {
	s, err := station.Open(ctx, station.Options{
		Data: c.Folder, Central: c.Central, Staff: "nurse", Build: "bars", Clock: townClock(), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Enrol(ctx, c.Code, func(syncproto.Words) {}); err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(addresses{}); err != nil {
		return err
	}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var o order
		if err := json.Unmarshal(in.Bytes(), &o); err != nil {
			return err
		}
		began := time.Now()
		rows, err := c.follow(ctx, s, o)
		d := deed{Rows: rows, Seconds: time.Since(began).Seconds()}
		if err != nil {
			d.Error = err.Error()
		}
		if err := out.Encode(d); err != nil {
			return err
		}
	}
	return nil
}

func (c *deviceCommand) follow(ctx context.Context, s *station.Station, o order) (int, error) {
	switch o.Do {
	case "pull", "push":
		return 0, s.Agent.Round(ctx)
	case "idle":
		err := s.Agent.Round(ctx)
		if errors.Is(err, syncproto.Problem{Code: syncproto.ProblemUnknownSession}) { // the question about the echo ended its session
			err = s.Agent.Round(ctx)
		}
		return 0, err
	case "rows":
		all, err := everything(ctx, s.Replica)
		return len(all), err
	case "settle": // the replica has nothing to settle
		at, err := s.Replica.Position(ctx)
		c.before = at.Cursor
		return 0, err
	case "echo":
		return c.echo(ctx, s)
	case "sealed":
		return c.sealed(ctx, s)
	case "act":
		return o.Count, act(ctx, s.Replica, o.Count)
	}
	return 0, fmt.Errorf("there is no deed %q", o.Do)
}

// everything lists the bookings of the replica.
func everything(ctx context.Context, r *replica.Replica) ([]clinic.Booking, error) {
	var out []clinic.Booking
	for _, s := range (shape{Sites: 1}).profile().Slots {
		if s.Start >= noon {
			continue // the day's other slot
		}
		day, err := r.Day(ctx, s.Date)
		if err != nil {
			return nil, err
		}
		out = append(out, day...)
	}
	return out, nil
}

const noon = 12 * 60

// act checks so many people in, each with a queue number.
func act(ctx context.Context, r *replica.Replica, count int) error {
	all, err := everything(ctx, r)
	if err != nil {
		return err
	}
	if len(all) < count {
		return fmt.Errorf("%d bookings for %d events", len(all), count)
	}
	for _, b := range all[:count] {
		if _, err := r.Act(ctx, b.ID, func(clinic.Booking) (replica.Draft, error) {
			return replica.Draft{Kind: clinic.CheckedIn, Staff: "nurse", Ticket: true}, nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// sealed counts the bytes of the sealed messages of a pull that brings nothing.
func (c *deviceCommand) sealed(ctx context.Context, s *station.Station) (bytes int, err error) {
	again, err := c.again(ctx, s)
	if err != nil {
		return 0, err
	}
	greeting := again.sealed
	page, err := again.pull(ctx)
	if err == nil && len(page.Rows) > 0 {
		err = fmt.Errorf("%d rows came when nothing was new", len(page.Rows))
	}
	return again.sealed - greeting, err
}

// again is this device in a session of its own, up to date as central is.
func (c *deviceCommand) again(ctx context.Context, s *station.Station) (*caller, error) {
	self, err := s.Replica.Identity(ctx)
	if err != nil {
		return nil, err
	}
	out, err := s.Replica.Outbox(ctx, 1)
	if err != nil {
		return nil, err
	}
	again := &caller{link: agent.NewHTTPLink(c.Central), self: self, made: out.Max}
	err = again.connect(ctx)
	again.whole = again.welcome.SiteSeq
	return again, err
}

// echo asks central for what came after the cursor before the push, as the device
// itself did, and counts the rows: nobody but this device has done anything.
func (c *deviceCommand) echo(ctx context.Context, s *station.Station) (rows int, err error) {
	again, err := c.again(ctx, s)
	if err != nil {
		return 0, err
	}
	again.cursor, again.whole = c.before, c.before
	for {
		page, err := again.pull(ctx)
		if err != nil {
			return 0, err
		}
		rows += len(page.Rows)
		if !page.More {
			return rows, nil
		}
		again.cursor = page.Next
	}
}
