package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"ezhitong.tw/central/city"
	"ezhitong.tw/central/console"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/clock"
)

type serveCommand struct {
	Listen string `help:"位址 / address to listen on" default:"127.0.0.1:8080" env:"EZHITONG_LISTEN"`
	Secure bool   `help:"前面有 TLS / TLS ends before this server" env:"EZHITONG_SECURE"`
	Clock  string `help:"示範用：檔案內的時距會加到時鐘 / for demonstrations: a file with a duration that is added to the clock" type:"path"`
	Empty  bool   `help:"不載入城市資料 / do not load the city profile"`
	Limits string `help:"off 只供量測：不限每個位址的請求數，只聽本機 / off is for measurements: no limits for each address, loopback only" enum:"on,off" default:"on"`
}

// Run serves until the context ends.
func (c *serveCommand) Run(ctx context.Context, opt *options, log *slog.Logger) error {
	limits, err := c.limits()
	if err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" {
		web.DeferGarbage()
	}
	now, err := demoClock(c.Clock, log)
	if err != nil {
		return err
	}
	h, err := open(ctx, opt, now, log)
	if err != nil {
		return err
	}
	defer h.close(log)
	var shipped []string // programmes that each start brings up to date
	if !c.Empty {
		if err := h.install(ctx, now, city.Load); err != nil {
			return err
		}
		programmes, err := city.Programmes()
		if err != nil {
			return err
		}
		for _, p := range programmes {
			shipped = append(shipped, p.Code)
		}
	}
	doors, err := h.doors(c.Secure, limits, now, log)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	commands, err := console.Listen(ctx, opt.Data)
	if err != nil {
		return err
	}
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error { return serve(ctx, listener, doors) })
	work.Go(func() error { doors.Gate.Report(ctx, 10*time.Second, log); return nil })
	work.Go(func() error {
		return console.Serve(ctx, commands, console.Config{Devices: h.fleet, Keys: h.fleet, DataKeys: h.vault, Accounts: h.accounts, Programmes: h.bookings, Bundles: h.hub, Shipped: shipped, Log: log})
	})
	work.Go(func() error { return h.daily(ctx, now, c.Empty, log) })
	work.Go(func() error { return h.notifier.Run(ctx) })
	work.Go(func() error { return h.upkeep(ctx, log) })
	work.Go(func() error { return h.fleet.Follow(ctx) })
	work.Go(func() error { return h.vault.Run(ctx) })
	log.Info("listening", "address", "http://"+listener.Addr().String(), "clock", clinic.DateOf(now()))
	return work.Wait()
}

// limits gives how many requests of each kind one address may send: 0 for the
// doors' own limits, negative for none. A load comes from one address, so a
// measurement has to do without them; on an address that others reach, nobody
// may.
func (c *serveCommand) limits() (int, error) {
	if c.Limits != "off" {
		return 0, nil
	}
	host, _, err := net.SplitHostPort(c.Listen)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return 0, fmt.Errorf("--limits off 只能用在本機位址，例如 127.0.0.1:8080 / --limits off needs a loopback address, not %q", c.Listen)
	}
	return -1, nil
}

func demoClock(file string, log *slog.Logger) (clock.Clock, error) {
	if file == "" {
		return clock.System(), nil
	}
	return clock.Shifted(file, log)
}

func serve(ctx context.Context, listener net.Listener, doors http.Handler) error {
	server := &http.Server{Handler: doors, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 20 * time.Second, IdleTimeout: 2 * time.Minute}
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		if server.Shutdown(patience) != nil {
			_ = server.Close() // whoever is still connected has had three seconds
		}
	})
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	<-done
	return nil
}

var random = rand.Reader
