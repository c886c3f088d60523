// Command loadgen puts a central on this machine under load and holds its
// answers against its books.
package main

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"ezhitong.tw/e2e/load"
)

type options struct {
	URL         string        `help:"已在執行的中央，只限本機；不給就自己啟動一個 / a central that runs, on this machine only; empty starts one"`
	Data        string        `help:"中央的資料夾；不給就用新的 / central's data folder; empty: a new one" type:"path"`
	Store       string        `help:"中央在 PostgreSQL 時的連線字串 / connection string, of a central on PostgreSQL"`
	Postgres    bool          `help:"自己啟動時，中央用另起的 PostgreSQL / an own central gets a PostgreSQL of its own"`
	Bin         string        `help:"程式所在的資料夾 / folder of the programs" default:".build/bin" type:"path"`
	Sites       int           `help:"自己啟動時的院所數；0：538，overload 2000 / sites of an own city; 0: as listed" default:"0"`
	Seed        uint64        `help:"種子：城市、預約的人、中斷的時刻；0 抽一個 / decides city, people and moments; 0 draws one" default:"0"`
	Connections int           `help:"連線數；0：book、read、mix 256，burst 2000，overload 6000，crash 64 / connections; 0: as listed" default:"0"`
	Within      time.Duration `help:"整個量測最多多久 / the whole run takes at most" default:"10m"`

	Book     bookCommand     `cmd:"" help:"按速率預約 / book at a rate"`
	Read     readCommand     `cmd:"" help:"按速率查詢名額 / read availability at a rate"`
	Mix      mixCommand      `cmd:"" help:"預約與查詢混合 / bookings among reads"`
	Burst    burstCommand    `cmd:"" help:"全部同時送出，到每一筆都預約成功 / all at once, until each is booked"`
	Overload overloadCommand `cmd:"" help:"超過能力的速率 / more than central can do"`
	Crash    crashCommand    `cmd:"" help:"預約中反覆 kill -9 中央（與 PostgreSQL）/ kill -9 central (and PostgreSQL) again and again while people book"`
}

type pace struct {
	Rate     float64       `help:"每秒幾次 / requests a second" default:"1000"`
	Duration time.Duration `help:"多久 / for how long" default:"10s"`
}

type bookCommand struct{ pace }

// Run books.
func (c *bookCommand) Run(ctx context.Context, t *load.Trial) error {
	_, err := t.Mix(ctx, c.Rate, c.Duration, 1)
	return err
}

type readCommand struct{ pace }

// Run reads.
func (c *readCommand) Run(ctx context.Context, t *load.Trial) error {
	_, err := t.Mix(ctx, c.Rate, c.Duration, 0)
	return err
}

type mixCommand struct {
	pace
	Share float64 `help:"預約所占的比例 / share of bookings" default:"0.1"`
}

// Run books and reads.
func (c *mixCommand) Run(ctx context.Context, t *load.Trial) error {
	_, err := t.Mix(ctx, c.Rate, c.Duration, c.Share)
	return err
}

type burstCommand struct {
	Count int `help:"筆數；臺中尖峰一個月是 54000 / bookings; Taichung's peak month is 54000" default:"54000"`
}

// Run sends the burst.
func (c *burstCommand) Run(ctx context.Context, t *load.Trial) error {
	_, err := t.Burst(ctx, c.Count)
	return err
}

type overloadCommand struct {
	Multiple float64       `help:"能力的幾倍 / multiple of the capacity" default:"2"`
	Probe    int           `help:"量能力用幾筆 / bookings that measure the capacity, twice" default:"20000"`
	Duration time.Duration `help:"多久 / for how long" default:"5s"`
}

// Run overloads central.
func (c *overloadCommand) Run(ctx context.Context, t *load.Trial) error {
	_, err := t.Overload(ctx, c.Multiple, c.Probe, c.Duration)
	return err
}

type crashCommand struct {
	Times int `help:"次數 / how often" default:"20"`
}

// Run kills.
func (c *crashCommand) Run(ctx context.Context, opt *options, t *load.Trial) error {
	return t.Crash(ctx, c.Times, opt.Seed)
}

// usual is how many connections and sites a command takes. In an open loop
// connections must never be what limits the load: beyond the capacity every
// request that waits has one.
func usual(command string) (connections, sites int) {
	switch command {
	case "burst":
		return 2000, 538
	case "overload":
		return 6000, 2000
	case "crash":
		return 64, 538
	}
	return 256, 538
}

func main() {
	var opt options
	k := kong.Parse(&opt, kong.Name("loadgen"), kong.Description("疫苗E指通，在這台電腦上量測中央 / E-Zhitong: central under load on this machine"))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, k, &opt)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "loadgen:", err)
		os.Exit(1)
	}
}

// run measures and then reads the books, whatever the measurement said.
func run(ctx context.Context, k *kong.Context, opt *options) error {
	ctx, cancel := context.WithTimeoutCause(ctx, opt.Within, fmt.Errorf("沒有在 %s 內完成 / not done within %s", opt.Within, opt.Within))
	defer cancel()
	if opt.Seed == 0 {
		opt.Seed = rand.Uint64()
	}
	connections, sites := usual(k.Command())
	opt.Connections, opt.Sites = cmp.Or(opt.Connections, connections), cmp.Or(opt.Sites, sites)
	t, err := load.Begin(ctx, load.Options{
		URL: opt.URL, Data: opt.Data, Store: opt.Store, Postgres: opt.Postgres, Bin: opt.Bin, Sites: opt.Sites, Seed: opt.Seed, Connections: opt.Connections, Out: os.Stdout,
	})
	if err != nil {
		return err
	}
	k.BindTo(ctx, (*context.Context)(nil))
	measured := k.Run(opt, t)
	return t.End(ctx, measured)
}
