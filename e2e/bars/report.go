package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// marks are the lines of the manual between which a table is written.
type marks struct{ begin, end string }

// The places of the manual's tables.
var (
	tableOfBars = marks{"<!-- bars: written by make bench -->", "<!-- /bars -->"}
	tableOfSync = marks{"<!-- sync: written by make bench-sync -->", "<!-- /sync -->"}
	tableOfApps = marks{"<!-- apps: written by make bench-apps -->", "<!-- /apps -->"}
)

// report is a whole run.
type report struct {
	machine
	began    time.Time
	took     time.Duration
	verdicts []verdict
}

// errMarks says that the manual has no place for the table.
var errMarks = errors.New("the manual needs the two marks of the table, once each, in this order")

// into writes the report between the marks of a file and keeps all else.
func (r report) into(path string, place marks) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text, err := place.between(string(old), r.String())
	if err != nil {
		return fmt.Errorf("%s: %w: %s and %s", path, err, place.begin, place.end)
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// between replaces what stands between the marks.
func (m marks) between(text, table string) (string, error) {
	if strings.Count(text, m.begin) != 1 || strings.Count(text, m.end) != 1 {
		return "", errMarks
	}
	before, rest, _ := strings.Cut(text, m.begin)
	_, after, found := strings.Cut(rest, m.end)
	if !found {
		return "", errMarks
	}
	return before + m.begin + "\n\n" + strings.TrimSpace(table) + "\n\n" + m.end + after, nil
}

// String is the report in Markdown.
func (r report) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "Measured on %s in %s on this machine:\n\n", r.began.UTC().Format("2006-01-02 15:04 UTC"), r.took.Round(time.Second))
	fmt.Fprintf(&s, "- %s, %d cores, memory %s\n- %s, Linux %s, %s\n- load average before the run %s\n\n",
		r.CPU, r.Cores, r.Memory, r.System, r.Kernel, r.Go, r.Load)
	s.WriteString("| bar | what | value | mark | |\n| --- | --- | --- | --- | --- |\n")
	for _, v := range r.verdicts {
		value := "—"
		if v.State != stateNotRun {
			value = v.Mark.shown(v.Value)
		}
		state := string(v.State)
		if v.Why != "" {
			state += ": " + v.Why
		}
		fmt.Fprintf(&s, "| %s | %s | %s | %s | %s |\n", v.ID, v.What, value, v.Mark, cell(state))
	}
	s.WriteString("\n")
	for _, v := range r.verdicts {
		for _, n := range v.Notes {
			fmt.Fprintf(&s, "- %s: %s\n", v.ID, cell(n))
		}
	}
	if !slices.ContainsFunc(r.verdicts, func(v verdict) bool { return len(v.Pairs) > 0 }) {
		return s.String()
	}
	s.WriteString("\n### Every pair\n\n`a` is what the bar's words name first, `b` what it is divided by; the controls are Gin's hello before and\n" +
		"after the pair. Rates are requests or bookings each second; for A2, `a` and the controls are the p99 in milliseconds.\n\n" +
		"| bar | a | b | ratio | control before | control after |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, v := range r.verdicts {
		for _, p := range v.Pairs {
			fmt.Fprintf(&s, "| %s | %s | %s | %s | %s | %s |\n", v.ID, measure(p.A, ""), measure(p.B, ""), measure(p.Ratio, ""),
				measure(p.Before, ""), measure(p.After, ""))
		}
	}
	return s.String()
}

// cell keeps a text inside one cell of a table.
func cell(s string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ").Replace(s)
}
