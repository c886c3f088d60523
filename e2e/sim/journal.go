package main

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"time"
)

// canaries are in everybody's name, ID number and telephone number: wherever one
// is seen in the clear, a person could be.
var canaries = [][]byte{[]byte("金絲雀"), []byte("A199000"), []byte("0999000")}

// leaks reports whether bytes hold a canary.
func leaks(b []byte) bool {
	for _, c := range canaries {
		if bytes.Contains(b, c) {
			return true
		}
	}
	return false
}

// journal is what a seed did, line by line: the time in the world, who, what. It
// goes to out when somebody reads along, and always into a sum by which two runs
// are compared.
type journal struct {
	out    io.Writer // nil: nobody reads
	now    func() time.Time
	sum    uint64
	leaked string // the first log record with a canary
	parted string // the first device whose digest was not central's
}

func (j *journal) line(who, what string) {
	text := fmt.Sprintf("%s %-10s %s\n", j.now().Format("02 15:04:05.000"), who, what)
	h := fnv.New64a()
	fmt.Fprintf(h, "%x", j.sum)
	_, _ = io.WriteString(h, text)
	j.sum = h.Sum64()
	if j.out != nil {
		_, _ = io.WriteString(j.out, text)
	}
}

// logOf is the log of one of the programs, written into the journal.
func (j *journal) logOf(who string) *slog.Logger { return slog.New(recorder{j, who}) }

// notCentrals is what package agent says when the digest of its rows is not the one
// that central tells for the same cursor. Disks do not rot here, so it never is.
const notCentrals = "the rows are not central's"

// recorder is a slog.Handler.
type recorder struct {
	j   *journal
	who string
}

// Enabled is true for what operators read.
func (recorder) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

// Handle writes a record and looks for people in it.
func (l recorder) Handle(_ context.Context, r slog.Record) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "  log: %s %s", r.Level, r.Message)
	r.Attrs(func(a slog.Attr) bool { fmt.Fprintf(&b, " %s=%v", a.Key, a.Value); return true })
	if leaks(b.Bytes()) && l.j.leaked == "" {
		l.j.leaked = r.Message
	}
	if r.Message == notCentrals && l.j.parted == "" {
		l.j.parted = l.who
	}
	l.j.line(l.who, b.String())
	return nil
}

// WithAttrs and WithGroup are not used by the programs.
func (l recorder) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup is as WithAttrs.
func (l recorder) WithGroup(string) slog.Handler { return l }

// around gives the bytes about the first canary: these people are invented.
func around(b []byte) []byte {
	for _, c := range canaries {
		if i := bytes.Index(b, c); i >= 0 {
			return b[max(0, i-40):min(len(b), i+40)]
		}
	}
	return nil
}
