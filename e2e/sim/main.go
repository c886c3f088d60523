// Command sim plays E-Zhitong with everything that can go wrong, thousands of
// times a minute: the real central and the real devices on a made-up network, with
// made-up disks and clocks, each world drawn from a number, its seed.
//
// A seed that breaks a promise is an error in the product or in the promise. The
// same seed is the same world again: sim replay N (make sim SEED=N) prints its
// journal. A line is the time in the world, who, and what: a device is the letter
// of its site and its number there (A3 is a kiosk; A1' a clone of A1), a booking
// the end of its id; lines that begin with 'log:' are what the program itself
// logged. The line BROKEN says which promise, and what stands above it is how it
// came to that; what follows cannot be trusted. A change of the code that draws or
// schedules something makes other worlds of the same seeds, so what a seed has
// taught belongs into a test of its room.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

type options struct {
	Run     runCommand     `cmd:"" default:"withargs" help:"模擬許多座城 / play many worlds"`
	Replay  replayCommand  `cmd:"" help:"重播一座城並印出經過 / play one world again and print its journal"`
	Mutants mutantsCommand `cmd:"" help:"把錯誤放進程式，看模擬抓不抓得到 / plant bugs and see that the simulation catches them"`
}

type runCommand struct {
	Seeds   uint64   `help:"多少座城 / how many worlds" default:"100"`
	First   uint64   `help:"從哪個種子開始 / the first seed" default:"1"`
	Workers int      `help:"同時幾座城，0 為處理器數 / worlds at the same time, 0 is one for each processor" default:"0"`
	With    []string `help:"每座城都要有的故障 / faults that strike in every world, by their names in the report"`
	Profile string   `help:"把處理器時間記到這個檔案 / write where the processor's time goes into this file" type:"path"`
	Quiet   bool     `help:"只印出沒有守住的承諾 / print nothing but a broken promise"`
}

// Run plays worlds until one breaks a promise.
func (c *runCommand) Run(ctx context.Context) error {
	set, err := newStage(ctx, c.With...)
	if err != nil {
		return err
	}
	stop, err := profile(c.Profile)
	if err != nil {
		return errors.Join(err, set.close())
	}
	began, busy := time.Now(), processor()
	total, err := playAll(ctx, set, c.First, c.Seeds, c.Workers)
	if !c.Quiet {
		fmt.Print(total.report(time.Since(began), processor()-busy))
	}
	return errors.Join(err, stop(), set.close())
}

// playAll plays seeds beside each other and gives what they counted together. The
// first error ends it.
func playAll(ctx context.Context, set *stage, first, count uint64, workers int) (*tally, error) {
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var (
		mu    sync.Mutex
		wg    sync.WaitGroup
		total = newTally()
		next  = first
	)
	for range workers {
		wg.Go(func() {
			for ctx.Err() == nil {
				mu.Lock()
				seed := next
				next++
				mu.Unlock()
				if seed >= first+count {
					return
				}
				t, err := run(ctx, set, seed, &journal{})
				if err != nil {
					stop(fmt.Errorf("%w\n重播 / replay: make sim SEED=%d", err, seed))
					return
				}
				mu.Lock()
				total.add(t)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return total, context.Cause(ctx)
}

type replayCommand struct {
	Seed uint64   `arg:"" help:"種子 / the seed"`
	With []string `help:"那座城必有的故障 / the faults that the world was to have in any case"`
}

// Run plays one world and prints it.
func (c *replayCommand) Run(ctx context.Context) error {
	set, err := newStage(ctx, c.With...)
	if err != nil {
		return err
	}
	t, err := run(ctx, set, c.Seed, &journal{out: os.Stdout})
	if t != nil {
		fmt.Print(t.report(0, 0))
	}
	return errors.Join(err, set.close())
}

func main() {
	debug.SetGCPercent(1000) // a world is some megabytes
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	var opt options
	parsed := kong.Parse(&opt, kong.Name("sim"), kong.BindTo(ctx, (*context.Context)(nil)))
	parsed.FatalIfErrorf(parsed.Run())
}
