package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/alecthomas/kong"
)

// flags are what the command line takes.
type flags struct {
	List    bool             `help:"列出序列埠與 PC/SC 讀卡機。List serial ports and PC/SC readers."`
	Port    string           `placeholder:"PATH" help:"讀卡機的連接埠，例如 /dev/ttyUSB0。Serial port of the reader."`
	PCSC    service          `name:"pcsc" placeholder:"NAME" help:"改用 PC/SC 讀卡機；不寫名稱時用第一台。A PC/SC reader; the first one without =NAME."`
	Watch   bool             `help:"持續監看，讀取每張插入的卡，直到中斷。Go on until stopped and read every card that is put in."`
	JSON    bool             `name:"json" help:"只輸出 JSON 物件，每行一個。Print JSON objects and nothing else, one a line."`
	Trace   bool             `help:"在標準錯誤輸出印出雙方的位元組，個人資料以 ** 隱碼。Print the bytes of both ends on standard error, personal ones as **."`
	Reveal  bool             `help:"顯示完整個人資料，預設為隱碼。Show personal data in full; masked otherwise."`
	Version kong.VersionFlag `help:"顯示版本。Show the version."`
	Timeout time.Duration    `default:"10s" help:"讀一張卡的最長時間，1s 至 5m。Longest time for one card, 1s to 5m."`
}

// check says what does not go together.
func (f flags) check() error {
	ways := 0
	for _, asked := range []bool{f.List, f.Port != "", f.PCSC.asked} {
		if asked {
			ways++
		}
	}
	switch {
	case ways != 1:
		return errors.New("one of --list, --port and --pcsc is needed")
	case f.List && (f.Watch || f.Trace || f.Reveal):
		return errors.New("--list goes with --json only")
	case f.Timeout < time.Second || f.Timeout > 5*time.Minute:
		return fmt.Errorf("--timeout=%s is not between 1s and 5m", f.Timeout)
	}
	return nil
}

// place is where the reader is, for a report.
func (f flags) place() string {
	if f.PCSC.asked {
		return "pcsc:" + f.PCSC.name
	}
	return f.Port
}

// service is a flag that may stand alone or with a reader's name: --pcsc, --pcsc=NAME.
type service struct {
	asked bool
	name  string
}

// IsBool lets the flag stand without a value.
func (service) IsBool() bool { return true }

// Decode takes the name if there is one.
func (s *service) Decode(ctx *kong.DecodeContext) error {
	s.asked = true
	if ctx.Scan.Peek().Type != kong.FlagValueToken {
		return nil
	}
	name, ok := ctx.Scan.Pop().Value.(string)
	if !ok {
		return errors.New("--pcsc takes a name")
	}
	s.name = name
	return nil
}
