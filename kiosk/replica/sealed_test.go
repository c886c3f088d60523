package replica_test

import (
	"bytes"
	"context"
	"database/sql"
	_ "embed"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/sqldb"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

// What people wrote in the file of first.sql: the
// reasons of a check-in that central told, of a void, of a deferral, of a reaction
// that a neighbour passed on, and of a dose that was wasted.
var written = []string{"家屬陳述曾過敏性休克", "登錄到別人身上", "發燒三十八度九", "全身起疹並嘔吐", "民眾昏倒打翻"}

// The file of a device, as the program wrote it before ops were sealed (the schema of
// migration 15): device A of a site with a neighbour B, five events of its own of
// which central has two. first.key seals it.
//
//go:embed testdata/first.sql
var first string

//go:embed testdata/first.key
var firstKey []byte

// older gives the folder of a device whose file an older program has written.
func older(t *testing.T, more ...string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "seal.key"), firstKey, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", filepath.Join(dir, replica.File)+"?_journal_mode=WAL")
	if err != nil {
		t.Fatal(err)
	}
	for _, statements := range append([]string{first}, more...) {
		if _, err := db.ExecContext(t.Context(), statements); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestWhatAnOlderProgramKeptInTheClearIsSealed(t *testing.T) {
	const forgotten = "癲癇發作送醫"
	dir := older(t, `INSERT INTO event (device, epoch, seq, booking, op, hash) SELECT device, epoch, 99, booking, CAST('`+forgotten+`' AS BLOB), hash FROM event LIMIT 1;
		DELETE FROM event WHERE seq = 99`)
	file, err := os.ReadFile(filepath.Join(dir, replica.File))
	if err != nil {
		t.Fatal(err)
	}
	birds := append(slices.Clone(written), forgotten)
	for _, text := range birds {
		if !bytes.Contains(file, []byte(text)) {
			t.Fatalf("%q does not stand in the older file", text)
		}
	}
	r := replicatest.Open(t, dir, standing)
	holdsNone(t, dir, birds...)
	sameAsBefore(t, r)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	holdsNone(t, dir, birds...)
	sameAsBefore(t, replicatest.Open(t, dir, standing))
}

func TestAFileThatAnotherProcessReadsIsOpenedAllTheSame(t *testing.T) {
	dir := older(t)
	other, err := sql.Open("sqlite3", filepath.Join(dir, replica.File))
	if err != nil {
		t.Fatal(err)
	}
	tx, err := other.BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := tx.QueryRowContext(t.Context(), "SELECT count(*) FROM event").Scan(&n); err != nil || n == 0 {
		t.Fatalf("%d events, %v", n, err)
	}
	r := replicatest.Open(t, dir, standing)
	sameAsBefore(t, r)
	if r.Leftover() == nil {
		t.Error("nothing is said of what the file still holds")
	}
	if err := errors.Join(tx.Rollback(), other.Close(), r.Close()); err != nil {
		t.Fatal(err)
	}
	r = replicatest.Open(t, dir, standing)
	sameAsBefore(t, r)
	if err := r.Leftover(); err != nil {
		t.Errorf("at the next start: %v", err)
	}
	holdsNone(t, dir, written...)
}

func TestSealingGoesOnAfterItWasCutOff(t *testing.T) {
	cut := errors.New("the power is gone")
	for commit := range 3 { // rows are sealed, the mark goes, lines of the stock become events
		for _, done := range []bool{false, true} { // whether it reached the disk
			dir := older(t)
			_, err := replica.Open(t.Context(), replica.Config{Dir: dir, Clock: standing, NewID: replicatest.NewID, Open: func(ctx context.Context, path string, migrations fs.FS) (*sqldb.DB, error) {
				db, err := sqldb.Open(ctx, path, migrations)
				if err := errors.Join(err, db.Close()); err != nil {
					return nil, err
				}
				left := commit
				return sqldb.Trial{Commit: func(commit func() error) error {
					if left--; left >= 0 {
						return commit()
					}
					if done {
						return errors.Join(commit(), cut)
					}
					return cut
				}}.Open(ctx, path, migrations)
			}})
			if !errors.Is(err, cut) {
				t.Fatalf("cut off at commit %d: %v", commit, err)
			}
			sameAsBefore(t, replicatest.Open(t, dir, standing))
			holdsNone(t, dir, written...)
		}
	}
}

func TestLinesOfAnOlderStockBecomeEventsOnce(t *testing.T) {
	const long = "lot of a number that is longer than any that an event may carry, by far"
	dir := older(t, `INSERT INTO stock_move VALUES (x'00000000000000000000000000000001', 1796000000000, 1, 'FLU2601', 'flu', 20908, 3, 10, 'nurse', '');
		INSERT INTO stock_move VALUES (x'00000000000000000000000000000002', 1796000060000, 2, 'FLU2601', '', -2147483648, 1, 0, 'nurse', '');
		INSERT INTO stock_move VALUES (x'00000000000000000000000000000003', 1796000120000, 1, '`+long+`', 'flu', 20908, 1, 1, 'nurse', '')`)
	for range 2 {
		r := replicatest.Open(t, dir, standing)
		lots, err := r.Stock(t.Context())
		if err != nil || len(lots) != 2 {
			t.Fatalf("%+v, %v", lots, err)
		}
		if s := lots[0]; s.Number != "FLU2601" || s.Received != 3 || s.Opened != 1 || s.Wasted != 1 || s.Left() != 29 || len(s.Lines) != 3 || s.Lines[0].At.UnixMilli() != 1796000000000 || s.Expires.String() != "2027-03-31" {
			t.Errorf("%+v", s)
		}
		if s := lots[1]; s.Received != 1 || len(s.Number) != 64 {
			t.Errorf("%+v", s)
		}
		if out, err := r.Outbox(t.Context(), -1); err != nil || len(out.Ops) != 7 {
			t.Errorf("%d events wait, %v", len(out.Ops), err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// sameAsBefore reads what first.sql holds on every path.
func sameAsBefore(t *testing.T, r *replica.Replica) {
	t.Helper()
	out, err := r.Outbox(t.Context(), -1)
	if err != nil || len(out.Ops) != 4 || out.Ops[0].Reason != written[2] || out.Ops[1].Contact.Name != "王曉明" || out.Ops[2].WalkIn.IDNumber != "B222222229" {
		t.Fatalf("%d events wait, %v", len(out.Ops), err)
	}
	if line := out.Ops[3]; line.Kind != clinic.StockMoved || line.Lot != "FLU2601" || line.Reason != "wasted 1 "+written[4] || line.At != 1796088360000 || line.Staff != "nurse" {
		t.Errorf("the line of the stock is %+v", line) // an event now, of its own time
	}
	head := syncproto.HashOps(syncproto.Hash(out.Previous), out.Ops[:3])
	if hex.EncodeToString(head[:]) != "92348f83f63968c2fc8f92ca9739e1e300baaaa98dc45ca79734ad5006247f24" {
		t.Errorf("the chain ends at %x", head)
	}
	day, err := r.Day(t.Context(), replicatest.Today)
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	for _, b := range day {
		for _, e := range b.Events {
			seen = append(seen, e.Reason)
		}
	}
	for _, reason := range written[:4] {
		if !slices.Contains(seen, reason) {
			t.Errorf("%q is not among %q", reason, seen)
		}
	}
	asked, err := r.Asked(t.Context())
	if err != nil || len(asked) != 1 {
		t.Errorf("%d commands, %v", len(asked), err)
	}
	lots, err := r.Stock(t.Context())
	if err != nil || len(lots) != 1 || len(lots[0].Lines) != 1 || lots[0].Lines[0].Why != written[4] || lots[0].Wasted != 1 {
		t.Errorf("the stock is %+v, %v", lots, err)
	}
	n, err := r.Neighbours(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var heads syncproto.Heads
	for _, d := range n.Devices {
		heads.Heads = append(heads.Heads, syncproto.Head{Device: d.Device, Epoch: d.Epoch})
	}
	passed, err := r.PassOn(t.Context(), heads)
	if err != nil || len(passed.Events) != 9 {
		t.Fatalf("%d events are passed on, %v", len(passed.Events), err)
	}
	for _, p := range passed.Events {
		i := slices.IndexFunc(n.Devices, func(d syncproto.Neighbour) bool { return d.Device == p.Device })
		if err := syncproto.VerifyPush(p, n.Devices[i].Sign); err != nil {
			t.Errorf("event %d of device %s: %v", p.Ops[0].Seq, n.Devices[i].Letter, err)
		}
	}
}
