// Command bars measures this project against the bars it has set itself, writes
// one line for each and the whole table into the manual.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

type options struct {
	Run    runCommand    `cmd:"" default:"withargs" help:"量測所有標準 / measure every bar"`
	Sync   syncCommand   `cmd:"" help:"量測同步的標準，和 PouchDB 並列 / measure the bars of synchronisation, beside PouchDB"`
	Apps   appsCommand   `cmd:"" help:"量測櫃檯和報到機的標準，在真的視窗上 / measure the bars of front desk and kiosk, in real windows"`
	Serve  serveCommand  `cmd:"" hidden:""`
	Hub    hubCommand    `cmd:"" hidden:""`
	Device deviceCommand `cmd:"" hidden:""`
}

type runCommand struct {
	Only   []string      `help:"只量測這些，例如 R1,A2；不寫入文件 / only these, such as R1,A2; the manual stays as it is"`
	Doc    string        `help:"寫入結果的文件 / where the table is written" default:"docs/performance.md"`
	Pairs  bool          `help:"也印出每一對 / print every pair too"`
	Bin    string        `help:"程式所在的資料夾 / folder of the programs" default:".build/bin" type:"path"`
	Work   string        `help:"放資料庫的資料夾，要在真的磁碟上 / folder for databases, on a real disk" default:".build/bars" type:"path"`
	Peers  string        `help:"對照程式的原始碼 / source of the peers" default:"e2e/bars/peers" type:"path"`
	Tests  string        `help:"編譯好的 e2e 測試 / the compiled tests of e2e" default:".build/bin/e2e.test" type:"path"`
	Within time.Duration `help:"全部最多多久 / all of it takes at most" default:"6m"`
}

// errMissed says that the run as a whole is no success.
var errMissed = errors.New("有標準沒有達到 / a bar was missed or could not be measured")

// syncCommand is a run of the other list, into another section of the manual.
type syncCommand struct{ runCommand }

// Run measures.
func (c *runCommand) Run(ctx context.Context) error { return c.measure(ctx, all(), tableOfBars) }

// Run measures.
func (c *syncCommand) Run(ctx context.Context) error { return c.measure(ctx, syncBars(), tableOfSync) }

// measure runs those bars of a list that are wanted and writes the table into its
// place in the manual when all were.
func (c *runCommand) measure(ctx context.Context, list []bar, place marks) (err error) {
	chosen, err := choose(list, c.Only)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Work, 0o700); err != nil {
		return err
	}
	on := &bench{bin: c.Bin, peers: c.Peers, tests: c.Tests}
	if on.work, err = os.MkdirTemp(c.Work, "run-*"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(on.work)) }()
	here, err := thisMachine()
	if err != nil {
		return err
	}
	fmt.Println(here)
	began := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, c.Within, fmt.Errorf("%s are over", c.Within))
	defer cancel()
	var verdicts []verdict
	for _, b := range chosen {
		v := judge(ctx, b, on)
		fmt.Println(v)
		if c.Pairs {
			for _, p := range v.Pairs {
				fmt.Println("  ", p)
			}
		}
		verdicts = append(verdicts, v)
	}
	took := time.Since(began)
	fmt.Println(took.Round(time.Second))
	if len(c.Only) == 0 {
		if err := (report{here, began, took, verdicts}).into(c.Doc, place); err != nil {
			return err
		}
		fmt.Println("→", c.Doc)
	}
	if slices.ContainsFunc(verdicts, verdict.failed) {
		return errMissed
	}
	return nil
}

// choose takes the bars that are named; all when none is. A name may leave the
// letter of a part away: R5 is R5a and R5b.
func choose(from []bar, names []string) ([]bar, error) {
	if len(names) == 0 {
		return from, nil
	}
	var out []bar
	for _, b := range from {
		if slices.ContainsFunc(names, func(n string) bool { return named(b, n) }) {
			out = append(out, b)
		}
	}
	for _, n := range names {
		if !slices.ContainsFunc(out, func(b bar) bool { return named(b, n) }) {
			return nil, fmt.Errorf("沒有這個標準 / there is no bar %q", n)
		}
	}
	return out, nil
}

func named(b bar, name string) bool {
	return strings.EqualFold(b.ID, name) || strings.EqualFold(strings.TrimRight(b.ID, "ab"), name)
}

func main() {
	var opt options
	k := kong.Parse(&opt, kong.Name("bars"), kong.Description("疫苗E指通 效能標準 / E-Zhitong: the bars of its performance"))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	k.BindTo(ctx, (*context.Context)(nil))
	err := k.Run()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bars:", err)
		os.Exit(1)
	}
}
