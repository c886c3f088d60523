package main

import (
	"context"
	"fmt"

	"ezhitong.tw/central/console"
	"ezhitong.tw/clinic"
)

type keysCommands struct {
	Status keysStatus `cmd:"" help:"列出每一代金鑰與還在用的裝置數 / list every generation and how many devices use it"`
	Rotate keysRotate `cmd:"" help:"產生下一代金鑰；裝置連線時自動換，全部換完後舊的失效 / draw the next generation; devices move by themselves, then the old one ends"`
	Reseal keysReseal `cmd:"" help:"產生下一把資料金鑰，個資欄位逐筆重新封存，不必停機；進度看 status / draw the next data key and seal personal fields anew, without a pause; status shows how far it is"`
	Retire keysRetire `cmd:"" help:"舊金鑰立刻失效；還沒換的裝置要重新啟用 / end the old generation now; devices that have not moved must be enrolled again"`
}

type keysStatus struct{}

// Run prints a line for each generation.
func (*keysStatus) Run(ctx context.Context, opt *options) error {
	return printKeys(console.KeysStatus(ctx, opt.Data))
}

type keysRotate struct{}

// Run draws the next generation and prints all.
func (*keysRotate) Run(ctx context.Context, opt *options) error {
	return printKeys(console.RotateKeys(ctx, opt.Data))
}

type keysRetire struct{}

// Run ends the old generation and prints all.
func (*keysRetire) Run(ctx context.Context, opt *options) error {
	return printKeys(console.RetireKeys(ctx, opt.Data))
}

type keysReseal struct{}

// Run draws the next data key and prints all keys.
func (*keysReseal) Run(ctx context.Context, opt *options) error {
	return printKeys(console.ResealData(ctx, opt.Data))
}

func printKeys(a console.KeysAnswer, err error) error {
	if err != nil {
		return err
	}
	for _, g := range a.Generations {
		state := "使用中 / in use"
		if !g.Retired.IsZero() {
			state = "已失效 / retired " + clinic.DateOf(g.Retired).String()
		}
		fmt.Printf("%d  %s  %s  裝置 / devices: %d\n", g.Number, g.Fingerprint, state, g.Devices)
	}
	if a.Unseen > 0 {
		fmt.Printf("還沒連線過的裝置 / devices not seen yet: %d\n", a.Unseen)
	}
	for i, k := range a.Data {
		state := "使用中 / in use"
		switch {
		case !k.Retired.IsZero():
			state = "已無資料以此封存 / nothing is sealed with it since " + clinic.DateOf(k.Retired).String()
		case !k.Used:
			state = "分送中 / being handed out"
		}
		fmt.Printf("資料金鑰 / data key %d  %s", k.Number, state)
		if i == len(a.Data)-1 {
			fmt.Printf("  以此封存 / sealed with it: %d / %d", k.Rows-k.Left, k.Rows)
		}
		fmt.Println()
	}
	return nil
}
