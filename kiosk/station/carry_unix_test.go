//go:build unix

package station_test

import (
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/kiosk/station"
	"ezhitong.tw/syncproto"
)

func openAgain(t *testing.T, dir string) *station.Station {
	t.Helper()
	s, err := station.Open(t.Context(), station.Options{
		Data: dir, Keys: station.Keys{Place: station.InFile}, Clock: func() time.Time { return replicatest.Now }, Log: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

func wantRefusal(t *testing.T, err error, code string) {
	t.Helper()
	if !errors.Is(err, clinic.Refuse(code)) {
		t.Errorf("%v, not refused with %s", err, code)
	}
}

func TestAStickCarriesRecordsAndTheReceiptBack(t *testing.T) {
	dir, r, keys, sign := dark(t)
	s, stick := openAgain(t, dir), filepath.Join(t.TempDir(), "a stick [1]")
	_, _, err := s.Export(t.Context(), stick)
	wantRefusal(t, err, station.CarryNoDrive)
	_, err = s.TakeReceipts(t.Context(), stick)
	wantRefusal(t, err, station.CarryNoDrive)
	_, _, err = s.Export(t.Context(), "/proc")
	wantRefusal(t, err, station.CarryReadOnly)
	must(t, os.Mkdir(stick, 0o700))
	_, err = s.TakeReceipts(t.Context(), stick)
	wantRefusal(t, err, station.CarryNone)

	file, events, err := s.Export(t.Context(), stick)
	if info, bad := os.Stat(file); err != nil || bad != nil || events != 2 || info.Size() == 0 || filepath.Dir(file) != stick {
		t.Fatalf("%d records in %s: %v, %v", events, file, err, bad)
	}
	id, err := r.Identity(t.Context())
	must(t, err)
	out, err := r.Outbox(t.Context(), -1)
	must(t, err)
	receipt := func(name string, device clinic.ID, age time.Duration) {
		t.Helper()
		head := syncproto.HashOps(syncproto.Hash(out.Previous), out.Ops)
		b, err := syncproto.SignReceipt(syncproto.Receipt{
			History: clinic.ID{9}, Time: replicatest.Now.UnixMilli(), Device: device, Epoch: id.Grant.Epoch,
			Acks: []syncproto.Ack{{AckedSeq: 2, ChainHead: head[:], Verdicts: []syncproto.Verdict{{Seq: 1, Outcome: syncproto.Accepted}, {Seq: 2, Outcome: syncproto.Flagged, Code: "RECALLED_LOT"}}}},
		}, keys, sign)
		must(t, err)
		path := filepath.Join(stick, name+".ezbundle.ezreceipt")
		must(t, os.WriteFile(path, b, 0o600))
		must(t, os.Chtimes(path, time.Time{}, replicatest.Now.Add(-age)))
	}
	receipt("other", clinic.ID{7}, 0)
	_, err = s.TakeReceipts(t.Context(), stick)
	wantRefusal(t, err, "receipt_other_device")
	receipt("ours", id.Grant.Device, time.Hour)
	if told, err := s.TakeReceipts(t.Context(), stick); err != nil || told.Acked != 2 || told.Waiting != 0 || told.Look != 1 {
		t.Errorf("%+v, %v", told, err)
	}
	_, _, err = s.Export(t.Context(), stick)
	wantRefusal(t, err, station.CarryNothing)
}

// TestAFullStickLeavesNoHalf has a process of its own write where no file may have more
// than nothing, as on a full stick.
func TestAFullStickLeavesNoHalf(t *testing.T) {
	if stick := os.Getenv("EZHITONG_FULL_STICK"); stick != "" {
		dir, _, _, _ := dark(t)
		s := openAgain(t, dir)
		signal.Ignore(syscall.SIGXFSZ)
		var before syscall.Rlimit
		must(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before))
		must(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1, Max: before.Max}))
		_, _, err := s.Export(t.Context(), stick)
		must(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before))
		wantRefusal(t, err, station.CarryFull)
		return
	}
	stick := t.TempDir()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAFullStickLeavesNoHalf$", "-test.v")
	child.Env = append(os.Environ(), "EZHITONG_FULL_STICK="+stick)
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if left, err := os.ReadDir(stick); err != nil || len(left) != 0 {
		t.Errorf("left on the stick: %v, %v", left, err)
	}
}
