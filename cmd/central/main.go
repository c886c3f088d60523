// Command central is the server that owns the truth, and the commands of the
// person who runs it.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/central/account"
	"ezhitong.tw/central/console"
	"ezhitong.tw/clinic"
)

type options struct {
	Data string `help:"資料夾：資料庫、金鑰 / folder of database and keys" default:"data" env:"EZHITONG_DATA" type:"path"`
	DB   string `name:"db" help:"PostgreSQL 的連線字串 postgres://…；省略時用資料夾裡的 SQLite / connection string of PostgreSQL, otherwise SQLite in the folder" placeholder:"URL" env:"EZHITONG_DB"`

	Serve    serveCommand    `cmd:"" help:"啟動中央系統 / run the server"`
	Generate generateCommand `cmd:"" help:"依種子產生任意大小的城市（在新資料夾）/ make a city of any size from a seed, in a new data folder"`
	Account  struct {
		Add accountCommand `cmd:"" help:"新增後台帳號，印出密碼 / add a staff account and print its password"`
	} `cmd:"" help:"後台帳號 / staff accounts"`
	Device    deviceCommands    `cmd:"" help:"院所裝置 / devices"`
	Bundle    bundleCommands    `cmd:"" help:"院所用隨身碟送來的紀錄 / events that a clinic sent by USB stick"`
	Keys      keysCommands      `cmd:"" help:"中央的金鑰 / central's keys"`
	Rules     rulesCommands     `cmd:"" help:"疫苗計畫檔 / programme files"`
	Programme programmeCommands `cmd:"" help:"疫苗計畫 / programmes"`
	Audit     auditCommands     `cmd:"" help:"稽核紀錄 / audit trail"`
	Restored  restoredCommand   `cmd:"" help:"還原備份之後、啟動之前執行一次：裝置會補送備份之後的紀錄 / run once after restoring a backup, before the start: devices hand in again what came after it"`
}

func main() {
	var opt options
	k := kong.Parse(&opt, kong.Name("central"), kong.Description("疫苗E指通 中央系統 / E-Zhitong, the central server"))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	k.BindTo(ctx, (*context.Context)(nil))
	k.Bind(&opt, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	err := k.Run()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "central:", inWords(err))
		os.Exit(1)
	}
}

// inWords says a refusal in both languages; a failure speaks for itself.
func inWords(err error) string {
	var no *clinic.Refusal
	if errors.As(err, &no) {
		for _, door := range []string{"refusal.", "staff.refusal."} {
			if key := door + no.Code; i18n.Has(clinic.DefaultLocale, key) {
				return i18n.T(clinic.DefaultLocale, key, no.Args) + " / " + i18n.T("en", key, no.Args)
			}
		}
	}
	return err.Error()
}

type accountCommand struct {
	Account  string `arg:"" help:"帳號 / account"`
	Name     string `help:"顯示名稱 / name for people" required:""`
	Role     string `help:"bureau, health_centre, site, admin" required:""`
	District string `help:"衛生所的行政區 / district of a health centre"`
	Site     string `help:"院所代碼 / code of a clinic"`
}

// Run prints the password, which is shown this once.
func (c *accountCommand) Run(ctx context.Context, opt *options) error {
	answer, err := console.AddAccount(ctx, opt.Data, account.NewAccount{
		Name: c.Account, Display: c.Name, Role: account.Role(c.Role), District: c.District, Site: c.Site,
	})
	if err == nil {
		fmt.Printf("%s 的密碼，只顯示這一次 / the password, shown this once: %s\n", c.Account, answer.Password)
	}
	return err
}
