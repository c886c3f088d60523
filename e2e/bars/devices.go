package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// trial is a benchmark of e2e and the metric of it that a bar is about.
type trial struct {
	benchmark, metric string
	times             int
}

var (
	firstSync  = trial{"BenchmarkFirstSync", "rows/s", 5}
	cardToDisk = trial{"BenchmarkCardInsertedToDurableCheckIn", "p99-ms", 50}
	ownCode    = trial{"BenchmarkRecogniseAndCheckIn", "p99-ms", 1000}
)

// onDevices runs a benchmark of e2e, with real devices and emulated readers.
func onDevices(tr trial) func(context.Context, *bench) (finding, error) {
	return func(ctx context.Context, on *bench) (f finding, err error) {
		program, err := filepath.Abs(on.tests)
		if err != nil {
			return f, err
		}
		cmd := exec.CommandContext(ctx, program, "-test.run", "^$", "-test.bench", "^"+tr.benchmark+"$", "-test.benchtime", strconv.Itoa(tr.times)+"x")
		cmd.Dir = on.work
		out, err := cmd.CombinedOutput()
		if err != nil {
			return f, fmt.Errorf("%w: %s", err, lastLine(string(out)))
		}
		if f.Value, err = metricOf(string(out), tr); err != nil {
			return f, err
		}
		f.Notes = []string{fmt.Sprintf("%d times", tr.times)}
		return f, nil
	}
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}

// metricOf finds a benchmark's metric in what Go prints:
//
//	BenchmarkFirstSync-2   5   612345678 ns/op   16331 rows/s
func metricOf(printed string, tr trial) (float64, error) {
	for line := range strings.Lines(printed) {
		fields := strings.Fields(line)
		if len(fields) < 4 {
			continue
		}
		name, _, _ := strings.Cut(fields[0], "-")
		if name != tr.benchmark {
			continue
		}
		for i := 3; i < len(fields); i += 2 {
			if fields[i] == tr.metric {
				return strconv.ParseFloat(fields[i-1], 64)
			}
		}
	}
	return 0, errors.New("the benchmark did not print " + tr.metric)
}
