// Command town runs the whole system on one machine: to try it, to demonstrate
// the main job without hands, and to take the pictures of the manual.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"

	"ezhitong.tw/e2e/town"
)

type options struct {
	Bin  string `help:"程式所在的資料夾 / folder of the programs" default:".build/bin" type:"path"`
	Dir  string `help:"資料夾：資料、紀錄 / folder for data and logs; empty: a new one" default:""`
	Site string `help:"裝置所在的接種站 / code of the site the devices stand in" default:""`

	Run   struct{} `cmd:"" help:"啟動整座小城，並聽從輸入 / start everything and obey what is typed"`
	Demo  struct{} `cmd:"" help:"不用動手，把主要流程走一遍 / the main job, without hands"`
	Shots struct{} `cmd:"" help:"拍說明文件的畫面到 docs/pictures / take the pictures of the manual"`
	Pages struct{} `cmd:"" help:"拍報到機手冊的畫面 / take the pictures of the kiosk's manual"`
}

func main() {
	var opt options
	command := kong.Parse(&opt, kong.Name("town"), kong.Description("疫苗E指通，整座小城在一台電腦上 / E-Zhitong on one machine")).Command()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, opt, command)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "town:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, opt options, command string) error {
	dir := opt.Dir
	if dir == "" {
		made, err := os.MkdirTemp("", "ezhitong-")
		if err != nil {
			return fmt.Errorf("make a folder: %w", err)
		}
		dir = made
	}
	pictures := filepath.Join(dir, "pictures")
	if command == "shots" || command == "pages" {
		pictures = filepath.Join("docs", "pictures")
	}
	t, err := town.New(opt.Bin, dir, pictures, opt.Site, os.Stdout)
	if err != nil {
		return err
	}
	defer t.Close()
	switch command {
	case "run":
		return t.Run(ctx, os.Stdin)
	case "demo":
		return t.Demo(ctx)
	case "pages":
		return t.Pages(ctx)
	default:
		return t.Shots(ctx)
	}
}
