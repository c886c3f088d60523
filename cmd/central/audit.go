package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/internal/seal"
	"ezhitong.tw/internal/sqldb"
)

type auditCommands struct {
	Verify auditVerifyCommand `cmd:"" help:"核對稽核紀錄有沒有被改過，只讀不寫 / check that the audit trail is as it was written; reads only"`
}

type auditVerifyCommand struct {
	Mark string `help:"以前核對時印出的記號，可看出後面有沒有被刪 / a mark printed earlier, which shows whether rows were cut off at the end"`
}

// Run says how many rows there are, or which one is not as it was written.
func (c *auditVerifyCommand) Run(ctx context.Context, opt *options) error {
	return verifyAudit(ctx, os.Stdout, opt, c.Mark)
}

// verifyAudit reads a data folder, whether a server runs on it or not, and
// changes nothing in it.
func verifyAudit(ctx context.Context, out io.Writer, opt *options, mark string) (err error) {
	data := opt.Data
	var earlier booking.Mark
	if mark != "" {
		if earlier, err = booking.ParseMark(mark); err != nil {
			return fmt.Errorf("記號讀不懂 / can't read the mark: %w", err)
		}
	}
	if _, err := os.Stat(filepath.Join(data, seal.KeyFile)); err != nil { // LoadOrCreate would make one
		return fmt.Errorf("資料夾裡沒有金鑰 / the folder holds no keys: %w", err)
	}
	keys, err := seal.LoadOrCreate(data)
	if err != nil {
		return err
	}
	db, err := sqldb.OpenReadOnly(ctx, opt.database())
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("資料夾裡沒有資料庫 / the folder holds no database: %w", err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	last, err := booking.VerifyTrail(ctx, db, keys, earlier)
	var broken *booking.TamperedError
	switch {
	case errors.Is(err, booking.ErrKeys):
		return fmt.Errorf("金鑰不是這個資料庫的 / %w", err)
	case errors.As(err, &broken) && broken.Missing:
		return fmt.Errorf("稽核紀錄第 %[1]d 筆不見了 / row %[1]d of the audit trail is missing", broken.Row)
	case errors.As(err, &broken):
		return fmt.Errorf("稽核紀錄第 %[1]d 筆和寫下時不同 / row %[1]d of the audit trail is not as it was written", broken.Row)
	case err != nil:
		return err
	}
	fmt.Fprintf(out, "稽核紀錄 %[1]d 筆，都和寫下時一樣 / %[1]d rows, all as they were written\n", last.Row)
	fmt.Fprintf(out, "記號，請抄到別處 / mark, to be kept elsewhere: %s\n", last)
	return nil
}
