package sqldb_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"ezhitong.tw/internal/sqldb"
)

// folder gives every file of a folder.
func folder(t *testing.T, path string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	entries, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(path, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(data)
	}
	return files
}

func TestLookingAtADatabaseChangesNothing(t *testing.T) {
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "a #1.db")
	db, err := sqldb.Open(ctx, path, schema)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Writer().ExecContext(ctx, "CREATE TABLE thing (n INTEGER)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before := folder(t, filepath.Dir(path))
	look, err := sqldb.OpenReadOnly(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := look.QueryRowContext(ctx, "SELECT count(*) FROM thing").Scan(&n); err != nil {
		t.Error(err)
	}
	if _, err := look.ExecContext(ctx, "INSERT INTO thing VALUES (1)"); err == nil {
		t.Error("it could be written to")
	}
	if during := folder(t, filepath.Dir(path)); len(during) != len(before) || during["a #1.db"] != before["a #1.db"] {
		t.Errorf("%d files became %d", len(before), len(during))
	}
	if err := look.Close(); err != nil {
		t.Error(err)
	}
	if after := folder(t, filepath.Dir(path)); len(after) != 1 || after["a #1.db"] != before["a #1.db"] {
		t.Errorf("%d files are left", len(after))
	}
}

func TestWhatAKilledProcessCommittedIsSeen(t *testing.T) {
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "live.db")
	db, err := sqldb.Open(ctx, path, schema)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Writer().ExecContext(ctx, "CREATE TABLE thing (n INTEGER); INSERT INTO thing VALUES (7)"); err != nil {
		t.Fatal(err)
	}
	for name, suffixes := range map[string][]string{"with its index": {"", "-wal", "-shm"}, "without its index": {"", "-wal"}} {
		t.Run(name, func(t *testing.T) {
			left := filepath.Join(t.TempDir(), "left.db")
			for _, suffix := range suffixes {
				data, err := os.ReadFile(path + suffix)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(left+suffix, data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			before := folder(t, filepath.Dir(left))
			look, err := sqldb.OpenReadOnly(ctx, left)
			if err != nil {
				t.Fatal(err)
			}
			defer look.Close()
			var n int
			if err := look.QueryRowContext(ctx, "SELECT n FROM thing").Scan(&n); err != nil || n != 7 {
				t.Errorf("%d, %v", n, err)
			}
			if err := look.Close(); err != nil {
				t.Error(err)
			}
			after := folder(t, filepath.Dir(left))
			for _, suffix := range []string{"", "-wal"} {
				if after["left.db"+suffix] != before["left.db"+suffix] {
					t.Errorf("left.db%s was changed", suffix)
				}
			}
		})
	}
}

func TestWhatIsNotThereIsNotMade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.db")
	if _, err := sqldb.OpenReadOnly(t.Context(), path); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if files := folder(t, filepath.Dir(path)); len(files) != 0 {
		t.Errorf("%d files", len(files))
	}
}
