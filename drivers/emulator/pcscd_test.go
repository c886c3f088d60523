package emulator

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const pcscReader = "NHI Twin serial"

// inPrivate runs pcscd where nobody else's /run is seen: a mount namespace of
// its own, so that several may run side by side. Where / is a folder and no
// mount (a chroot), its propagation can't be changed and need not be.
const inPrivate = `mount --make-rprivate / 2>/dev/null; mount -t tmpfs tmpfs /run && mkdir /run/pcscd && exec pcscd --foreground --debug --apdu --config "$1"`

// pcscd is Debian's smart card daemon with libccid's serial driver: software
// that nobody of this project wrote, reading the emulated reader.
type pcscd struct {
	t   *testing.T
	cmd *exec.Cmd
	mu  sync.Mutex
	log []string
	saw chan struct{} // one token for each new line, dropped when full
}

func startPcscd(t *testing.T, link string) *pcscd {
	t.Helper()
	for _, program := range []string{"unshare", "nsenter", "scriptor"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("this test needs the packages pcscd libccid pcsc-tools util-linux: %v", err)
		}
	}
	folder := t.TempDir()
	conf := fmt.Sprintf("DEVICENAME %s:GemPCTwin\nFRIENDLYNAME %q\nLIBPATH /usr/lib/pcsc/drivers/serial/libccidtwin.so\n", link, pcscReader)
	if err := os.WriteFile(filepath.Join(folder, "twin"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	cmd := exec.CommandContext(ctx, "unshare", "--mount", "--propagation", "unchanged", "sh", "-c", inPrivate, "sh", folder)
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
	d := &pcscd{t: t, cmd: cmd, saw: make(chan struct{}, 1)}
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
	t.Cleanup(func() {
		cancel()
		<-done
		_ = cmd.Wait() // it was told to end
	})
	return d
}

func (d *pcscd) text() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.log, "\n")
}

// forget drops what was logged so far.
func (d *pcscd) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.log = nil
}

// await waits until pcscd has logged something, for at most 20 s.
func (d *pcscd) await(what string) {
	d.t.Helper()
	late := time.NewTimer(20 * time.Second)
	defer late.Stop()
	for !strings.Contains(d.text(), what) {
		select {
		case _, alive := <-d.saw:
			if !alive && !strings.Contains(d.text(), what) {
				d.t.Fatalf("pcscd ended before it said %q:\n%s", what, d.text())
			}
		case <-late.C:
			d.t.Fatalf("pcscd never said %q:\n%s", what, d.text())
		}
	}
}

// run starts a program beside pcscd and returns what it printed.
func (d *pcscd) run(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	all := append([]string{"--mount", "--root", "--target", fmt.Sprint(d.cmd.Process.Pid)}, args...)
	out, err := exec.CommandContext(ctx, "nsenter", all...).CombinedOutput()
	return string(out), err
}

// script sends APDUs with scriptor and returns its output without its spaces.
func (d *pcscd) script(apdus ...string) string {
	d.t.Helper()
	out, err := d.tryScript(apdus...)
	if err != nil {
		d.t.Fatalf("scriptor: %v\n%s\npcscd:\n%s", err, out, d.text())
	}
	return out
}

func (d *pcscd) tryScript(apdus ...string) (string, error) {
	d.t.Helper()
	file := filepath.Join(d.t.TempDir(), "apdus")
	if err := os.WriteFile(file, []byte(strings.Join(apdus, "\n")+"\n"), 0o600); err != nil {
		d.t.Fatal(err)
	}
	out, err := d.run("scriptor", "-r", pcscReader+" 00 00", file)
	return strings.Join(strings.Fields(out), ""), err
}

const (
	apduSelect  = "00A4040010D1580000010000000000000000001100"
	apduGetData = "00CA1100020000"
)

func TestPcscdReadsTheEmulator(t *testing.T) {
	record, err := Sample().record(PadNUL, nil)
	if err != nil {
		t.Fatal(err)
	}
	basic := strings.ToUpper(hex.EncodeToString(record))
	tests := []struct {
		name   string
		kind   string
		faults Faults
		apdus  []string
		want   []string
	}{
		{name: "a sound card", kind: "nhi", want: []string{"<9000", basic + "9000"}},
		{name: "a card of the new kind", kind: "new", want: []string{"<6D00", basic + "9000"}},
		{name: "a T=0 card", kind: "t0", apdus: []string{apduSelect, apduGetData, "00C0000039"}, want: []string{"<9000", "<6139", basic + "9000"}},
		{name: "an HPC", kind: "hpc", want: []string{"<6A82", "<6A86"}},
		{name: "a card of another kind", kind: "foreign", want: []string{"<6A82", "<6D00"}},
		{
			name: "a slow and wordy card", kind: "nhi",
			faults: Faults{NAKFirst: true, WaitByte: 2, TimeExt: 2, WTX: 2, Chunk: 20, CardBadEDC: 7, ByteGap: 100 * time.Microsecond},
			want:   []string{"<9000", basic + "9000"},
		},
		{name: "a reader that tells events at once", kind: "nhi", faults: Faults{Events: EventsUnsolicited}, want: []string{basic + "9000"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			link := filepath.Join(t.TempDir(), "twin")
			start(t, Config{Link: link, Card: sample(t, tt.kind), Faults: tt.faults})
			d := startPcscd(t, link)
			d.await("daemon ready")
			apdus := tt.apdus
			if apdus == nil {
				apdus = []string{apduSelect, apduGetData}
			}
			out := d.script(apdus...)
			for _, want := range tt.want {
				if !strings.Contains(out, want) {
					t.Errorf("scriptor printed no %s:\n%s\npcscd:\n%s", want, out, d.text())
				}
			}
		})
	}
}

func TestPcscdReadsEveryChip(t *testing.T) {
	link := filepath.Join(t.TempDir(), "twin")
	r := start(t, Config{Link: link})
	d := startPcscd(t, link)
	d.await("daemon ready")
	for _, chip := range Chips() {
		card, err := NHI(Sample(), WithChip(chip))
		if err != nil {
			t.Fatal(err)
		}
		d.forget()
		r.Insert(card)
		d.await("Card ATR: " + strings.ToUpper(strings.TrimSpace(fmt.Sprintf("% x", card.ATR()))))
		if out := d.script(apduSelect, apduGetData); !strings.Contains(out, "313132303730349000") {
			t.Errorf("%s: scriptor printed\n%s", chip, out)
		}
		d.forget()
		r.Remove()
		d.await("Card Removed From " + pcscReader)
	}
}

func TestPcscdSeesTheCardPulledOutMidRead(t *testing.T) {
	link := filepath.Join(t.TempDir(), "twin")
	start(t, Config{Link: link, Card: sample(t, "nhi"), Faults: Faults{RemoveAt: 60}})
	d := startPcscd(t, link)
	d.await("daemon ready")
	out, err := d.tryScript(apduSelect, apduGetData)
	if err == nil || !strings.Contains(out, "<9000") || strings.Contains(out, "313132303730349000") {
		t.Errorf("scriptor printed\n%s", out)
	}
	d.await("Card Removed From " + pcscReader)
}

func TestPcscdGivesUpOnADeadCard(t *testing.T) {
	link := filepath.Join(t.TempDir(), "twin")
	start(t, Config{Link: link, Card: Mute()})
	d := startPcscd(t, link)
	d.await("daemon ready")
	d.await("Error powering up card")
}
