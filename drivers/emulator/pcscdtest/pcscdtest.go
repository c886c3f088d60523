// Package pcscdtest runs Debian's smart card daemon for a test: pcscd with its own drivers, software that nobody of this
// project wrote, in a mount namespace of its own.
package pcscdtest

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Reader is one reader the daemon is told of.
type Reader struct {
	Name    string // as its clients see it, without the 00 00 that the daemon adds
	Device  string // DEVICENAME of pcscd's reader.conf
	Library string // path of the driver
	Channel string // CHANNELID of pcscd's reader.conf; may be empty
}

// Twin is a GemPC Twin on a serial line, which libccid drives.
func Twin(name, tty string) Reader {
	return Reader{Name: name, Device: tty + ":GemPCTwin", Library: "/usr/lib/pcsc/drivers/serial/libccidtwin.so"}
}

// inPrivate runs pcscd where nobody else's /run is seen, so that several may run side by side; its socket lies in the
// folder $2, which everybody sees. Where / is a folder and no mount (a chroot), its propagation can't be changed and need
// not be.
const inPrivate = `mount --make-rprivate / 2>/dev/null; mount -t tmpfs tmpfs /run && mkdir /run/pcscd && mount --bind "$2" /run/pcscd && exec pcscd --foreground --debug --apdu --config "$1"`

// Daemon is a running pcscd; it ends with the test.
type Daemon struct {
	t    testing.TB
	cmd  *exec.Cmd
	run  string // the daemon's /run/pcscd
	stop func()
	mu   sync.Mutex
	log  []string
	saw  chan struct{} // one token for each new line, dropped when full; closed when the daemon ended
}

// Start runs pcscd with these readers and waits until it is ready. It needs root.
func Start(t testing.TB, readers ...Reader) *Daemon {
	t.Helper()
	for _, program := range []string{"unshare", "nsenter", "scriptor", "opensc-tool", "pcsc_scan"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("this test needs what ./setup test installs: %v", err)
		}
	}
	folder := t.TempDir()
	var conf strings.Builder
	for _, r := range readers {
		fmt.Fprintf(&conf, "FRIENDLYNAME %q\nDEVICENAME %s\nLIBPATH %s\n", r.Name, r.Device, r.Library)
		if r.Channel != "" {
			fmt.Fprintf(&conf, "CHANNELID %s\n", r.Channel)
		}
	}
	if err := os.WriteFile(filepath.Join(folder, "readers"), []byte(conf.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	run, err := os.MkdirTemp("", "pcscd") //nolint:usetesting // a socket's path must be short, and a test's folder has its name
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(run) })
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "unshare", "--mount", "--propagation", "unchanged", "sh", "-c", inPrivate, "sh", folder, run)
	cmd.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatalf("pcscd needs root and a private mount namespace: %v", err)
	}
	d := &Daemon{t: t, cmd: cmd, run: run, saw: make(chan struct{}, 1)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			d.mu.Lock()
			d.log = append(d.log, lines.Text())
			d.mu.Unlock()
			select {
			case d.saw <- struct{}{}:
			default:
			}
		}
		close(d.saw)
	}()
	d.stop = sync.OnceFunc(func() {
		cancel()
		<-done
		_ = cmd.Wait() // it was told to end
	})
	t.Cleanup(d.stop)
	d.Await("daemon ready")
	d.awaitSocket()
	return d
}

// awaitSocket waits until clients are let in, which is a little after the daemon says that it is ready.
func (d *Daemon) awaitSocket() {
	d.t.Helper()
	late := time.NewTimer(10 * time.Second)
	defer late.Stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := new(net.Dialer).DialContext(context.Background(), "unix", d.Socket())
		if err == nil {
			_ = conn.Close() // it only knocked
			return
		}
		select {
		case <-tick.C:
		case <-late.C:
			d.t.Fatalf("pcscd lets nobody in: %v\n%s", err, d.Log())
		}
	}
}

// Stop ends the daemon before the test does.
func (d *Daemon) Stop() { d.stop() }

// Socket is the path at which the daemon answers its clients; libpcsclite takes it as PCSCLITE_CSOCK_NAME.
func (d *Daemon) Socket() string { return filepath.Join(d.run, "pcscd.comm") }

// AnswerAt has the daemon answer at another path too, until the test ends.
func (d *Daemon) AnswerAt(path string) {
	d.t.Helper()
	if err := os.Symlink(d.Socket(), path); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = os.Remove(path) })
}

// Log is what the daemon has said since it started, or since Forget.
func (d *Daemon) Log() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.log, "\n")
}

// Forget drops what was said so far.
func (d *Daemon) Forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.log = nil
}

// Await waits until the daemon has said something, for at most 20 s.
func (d *Daemon) Await(what string) {
	d.t.Helper()
	late := time.NewTimer(20 * time.Second)
	defer late.Stop()
	for !strings.Contains(d.Log(), what) {
		select {
		case _, alive := <-d.saw:
			if !alive && !strings.Contains(d.Log(), what) {
				d.t.Fatalf("pcscd ended before it said %q:\n%s", what, d.Log())
			}
		case <-late.C:
			d.t.Fatalf("pcscd never said %q:\n%s", what, d.Log())
		}
	}
}

// Run starts a program beside the daemon, where it finds it, and returns what it printed.
func (d *Daemon) Run(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	all := append([]string{"--mount", "--root", "--target", fmt.Sprint(d.cmd.Process.Pid)}, args...)
	out, err := exec.CommandContext(ctx, "nsenter", all...).CombinedOutput()
	return string(out), err
}

// Script sends APDUs, written in hexadecimal, through a reader with scriptor and returns its output without its spaces.
func (d *Daemon) Script(reader string, apdus ...string) (string, error) {
	d.t.Helper()
	file := filepath.Join(d.t.TempDir(), "apdus")
	if err := os.WriteFile(file, []byte(strings.Join(apdus, "\n")+"\n"), 0o600); err != nil {
		d.t.Fatal(err)
	}
	out, err := d.Run("scriptor", "-r", reader+" 00 00", file)
	return strings.Join(strings.Fields(out), ""), err
}
