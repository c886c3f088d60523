package station

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alecthomas/kong"

	"ezhitong.tw/drivers/escpos"
	"ezhitong.tw/internal/clock"
	"ezhitong.tw/internal/version"
)

// Flags are those that front desk and kiosk share, in the words of kong.
type Flags struct {
	Central string   `placeholder:"URL" help:"中央主機的網址；省略時用 QR 碼內的，再沒有就是本機。Address of central; otherwise the QR code's, else this machine."`
	Reader  []string `placeholder:"PORT" help:"讀卡機的序列埠，例如 /dev/ttyUSB0；USB 讀卡機寫 pcsc:名稱；多台以逗號分隔。Serial port of the card reader, or pcsc:NAME for a USB reader; several with commas."`
	Scanner string   `placeholder:"PORT" help:"條碼、QR 碼掃描器的序列埠，例如 /dev/ttyUSB1；像鍵盤一樣打字的掃描器不用填。Serial port of a code scanner; one that types like a keyboard needs none."`

	ScannerLine ScannerLine `embed:"" prefix:"scanner-"`

	Printer string `placeholder:"PORT" help:"單據印表機（ESC/POS，80 mm）的序列埠。Serial port of an ESC/POS printer with 80 mm paper for queue numbers and slips."`

	PrinterBaud int `name:"printer-baud" enum:"9600,19200,38400,57600,115200" default:"115200" help:"印表機的鮑率。Its speed: ${enum}."`

	Enrol string `placeholder:"CODE" help:"衛生局給的啟用碼或 QR 碼內容，只在第一次用。One-time enrolment code, or the text of its QR code."`
	Keys  string `enum:"os,passphrase,file" default:"os" help:"本機資料的金鑰放哪裡：os 作業系統的鑰匙圈、passphrase 用密碼檔包住、file 資料夾內的檔案。Where the key of the local copy is: ${enum}."`

	Passphrase string `type:"path" placeholder:"FILE" env:"EZHITONG_PASSPHRASE" help:"存放密碼的檔案，例如 systemd credential。File with the passphrase of --keys passphrase."`

	LAN bool `name:"lan" help:"中央連不上時，與同院所的其他裝置互相傳遞報到紀錄；中央也要為本院所開啟。Pass events on to the site's other devices; central has to allow it for the site."`

	WalkIns int `name:"walk-ins" placeholder:"N" default:"${walk_ins}" help:"每個時段為沒有預約的人在這台保留 N 個名額，斷線時也能給；0 表示不保留，報到機就不受理現場登記。Hold N places of each session here for people without a booking, also while central is away; with 0 a kiosk registers nobody. (${default})"`

	Version kong.VersionFlag `help:"顯示版本。Show the version."`

	Clock string `placeholder:"FILE" help:"示範用：時鐘偏移寫在這個檔案。For demonstrations: file with a clock offset."`
	Log   string `placeholder:"FILE" help:"紀錄檔；省略時寫到標準錯誤輸出。Log file."`
}

func (f Flags) keys() Keys {
	place := KeyPlace(f.Keys)
	if place == "file" {
		place = InFile
	}
	return Keys{Place: place, Passphrase: f.Passphrase}
}

// Program is a program of the clinic around its station: it has a log and knows
// the time before the station is open, so that the window can come first.
type Program struct {
	Log *slog.Logger

	flags Flags
	file  io.Closer // of the log; nil for the standard error output
	clock clock.Clock
	now   atomic.Pointer[clock.Clock]
}

// Begin opens log and clock. End the program with Close.
func (f Flags) Begin() (*Program, error) {
	p := &Program{flags: f, clock: clock.System()}
	out := io.Writer(os.Stderr)
	if f.Log != "" {
		file, err := os.OpenFile(f.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, fmt.Errorf("open the log: %w", err)
		}
		p.file, out = file, file
	}
	p.Log = slog.New(slog.NewTextHandler(out, nil))
	if f.Clock != "" {
		shifted, err := clock.Shifted(f.Clock, p.Log)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("read the clock file: %w", err), p.Close())
		}
		p.clock = shifted
	}
	p.now.Store(&p.clock)
	return p, nil
}

// Now is the replica's time once the station is open, and the machine's before.
func (p *Program) Now() time.Time { return (*p.now.Load())() }

// Close closes the log.
func (p *Program) Close() error {
	if p.file == nil {
		return nil
	}
	return p.file.Close()
}

// Work opens the station on a folder, enrols it where that is due, and lets it
// run beside feed until the context ends. What a person has to know before feed
// begins is told as a translation key.
func (p *Program) Work(ctx context.Context, data, staff string, front Front, feed func(context.Context, *Station)) (err error) {
	s, err := Open(ctx, Options{
		Data: data, Keys: p.flags.keys(), Central: p.flags.Central, Readers: p.flags.Reader, Scanner: p.flags.scanner(),
		Printer: escpos.Config{Port: p.flags.Printer, Baud: p.flags.PrinterBaud}, LAN: p.flags.LAN, Staff: staff, Build: version.Number, Clock: p.clock, Log: p.Log,
	})
	switch {
	case err != nil && ctx.Err() != nil:
		return nil // told to end while it opened; what is not there yet is made the next time
	case err != nil:
		p.Log.Error("the local copy can't be opened", "err", err)
		switch key := Explain(err); key {
		case "device.no_keyring", "device.no_key":
			front.Tell(key)
		default:
			front.Tell("device.copy_broken")
		}
		<-ctx.Done() // the window stays, so that it can be read
		return fmt.Errorf("open the local copy: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	better := clock.Clock(s.Replica.Now)
	p.now.Store(&better)
	if !s.Begin(ctx, p.flags.Enrol, front) {
		<-ctx.Done()
		return nil
	}
	var work sync.WaitGroup
	work.Go(func() { s.Run(ctx) })
	if p.flags.WalkIns > 0 {
		work.Go(func() { s.KeepPlaces(ctx, p.flags.WalkIns) })
	}
	feed(ctx, s)
	work.Wait()
	return nil
}

// SiteName gives the name of the station's site, empty before the first page.
func (s *Station) SiteName(ctx context.Context) (string, error) {
	site, _, err := s.Replica.Site(ctx)
	return site.Name, err
}
