package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func aRun() report {
	return report{
		machine{CPU: "A CPU", Cores: 2, Memory: "1 kB", Kernel: "6.1", System: "Debian", Go: "go1.26", Load: "0.1 0.2 0.3"},
		time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC), 200 * time.Second,
		[]verdict{
			{bar: bar{ID: "R1", What: "this ÷ that", Mark: atLeast(0.45, "")}, State: stateOK, finding: finding{
				Value: 0.5, Pairs: []pair{{10_000, 20_000, 0.5, 30_000, 31_000}}, Notes: []string{"a | b"},
			}},
			{bar: bar{ID: "R5a", What: "PostgreSQL", Mark: atLeast(8, "")}, State: stateNotRun, Why: "not yet"},
		},
	}
}

func TestTheReportNamesMachineBarsAndEveryPair(t *testing.T) {
	got := aRun().String()
	for _, want := range []string{
		"2026-11-24 15:00 UTC in 3m20s", "- A CPU, 2 cores, memory 1 kB\n- Debian, Linux 6.1, go1.26\n- load average before the run 0.1 0.2 0.3",
		"| R1 | this ÷ that | 0.50 | ≥ 0.45 | ok |", "| R5a | PostgreSQL | — | ≥ 8 | not run: not yet |", "- R1: a \\| b",
		"| R1 | 10000 | 20000 | 0.50 | 30000 | 31000 |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

func TestOnlyWhatStandsBetweenTheMarksIsWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "performance.md")
	before, after := "# Words before\n\n", "\n\nWords after.\n"
	if err := os.WriteFile(path, []byte(before+tableOfBars.begin+"\nold\n"+tableOfBars.end+after), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // writing again changes nothing else either
		if err := aRun().into(path, tableOfBars); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(got)
	if !strings.HasPrefix(text, before+tableOfBars.begin) || !strings.HasSuffix(text, tableOfBars.end+after) || strings.Contains(text, "old") ||
		strings.Count(text, "### Every pair") != 1 {
		t.Error(text)
	}
}

func TestAManualWithoutMarksStaysAsItIs(t *testing.T) {
	for _, text := range []string{"", "words", tableOfBars.begin, tableOfBars.end + tableOfBars.begin, tableOfBars.begin + tableOfBars.end + tableOfBars.begin + tableOfBars.end} {
		if _, err := tableOfBars.between(text, "table"); !errors.Is(err, errMarks) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestTheManualHasAPlaceForTheTable(t *testing.T) {
	text, err := os.ReadFile("../../docs/performance.md")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tableOfBars.between(string(text), "table"); err != nil {
		t.Error(err)
	}
}

func TestThisMachineIsDescribed(t *testing.T) {
	m, err := thisMachine()
	if err != nil {
		t.Fatal(err)
	}
	if m.CPU == "" || m.Cores < 1 || m.Kernel == "" || m.Memory == "" || m.System == "" || !strings.HasPrefix(m.Go, "go") || len(strings.Fields(m.Load)) != 3 {
		t.Errorf("%+v", m)
	}
}
