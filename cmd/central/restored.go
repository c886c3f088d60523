package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/console"
	"ezhitong.tw/central/store"
	"ezhitong.tw/internal/seal"
	"ezhitong.tw/internal/sqldb"
)

type restoredCommand struct{}

// Run tells a database that it was restored.
func (*restoredCommand) Run(ctx context.Context, opt *options) error {
	return restored(ctx, os.Stdout, opt)
}

// restored begins a new history in the database of a stopped server: devices
// that knew more than the backup then take everything anew and hand in again what
// it lost.
func restored(ctx context.Context, out io.Writer, opt *options) (err error) {
	_, err = console.KeysStatus(ctx, opt.Data)
	if !errors.Is(err, console.ErrNotRunning) {
		return errors.New("這個資料夾的中央系統還開著，請先停掉 / the server of this folder is running, stop it first")
	}
	for _, needed := range []string{filepath.Join(opt.Data, seal.KeyFile), opt.database()} { // they would be made
		if _, err := os.Stat(needed); err != nil && sqldb.KindOf(needed) != sqldb.PostgreSQL {
			return fmt.Errorf("還原的資料夾不完整，請連金鑰一起還原 / the restored folder is not whole, restore the keys too: %w", err)
		}
	}
	keys, err := seal.LoadOrCreate(opt.Data)
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, opt.database())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	history, err := booking.Renew(ctx, s, keys, newID)
	if errors.Is(err, booking.ErrKeys) {
		return fmt.Errorf("金鑰不是這個資料庫的，請還原同一次備份的金鑰 / restore the keys of the same backup: %w", err)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "已記下還原，可以啟動；裝置連線後會重新取得資料，並補送備份之後的紀錄 / noted, start the server; devices take everything anew and hand in again what came after the backup (%s)\n", history)
	return nil
}
