package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"ezhitong.tw/drivers/emulator"
)

func TestThingsThatAreNoReader(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ port, want string }{
		{"/dev/null", "not_serial"},
		{file, "not_serial"},
		{filepath.Dir(file), "not_serial"},
		{filepath.Join(file, "below"), "no_port"},
		{file + "-missing", "no_port"},
	} {
		object, code := probeJSON(t, c.port)
		wantTrouble(t, object, code, c.want)
	}
}

// terminal opens a pseudo-terminal whose far end is ours.
func terminal(t *testing.T) (far *os.File, path string) {
	t.Helper()
	master, near, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Dup(int(master.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.SetNonblock(fd, true); err != nil { // so that Close ends a pending Read or Write
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := near.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := master.Close(); err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fd), "far end"), near.Name()
}

func TestAPortThatBabblesIsNoReader(t *testing.T) {
	for name, noise := range map[string][]byte{
		"text": []byte("$GPGGA,123519,4807.038,N\r\n"), "ff": {0xFF}, "half frames": {3, 6, 0x80, 0xFF, 0xFF},
		"refusals": {3, 0x15, 0x16}, "events": {0x50, 2, 0x50, 3},
	} {
		t.Run(name, func(t *testing.T) {
			far, path := terminal(t)
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				for {
					if _, err := far.Write(noise); err != nil {
						return
					}
				}
			}()
			object, code := probeJSON(t, path)
			want := "not_ccid"
			if name == "refusals" {
				want = "reader_refused"
			}
			wantTrouble(t, object, code, want)
			if err := far.Close(); err != nil {
				t.Error(err)
			}
			<-ended
		})
	}
}

func TestAPortThatVanishes(t *testing.T) {
	far, path := terminal(t)
	timer := time.AfterFunc(300*time.Millisecond, func() { _ = far.Close() })
	defer timer.Stop()
	object, code := probeJSON(t, path)
	wantTrouble(t, object, code, "line_gone")
}

func TestTheCableIsPulledWhileItWaitsForACard(t *testing.T) {
	r := readerWith(t, emulator.Card{}, emulator.Faults{})
	timer := time.AfterFunc(500*time.Millisecond, func() { _ = r.Cut() })
	defer timer.Stop()
	object, code := probeJSON(t, r.Path())
	wantTrouble(t, object, code, "line_gone")
}

func TestALoopbackPlugIsNoReader(t *testing.T) {
	far, path := terminal(t)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		buf := make([]byte, 256)
		for {
			n, err := far.Read(buf)
			if err != nil {
				return
			}
			if _, err := far.Write(buf[:n]); err != nil {
				return
			}
		}
	}()
	object, code := probeJSON(t, path)
	wantTrouble(t, object, code, "silent")
	if err := far.Close(); err != nil {
		t.Error(err)
	}
	<-ended
}
