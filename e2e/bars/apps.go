package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	city "ezhitong.tw/e2e/town"
)

// appsCommand is a run of the list about the programs at the clinic, in real
// windows.
type appsCommand struct {
	runCommand
	Visits int `help:"報到機上的人次 / visits at the kiosk" default:"2000"`
	Kills  int `help:"報到時斷電的次數 / how often power is cut at a check-in" default:"20"`
}

// Run measures.
func (c *appsCommand) Run(ctx context.Context) error {
	return c.measure(ctx, appBars(&apps{visits: c.Visits, kills: c.Kills}), tableOfApps)
}

const (
	starts   = 5
	idleTime = time.Minute // a collection of garbage, or a try to reach central, weighs as much as it does
	listed   = 2_000       // people on the day's list
)

var duringSync = trial{"BenchmarkCheckInDuringFirstSync", "p99-ms", 1000}

// appBars lists the bars of the programs at the clinic.
func appBars(a *apps) []bar {
	of := func(run func(context.Context, *bench) error, figure func() (float64, []string)) func(context.Context, *bench) (finding, error) {
		return func(ctx context.Context, on *bench) (f finding, err error) {
			if err := run(ctx, on); err != nil {
				return f, err
			}
			f.Value, f.Notes = figure()
			f.Unquiet, err = busyElsewhere()
			return f, err
		}
	}
	desk, kiosk := &a.desk, &a.kiosk
	alone := func(d *device) func(context.Context, *bench) error {
		return func(ctx context.Context, on *bench) error { return a.start(ctx, on, d) }
	}
	first := func(d *device) func() (float64, []string) {
		return func() (float64, []string) {
			return median(d.first), []string{fmt.Sprintf("the median of %d starts", starts)}
		}
	}
	idle := func(d *device) func() (float64, []string) {
		return func() (float64, []string) { return d.idle, []string{fmt.Sprintf("in %s", idleTime)} }
	}
	return []bar{
		{ID: "W1", What: "kiosk: from its start to the first picture, 2,000 people on the list", Mark: atMost(1000, "ms"), run: of(alone(kiosk), first(kiosk))},
		{ID: "W2", What: "front desk: the same", Mark: atMost(1000, "ms"), run: of(alone(desk), first(desk))},
		{ID: "W3", What: "kiosk: processor when nobody is there", Mark: atMost(2, "%"), run: of(alone(kiosk), idle(kiosk))},
		{ID: "W4", What: "front desk: the same", Mark: atMost(2, "%"), run: of(alone(desk), idle(desk))},
		{ID: "W5", What: "front desk: memory", Mark: atMost(350, "MB"), run: of(alone(desk), func() (float64, []string) { return desk.memory, nil })},
		{ID: "W6", What: "kiosk: touch to durable check-in, p99", Mark: atMost(50, "ms"), run: of(a.serve, func() (float64, []string) {
			return a.took[len(a.took)*99/100], []string{
				fmt.Sprintf("the median %s", measure(median(a.took), "ms")), fmt.Sprintf("%d visits, %s each", len(a.took), measure(a.each.Seconds(), "s")),
			}
		})},
		{ID: "W7", What: "the same while the first synchronisation runs, without a window", Mark: atMost(50, "ms"), run: onDevices(duringSync)},
		{ID: "W8", What: "kiosk: memory after those visits", Mark: atMost(350, "MB"), run: of(a.serve, func() (float64, []string) { return last(a.memory), nil })},
		{ID: "W9", What: "its growth over the last three quarters of them", Mark: atMost(1.1, ""), run: of(a.serve, func() (float64, []string) {
			quarter := a.memory[len(a.memory)/4]
			return last(a.memory) / quarter, []string{fmt.Sprintf("%s, then %s", measure(quarter, "MB"), measure(last(a.memory), "MB"))}
		})},
		{ID: "W10", What: "confirmed check-ins that are gone or another after power was cut", Mark: atMost(0, ""), run: of(a.kill, func() (float64, []string) {
			return float64(a.lost), []string{fmt.Sprintf("cut %d times around the touch, %d were confirmed by then", a.kills, a.confirmed)}
		})},
	}
}

// busyElsewhere says that others keep the machine busy: then a bar that is missed is not
// judged. What we run here needs no more than the machine has.
func busyElsewhere() (string, error) {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "", err
	}
	var load float64
	if _, err := fmt.Sscan(string(text), &load); err != nil {
		return "", fmt.Errorf("/proc/loadavg: %w", err)
	}
	if cores := runtime.NumCPU(); load > 2*float64(cores) {
		return fmt.Sprintf("load average %s on %d cores", measure(load, ""), cores), nil
	}
	return "", nil
}

func last(v []float64) float64 { return v[len(v)-1] }

// apps is one town that the bars share.
type apps struct {
	visits, kills   int
	desk, kiosk     device
	served, killed  sync.Once
	servedE, killdE error

	took      []float64 // ms
	memory    []float64 // MB
	each      time.Duration
	lost      int
	confirmed int
}

// device is what starting one program and leaving it alone came to.
type device struct {
	once   sync.Once
	err    error
	first  []float64 // ms
	idle   float64   // percent of a core
	memory float64   // MB
}

