package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"ezhitong.tw/e2e/load"
)

// nothingLost is A1: how many things do not hold after a rush on too few places,
// everybody asking twice, and after central was killed twenty times under load.
func nothingLost(ctx context.Context, on *bench) (finding, error) {
	f, err := rush(ctx, on)
	if err != nil {
		return f, err
	}
	killed, err := kills(ctx, on)
	f.Value += killed.Value
	f.Notes = append(f.Notes, killed.Notes...)
	return f, err
}

// rush has a thousand people ask for two hundred places, each twice.
func rush(ctx context.Context, on *bench) (f finding, err error) {
	const people, slots, places = 1000, 10, 20
	t, err := on.openTown(ctx, shape{1, places})
	if err != nil {
		return f, err
	}
	shots := t.ask(every(1, slots), people)
	_, err = t.doors.Flood(ctx, callers, append(shots, shots...))
	if err != nil {
		return f, errors.Join(err, t.stop())
	}
	if err := t.stop(); err != nil {
		return f, err
	}
	after, err := t.books.Open(ctx)
	if err != nil {
		return f, err
	}
	checks := append(load.Compare(t.sent, t.before, after), load.Check{What: "places taken", Got: after.Bookings, Want: slots * places})
	for _, c := range checks {
		if !c.OK() {
			f.Value++
			f.Notes = append(f.Notes, fmt.Sprintf("%s: %d, not %d", c.What, c.Got, c.Want))
		}
	}
	f.Notes = append(f.Notes, fmt.Sprintf("%d people for %d places: %d booked", people, slots*places, after.Bookings))
	return f, os.RemoveAll(t.folder)
}

// kills has the real central killed again and again (load.Trial.Crash).
func kills(ctx context.Context, on *bench) (f finding, err error) {
	const times, sites, seed = 20, 540, 1 // some 190,000 places, three times what is booked between the kills
	if _, err := on.program("central"); err != nil {
		return f, err
	}
	folder, err := os.MkdirTemp(on.work, "kill-*")
	if err != nil {
		return f, err
	}
	var out bytes.Buffer
	trial, err := load.Begin(ctx, load.Options{
		Bin: on.bin, Data: filepath.Join(folder, "data"), Sites: sites, Seed: seed, Connections: 64, Out: &out,
	})
	if err != nil {
		return f, err
	}
	err = trial.End(ctx, trial.Crash(ctx, times, seed))
	return judgeKills(times, out.String(), err, folder)
}

// judgeKills makes what a crash run printed and returned a finding.
func judgeKills(times int, printed string, err error, folder string) (f finding, _ error) {
	if err == nil {
		f.Notes = []string{fmt.Sprintf("%d times killed, nothing lost", times)}
		return f, os.RemoveAll(folder)
	}
	if !errors.Is(err, load.ErrLost) && !errors.Is(err, load.ErrBooks) {
		return f, err
	}
	for line := range strings.Lines(printed) {
		if strings.Contains(line, "BAD") {
			f.Value++
			f.Notes = append(f.Notes, strings.TrimSpace(line))
		}
	}
	if f.Value == 0 {
		f.Value, f.Notes = 1, []string{err.Error()}
	}
	return f, nil
}
