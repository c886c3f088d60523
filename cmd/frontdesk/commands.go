package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/kiosk/paper"
	"ezhitong.tw/kiosk/reception"
)

// The commands that need no window. The program may be running on the same folder.

// listCommand writes the day's list without opening a window.
type listCommand struct {
	Out string `required:"" type:"path" help:"新的 PDF 檔案，例如 今日名單.pdf。內有個人資料。A new PDF file; it holds personal data."`
}

// list writes the list of today; the program may be running on the same folder.
func list(opt options) (err error) {
	ctx, c := context.Background(), opt.List
	copied, err := opt.OpenCopy(ctx, opt.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, copied.Close()) }()
	rows := 0
	err = create(c.Out, func(w io.Writer) error {
		rows, err = writeList(ctx, w, &reception.Counter{Replica: copied}, copied.Now())
		return err
	})
	if err != nil {
		return err
	}
	fmt.Printf("%[1]d 筆預約已寫入 %[2]s，內有個人資料，用完請銷毀 / %[1]d bookings written; they hold personal data\n", rows, c.Out)
	return nil
}

func writeList(ctx context.Context, w io.Writer, c *reception.Counter, now time.Time) (rows int, err error) {
	list, err := c.Today(ctx)
	if err != nil {
		return 0, err
	}
	site, _, err := c.Replica.Site(ctx)
	if err != nil {
		return 0, err
	}
	return len(list), paper.List(w, i18n.Default, site.Name, c.Replica.Today(), now, list)
}

// create writes a new file that only its owner can read.
func create(path string, write func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%[1]s 已經存在，請換一個檔名 / exists already, choose another name", path)
	}
	if err != nil {
		return fmt.Errorf("寫不進檔案 / can't write the file: %w", err)
	}
	if err = errors.Join(write(file), file.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

func export(opt options) error {
	return say(opt.Bundle.Export.Run(context.Background(), opt.Data, opt.Flags))
}

func receipt(opt options) error {
	return say(opt.Bundle.Receipt.Run(context.Background(), opt.Data, opt.Flags))
}

func say(text string, err error) error {
	if err == nil {
		fmt.Println(text)
	}
	return err
}

// unlock asks for the manager's PIN.
func unlock(opt options) error {
	fmt.Fprint(os.Stderr, "PIN: ")
	return say(opt.Unlock.Run(context.Background(), opt.Data, opt.Flags, os.Stdin))
}
