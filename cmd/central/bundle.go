package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"ezhitong.tw/central/console"
	"ezhitong.tw/syncproto"
)

type bundleCommands struct {
	Import bundleImportCommand `cmd:"" help:"匯入檔案，重複的不會算兩次 / take a file in; nothing counts twice"`
}

type bundleImportCommand struct {
	File    string `arg:"" type:"path" help:"frontdesk bundle export 寫的檔案 / the file that frontdesk bundle export wrote"`
	Receipt string `type:"path" placeholder:"FILE" help:"回條寫到哪裡，預設在原檔旁邊，檔名加 .ezreceipt / where the receipt goes, by default beside the file as FILE.ezreceipt"`
}

// Run asks the running server to take the bundle in, prints what became of its events
// and writes the receipt for its device.
func (c *bundleImportCommand) Run(ctx context.Context, opt *options) error {
	info, err := os.Stat(c.File)
	if err == nil && info.Size() > syncproto.MaxBundle {
		err = fmt.Errorf("%d 位元組太大 / bytes are too many, the most is %d", info.Size(), syncproto.MaxBundle)
	}
	if err != nil {
		return fmt.Errorf("讀不到檔案 / can't read the file: %w", err)
	}
	sealed, err := os.ReadFile(c.File)
	if err != nil {
		return fmt.Errorf("讀不到檔案 / can't read the file: %w", err)
	}
	answer, err := console.ImportBundle(ctx, opt.Data, sealed)
	if err != nil {
		return err
	}
	tellBundle(os.Stdout, answer)
	path := cmp.Or(c.Receipt, c.File+".ezreceipt")
	if err := writeReceipt(path, answer.Receipt); err != nil {
		return fmt.Errorf("紀錄已匯入，但回條沒有寫成；請用 --receipt 換個地方，再匯入一次，不會算兩次 / the events are imported, but the receipt was not written: name another place with --receipt and import again, nothing counts twice: %w", err)
	}
	fmt.Printf("回條 / receipt: %s\n  請帶回院所：frontdesk bundle receipt / to be carried back to the clinic\n", path)
	return nil
}

// writeReceipt writes the file whole or not at all, in the place of an older receipt
// and of no other file.
func writeReceipt(path string, receipt []byte) (err error) {
	switch receipt, err := isReceipt(path); {
	case err == nil && !receipt:
		return fmt.Errorf("%[1]s 是別的檔案 / is another file", path)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	draft, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = draft.Write(receipt)
	if err = errors.Join(err, draft.Sync(), draft.Close()); err == nil {
		err = os.Rename(draft.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(draft.Name()))
	}
	return nil
}

// outcomes are the words for what central made of an event.
var outcomes = map[syncproto.Outcome]string{
	syncproto.Accepted: "接受 / accepted", syncproto.Duplicate: "先前已收到 / came before",
	syncproto.Flagged: "接受，請人員查看 / accepted, staff should look", syncproto.Parked: "待審 / waits for review",
	syncproto.Rejected: "沒有照辦 / not done",
}

// tellBundle prints the sums, and each event that people have to look at.
func tellBundle(out io.Writer, a console.BundleAnswer) {
	fmt.Fprintf(out, "裝置 / device %s：%d 筆 / events，中央已有到第 %d 筆 / central has them up to %d\n", a.Device, len(a.Verdicts), a.Acked, a.Acked)
	sums := make(map[syncproto.Outcome]int)
	for _, v := range a.Verdicts {
		sums[v.Outcome]++
	}
	for _, o := range slices.SortedFunc(maps.Keys(sums), cmp.Compare[syncproto.Outcome]) {
		fmt.Fprintf(out, "  %s：%d\n", outcomes[o], sums[o])
	}
	for _, v := range a.Verdicts {
		if v.Outcome >= syncproto.Flagged {
			fmt.Fprintf(out, "  第 %d 筆 / event %d: %s %s\n", v.Seq, v.Seq, outcomes[v.Outcome], v.Code)
		}
	}
}

func isReceipt(path string) (bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer func() { _ = file.Close() }()
	begin, err := io.ReadAll(io.LimitReader(file, 64))
	return syncproto.IsReceipt(begin), err
}
