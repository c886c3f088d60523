//go:build unix

package bell

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// machine is one that has programs with the given names and no others.
func machine(t *testing.T, programs map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, script := range programs {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
	return dir
}

func TestTheFirstPlayerThatWorksPlaysAWave(t *testing.T) {
	dir := machine(t, map[string]string{"paplay": "exit 1", "aplay": `/bin/cat > "$(/usr/bin/dirname "$0")/heard"`})
	if err := Sound(t.Context(), Remind); err != nil {
		t.Fatal(err)
	}
	heard, err := os.ReadFile(filepath.Join(dir, "heard"))
	if err != nil {
		t.Fatal(err)
	}
	want := 44 + 2*rate*2*2*150/1000 // header; two tones with pauses of 150 ms, 16 bits
	if len(heard) != want || string(heard[:4]) != "RIFF" || string(heard[8:16]) != "WAVEfmt " || string(heard[36:40]) != "data" {
		t.Fatalf("%d bytes, want %d: % x", len(heard), want, heard[:min(44, len(heard))])
	}
	if n := binary.LittleEndian.Uint32(heard[4:]); int(n) != len(heard)-8 {
		t.Errorf("the file says it has %d bytes", n)
	}
	crossings := 0
	for i := 44; i+3 < len(heard)/2; i += 2 {
		a, b := int16(binary.LittleEndian.Uint16(heard[i:])), int16(binary.LittleEndian.Uint16(heard[i+2:]))
		if a < 0 && b >= 0 {
			crossings++
		}
	}
	if seen := crossings * 1000 / 150; seen < 860 || seen > 900 {
		t.Errorf("the tone has %d Hz", seen)
	}
}

func TestAMachineWithoutSoundSaysSo(t *testing.T) {
	machine(t, nil)
	if err := Sound(t.Context(), Call); !errors.Is(err, ErrSilent) {
		t.Errorf("said %v", err)
	}
	machine(t, map[string]string{"aplay": "echo no card; exit 1"})
	if err := Sound(t.Context(), Call); !errors.Is(err, ErrSilent) {
		t.Errorf("said %v", err)
	}
}
