package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"ezhitong.tw/central/city"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/clock"
)

type generateCommand struct {
	Seed  uint64 `help:"種子，同一種子得到同一座城市 / the same seed gives the same city" default:"1"`
	Sites int    `help:"合約院所數 / number of contract clinics" default:"538"`
}

// Run makes the city in the data folder, which must not hold one.
func (c *generateCommand) Run(ctx context.Context, opt *options, log *slog.Logger) error {
	if _, err := os.Stat(opt.Data); err == nil {
		return fmt.Errorf("資料夾 %s 已存在，請換一個 / the folder is there already, take another", opt.Data)
	}
	now := clock.System()
	h, err := open(ctx, opt, now, log)
	if err != nil {
		return err
	}
	defer h.close(log)
	made := func(today clinic.Date) (city.Profile, error) { return city.Generate(c.Seed, c.Sites, today) }
	if err := h.install(ctx, now, made); err != nil {
		return err
	}
	fmt.Printf("%d 家院所已建立。啟動：central serve --empty --data %s / %d sites are made\n", c.Sites, opt.Data, c.Sites)
	return nil
}
