package clock

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTheShiftedClockFollowsItsFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "offset")
	real := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	var log strings.Builder
	s := &shifted{file: file, log: slog.New(slog.NewTextHandler(&log, nil)), system: func() time.Time { return real }}
	write := func(text string, modified time.Time) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, modified, modified); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.now(); !got.Equal(real) {
		t.Fatalf("without a file the clock says %v", got)
	}
	write("72h\n", real)
	if got := s.now(); !got.Equal(real) {
		t.Fatalf("the file was read twice within a second: %v", got)
	}
	real = real.Add(time.Second)
	if got := s.now(); !got.Equal(real.Add(72 * time.Hour)) {
		t.Fatalf("the clock says %v", got)
	}
	write("next week", real)
	real = real.Add(time.Second)
	if got := s.now(); !got.Equal(real.Add(72 * time.Hour)) {
		t.Fatalf("a broken file moved the clock to %v", got)
	}
	if !strings.Contains(log.String(), "keeps its last offset") {
		t.Fatalf("nobody was told about the broken file: %s", log.String())
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	real = real.Add(time.Second)
	if got := s.now(); !got.Equal(real) {
		t.Fatalf("after the file went away the clock says %v", got)
	}
}

func TestAShiftedClockDoesNotStartWithABrokenFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "offset")
	if err := os.WriteFile(file, []byte("soon"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Shifted(file, slog.New(slog.DiscardHandler)); err == nil {
		t.Fatal("it started")
	}
}
