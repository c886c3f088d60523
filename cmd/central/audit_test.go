package main

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/internal/clock"
	"ezhitong.tw/internal/seal"
)

// stopped makes the data folder of a server that wrote so many rows and stopped.
func stopped(t *testing.T, rows int) string {
	t.Helper()
	data, log := filepath.Join(t.TempDir(), "data"), slog.New(slog.DiscardHandler)
	h, err := open(t.Context(), &options{Data: data}, clock.System(), log)
	if err != nil {
		t.Fatal(err)
	}
	defer h.close(log)
	for i := range rows {
		if err := h.bookings.Audit(t.Context(), booking.Note{Actor: "a", Action: "look", Object: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	return data
}

// change alters the database of a stopped server.
func change(t *testing.T, data, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(data, "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), statement)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

func contents(t *testing.T, folder string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(&all, "%s %x\n", path, data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

var markIn = regexp.MustCompile(`\d+-[0-9a-f]{16}`)

func TestAWholeTrailIsCountedAndTheFolderLeftAsItWas(t *testing.T) {
	data := stopped(t, 7)
	before := contents(t, data)
	var out strings.Builder
	if err := verifyAudit(t.Context(), &out, &options{Data: data}, ""); err != nil || !strings.Contains(out.String(), "稽核紀錄 7 筆，都和寫下時一樣 / 7 rows, all as they were written") {
		t.Errorf("%q, %v", out.String(), err)
	}
	if err := verifyAudit(t.Context(), &out, &options{Data: data}, markIn.FindString(out.String())); err != nil {
		t.Error(err)
	}
	if contents(t, data) != before {
		t.Error("the folder was changed")
	}
}

func TestARowThatWasAlteredOrRemovedIsNamed(t *testing.T) {
	for statement, want := range map[string]string{
		"UPDATE audit SET object = '99' WHERE n = 4": "第 4 筆和寫下時不同 / row 4 of the audit trail is not as it was written",
		"DELETE FROM audit WHERE n = 2":              "第 2 筆不見了 / row 2 of the audit trail is missing",
		"DELETE FROM audit WHERE n >= 6":             "第 6 筆不見了 / row 6 of the audit trail is missing",
	} {
		data := stopped(t, 7)
		var out strings.Builder
		if err := verifyAudit(t.Context(), &out, &options{Data: data}, ""); err != nil {
			t.Fatal(err)
		}
		mark := markIn.FindString(out.String())
		change(t, data, statement)
		if err := verifyAudit(t.Context(), &out, &options{Data: data}, mark); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

func TestAFolderWithoutItsKeysOrItsDatabaseIsRefusedAndLeftAlone(t *testing.T) {
	data, other := stopped(t, 1), stopped(t, 1)
	for name, c := range map[string]struct {
		spoil func(folder string) error
		want  string
	}{
		"no keys":             {func(f string) error { return os.Remove(filepath.Join(f, seal.KeyFile)) }, "資料夾裡沒有金鑰"},
		"another city's keys": {func(f string) error { return copyFile(other, f, seal.KeyFile) }, "金鑰不是這個資料庫的"},
		"no database":         {func(f string) error { return os.Remove(filepath.Join(f, "central.db")) }, "資料夾裡沒有資料庫"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			if err := errors.Join(copyFile(data, folder, seal.KeyFile), copyFile(data, folder, "central.db"), c.spoil(folder)); err != nil {
				t.Fatal(err)
			}
			before := contents(t, folder)
			if err := verifyAudit(t.Context(), new(strings.Builder), &options{Data: folder}, ""); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
			if contents(t, folder) != before {
				t.Error("the folder was changed")
			}
		})
	}
	if err := verifyAudit(t.Context(), new(strings.Builder), &options{Data: data}, "last week"); err == nil || !strings.Contains(err.Error(), "記號讀不懂") {
		t.Error(err)
	}
}

func copyFile(from, to, name string) error {
	data, err := os.ReadFile(filepath.Join(from, name))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, name), data, 0o600)
}