// alone opens a town with one filled device; end closes it.
func (a *apps) alone(ctx context.Context, on *bench, name string, people int) (t *city.Town, codes []string, end func(), err error) {
	if err := errors.Join(os.Unsetenv("DISPLAY"), os.Unsetenv("WAYLAND_DISPLAY")); err != nil { // windows on a display of their own
		return nil, nil, nil, err
	}
	dir, err := os.MkdirTemp("", "bars") // short: it holds sockets, whose paths are limited
	if err != nil {
		return nil, nil, nil, err
	}
	t, err = city.New(on.bin, dir, dir, "", io.Discard)
	if err != nil {
		return nil, nil, nil, err
	}
	end = func() { t.Close(); _ = os.RemoveAll(dir) }
	if codes, err = t.Fill(ctx, name, people); err != nil {
		end()
		return nil, nil, nil, err
	}
	return t, codes, end, nil
}

// start starts a program several times and then leaves it alone.
func (a *apps) start(ctx context.Context, on *bench, d *device) error {
	d.once.Do(func() { d.err = a.startOnce(ctx, on, d) })
	return d.err
}

func (a *apps) startOnce(ctx context.Context, on *bench, d *device) error {
	name := "desk"
	if d == &a.kiosk {
		name = "kiosk"
	}
	t, _, end, err := a.alone(ctx, on, name, listed)
	if err != nil {
		return err
	}
	defer end()
	for n := range starts {
		p, drawn, err := t.StartAlone(ctx, name)
		if err != nil {
			return err
		}
		d.first = append(d.first, float64(drawn.Milliseconds()))
		if n < starts-1 {
			p.Stop()
			continue
		}
		wait(ctx, 5*time.Second) // what a start still does
		before, err := p.Used()
		if err != nil {
			return err
		}
		wait(ctx, idleTime)
		after, err := p.Used()
		if err != nil {
			return err
		}
		d.idle = 100 * (after.CPU - before.CPU).Seconds() / idleTime.Seconds()
		d.memory = float64(after.Memory) / 1024
	}
	return nil
}

// wait lets time pass, which is what is measured.
func wait(ctx context.Context, d time.Duration) {
	over := time.NewTimer(d)
	defer over.Stop()
	select {
	case <-ctx.Done():
	case <-over.C:
	}
}

// serve has all the visitors check in at the kiosk, one after the other.
func (a *apps) serve(ctx context.Context, on *bench) error {
	a.served.Do(func() { a.servedE = a.serveOnce(ctx, on) })
	return a.servedE
}

func (a *apps) serveOnce(ctx context.Context, on *bench) error {
	t, codes, end, err := a.alone(ctx, on, "kiosk", max(a.visits, listed))
	if err != nil {
		return err
	}
	defer end()
	p, _, err := t.StartAlone(ctx, "kiosk")
	if err != nil {
		return err
	}
	screen, err := t.Screen(ctx, "kiosk")
	if err != nil {
		return err
	}
	if err := t.Ready(ctx, screen); err != nil {
		return err
	}
	began := time.Now()
	for n, code := range codes[:a.visits] {
		_, _, ms, err := t.Visit(ctx, screen, code)
		if err != nil {
			return fmt.Errorf("visit %d: %w", n+1, err)
		}
		a.took = append(a.took, float64(ms))
		if (n+1)%max(1, a.visits/40) == 0 {
			u, err := p.Used()
			if err != nil {
				return err
			}
			a.memory = append(a.memory, float64(u.Memory)/1024)
		}
	}
	a.each = time.Since(began) / time.Duration(a.visits)
	slices.Sort(a.took)
	p.Stop()
	kept, err := t.Tickets(ctx, "kiosk")
	if err == nil && len(kept) != a.visits {
		err = fmt.Errorf("%d of %d visits are on the disk", len(kept), a.visits)
	}
	return err
}

// kill cuts the kiosk's power around its check-ins and looks what is on the disk.
func (a *apps) kill(ctx context.Context, on *bench) error {
	a.killed.Do(func() { a.killdE = a.killOnce(ctx, on) })
	return a.killdE
}

func (a *apps) killOnce(ctx context.Context, on *bench) error {
	t, codes, end, err := a.alone(ctx, on, "kiosk", a.kills)
	if err != nil {
		return err
	}
	defer end()
	confirmed := make(map[string]string)
	for n, code := range codes {
		if _, _, err := t.StartAlone(ctx, "kiosk"); err != nil {
			return fmt.Errorf("start %d: %w", n+1, err)
		}
		screen, err := t.Screen(ctx, "kiosk")
		if err != nil {
			return err
		}
		if err := t.Ready(ctx, screen); err != nil {
			return err
		}
		booking, ticket, err := t.VisitAndKill(ctx, screen, code)
		if err != nil {
			return fmt.Errorf("cut %d: %w", n+1, err)
		}
		t.CloseScreen("kiosk") // a cut ends it too; one whose program was killed at a click hands on no keys for a while
		if booking != "" {
			confirmed[booking] = ticket
		}
		kept, err := t.Tickets(ctx, "kiosk")
		if err != nil {
			return fmt.Errorf("cut %d: %w", n+1, err)
		}
		a.lost, a.confirmed = missing(confirmed, kept), len(confirmed)
	}
	return nil
}

// missing counts what was confirmed and is not kept, or with another number, and
// numbers that were given twice.
func missing(confirmed, kept map[string]string) (n int) {
	for booking, ticket := range confirmed {
		if !strings.EqualFold(kept[booking], ticket) {
			n++
		}
	}
	given := make(map[string]bool)
	for _, ticket := range kept {
		if given[ticket] {
			n++
		}
		given[ticket] = true
	}
	return n
}
