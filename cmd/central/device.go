package main

import (
	"context"
	"fmt"
	"strings"

	"ezhitong.tw/central/console"
	"ezhitong.tw/clinic"
)

type deviceCommands struct {
	Code     codeCommand     `cmd:"" help:"產生裝置啟用碼 / make a device's enrolment code"`
	Asking   askingCommand   `cmd:"" help:"列出等待核准的裝置 / list the devices that wait for approval"`
	Approve  approveCommand  `cmd:"" help:"核准畫面上有這五個詞的裝置 / let the device in that shows these five words"`
	LAN      lanCommand      `cmd:"" name:"lan" help:"院所的裝置可否在中央斷線時互相傳遞報到紀錄 / whether a site's devices may pass events on while central is away"`
	TurnAway turnAwayCommand `cmd:"" help:"不核准畫面上有這五個詞的裝置 / turn the device away that shows these five words"`
}

type codeCommand struct {
	Site  string `help:"院所代碼 / code of the site" required:""`
	Role  string `help:"desk 或 kiosk / desk or kiosk" required:"" enum:"desk,kiosk"`
	Label string `help:"裝置名稱，例如 櫃檯 / name of the device" required:""`
}

// Run prints the code and until when it works.
func (c *codeCommand) Run(ctx context.Context, opt *options) error {
	answer, err := console.NewCode(ctx, opt.Data, console.CodeRequest{Site: c.Site, Role: c.Role, Label: c.Label})
	if err == nil {
		fmt.Printf("啟用碼，%s 前有效 / enrolment code, good until %s: %s\n",
			clinic.TimeOfDayOf(answer.Expires), clinic.TimeOfDayOf(answer.Expires), answer.Code)
	}
	return err
}

type askingCommand struct{}

// Run prints a line for each device.
func (*askingCommand) Run(ctx context.Context, opt *options) error {
	all, err := console.Asking(ctx, opt.Data)
	for _, d := range all {
		fmt.Printf("%s  %s  %s %s %s %s\n", clinic.TimeOfDayOf(d.Since), d.Words, d.Site, d.SiteName, d.Role, d.Label)
	}
	return err
}

type approveCommand struct {
	Words []string `arg:"" help:"裝置畫面上的五個詞 / the five words on the device's screen"`
}

// Run prints which device came in.
func (c *approveCommand) Run(ctx context.Context, opt *options) error {
	d, err := console.Approve(ctx, opt.Data, console.ApproveRequest{Words: strings.Join(c.Words, " ")})
	if err == nil {
		fmt.Printf("已核准 / approved: %s %s\n", d.SiteName, d.Label)
	}
	return err
}

type turnAwayCommand struct {
	Words []string `arg:"" help:"裝置畫面上的五個詞 / the five words on the device's screen"`
}

// Run prints which device was turned away.
func (c *turnAwayCommand) Run(ctx context.Context, opt *options) error {
	d, err := console.Approve(ctx, opt.Data, console.ApproveRequest{Words: strings.Join(c.Words, " "), TurnAway: true})
	if err == nil {
		fmt.Printf("沒有核准 / turned away: %s %s\n", d.SiteName, d.Label)
	}
	return err
}

type lanCommand struct {
	Site  string `arg:"" help:"院所代碼 / code of the site"`
	State string `arg:"" enum:"on,off" help:"on 開啟，off 關閉 / on or off"`
}

// Run prints what holds from now on.
func (c *lanCommand) Run(ctx context.Context, opt *options) error {
	err := console.SetLAN(ctx, opt.Data, console.LANRequest{Site: c.Site, On: c.State == "on"})
	if err == nil {
		fmt.Printf("院所內網互助 / help within the site: %s %s\n", c.Site, c.State)
	}
	return err
}
