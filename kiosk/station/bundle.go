package station

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/google/uuid"

	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/clock"
	"ezhitong.tw/kiosk/agent"
	"ezhitong.tw/kiosk/replica"
)

// BundleCommands carry events by hand while there is no line, in the words of
// kong.
type BundleCommands struct {
	Export  ExportCommand  `cmd:"" help:"把還沒送出的紀錄寫成檔案，放進隨身碟帶去衛生局。Write what waits into a file, to be carried to central."`
	Receipt ReceiptCommand `cmd:"" help:"讀入衛生局帶回來的回條，匯入過的就不再等待送出。Take in the receipt that came back: what central has waits no more."`
}

// ExportCommand writes a bundle.
type ExportCommand struct {
	File string `arg:"" type:"path" help:"新的檔案，例如隨身碟上的 clinic.ezbundle。A new file, such as on a USB stick."`
}

// Run writes the bundle of the replica in a folder and says how many events it
// holds. The program may be running on the same folder meanwhile.
func (c *ExportCommand) Run(ctx context.Context, data string, flags Flags) (text string, err error) {
	r, err := flags.OpenCopy(ctx, data)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	sealed, events, err := agent.Bundle(ctx, r)
	switch {
	case errors.Is(err, agent.ErrNothingWaits):
		return "沒有等待送出的紀錄，不用帶檔案 / nothing waits, there is nothing to carry", nil
	case errors.Is(err, replica.ErrNotEnrolled):
		return "", fmt.Errorf("這台裝置還沒啟用 / this device is not enrolled: %w", err)
	case err != nil:
		return "", fmt.Errorf("make the bundle: %w", err)
	}
	if err := create(c.File, sealed); err != nil {
		return "", err
	}
	return fmt.Sprintf("%[1]d 筆紀錄已加密寫入 %[2]s。請帶到衛生局匯入；這台裝置照常使用，連線恢復後重複的會自動略過 / "+
		"%[1]d events sealed into %[2]s: have it imported at central; go on working, nothing counts twice", events, c.File), nil
}

// OpenCopy opens the local copy in a folder for a command; the program may be
// running on the same folder.
func (f Flags) OpenCopy(ctx context.Context, data string) (*replica.Replica, error) {
	if _, err := os.Stat(filepath.Join(data, replica.File)); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("這個資料夾裡沒有本機資料，請用 --data 指定 / no local copy in this folder, say which one with --data: %s", data)
	}
	keys, err := f.keys().open(data)
	if err != nil {
		return nil, err
	}
	now := clock.System()
	if f.Clock != "" {
		if now, err = clock.Shifted(f.Clock, slog.New(slog.DiscardHandler)); err != nil {
			return nil, fmt.Errorf("read the clock file: %w", err)
		}
	}
	r, err := replica.Open(ctx, replica.Config{Dir: data, Keys: keys, Clock: now, NewID: func() clinic.ID { return clinic.ID(uuid.New()) }})
	if err != nil {
		return nil, fmt.Errorf("open the local copy: %w", err)
	}
	return r, nil
}

// errUnfinished says that a drive is full or was pulled out.
var errUnfinished = errors.New("the file could not be written whole")

// create writes a new file that is on the disk when create returns. An existing
// file is never replaced, and no half of one stays.
func create(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%[1]s 已經存在，請換一個檔名 / exists already, choose another name", path)
	}
	if err != nil {
		return fmt.Errorf("寫不進檔案 / can't write the file: %w", err)
	}
	_, err = file.Write(data)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(fmt.Errorf("檔案沒有寫完，請換一支隨身碟 / %w, use another stick: %w", errUnfinished, err), os.Remove(path))
	}
	return nil
}
