package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"ezhitong.tw/central/console"
	"ezhitong.tw/syncproto"
)

type bundleCommands struct {
	Import bundleImportCommand `cmd:"" help:"匯入檔案，重複的不會算兩次 / take a file in; nothing counts twice"`
}

type bundleImportCommand struct {
	File string `arg:"" type:"path" help:"frontdesk bundle export 寫的檔案 / the file that frontdesk bundle export wrote"`
}

// Run asks the running server to take the bundle in and prints what became of
// its events.
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
	return nil
}

// outcomes are the words for what central made of an event.
var outcomes = map[syncproto.Outcome]string{
	syncproto.Accepted: "接受 / accepted", syncproto.Duplicate: "先前已收到 / came before",
	syncproto.Flagged: "接受，請人員查看 / accepted, staff should look", syncproto.Parked: "待審 / waits for review",
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
		if v.Outcome == syncproto.Flagged || v.Outcome == syncproto.Parked {
			fmt.Fprintf(out, "  第 %d 筆 / event %d: %s %s\n", v.Seq, v.Seq, outcomes[v.Outcome], v.Code)
		}
	}
}
