package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/public"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

// noLimit is a limit that counts and never refuses.
const noLimit = 1 << 30

// addresses is what a server prints, as one line of JSON, when it listens.
type addresses struct {
	Doors string `json:"doors"` // the public door
	Hello string `json:"hello"` // Gin's hello world in the same process, the control

	Sync  string   `json:"sync"`  // the door of the devices
	Codes []string `json:"codes"` // that enrol them
}

// serveCommand is the server that the bars measure: the public door as
// cmd/central mounts it, with checks, limits, audit and the request log on.
type serveCommand struct {
	Folder   string `arg:"" type:"path"`
	Database string `help:"another database than the file in the folder"`
	Sites    int    `required:""`
	Places   int    `required:""`
	Unstored bool   `help:"a stand-in that judges and does not store"`
}

// Run serves until its input ends.
func (c *serveCommand) Run(ctx context.Context) (err error) {
	web.DeferGarbage()
	trail, err := os.OpenFile(filepath.Join(c.Folder, "log.txt"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(trail, nil))
	database := c.Database
	if database == "" {
		database = filepath.Join(c.Folder, "central.db")
	}
	town, err := openEngine(ctx, c.Folder, database, shape{c.Sites, c.Places}, 0, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, town.close(), trail.Close()) }()
	var bookings public.Bookings = town
	if c.Unstored {
		bookings = unstored{town.Engine, townClock()}
	}
	doors, err := doors(town.Engine, bookings, log)
	if err != nil {
		return err
	}
	var at addresses
	for address, handler := range map[*string]http.Handler{&at.Doors: doors, &at.Hello: hello()} {
		listener, failed := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
		if failed != nil {
			return failed
		}
		*address = listener.Addr().String()
		server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
		go func() {
			if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
				log.Error("serve", "error", err)
			}
		}()
		defer func() { err = errors.Join(err, server.Close()) }()
	}
	return at.announce()
}

// announce says where the server listens and waits until its input ends.
func (a addresses) announce() error {
	if err := json.NewEncoder(os.Stdout).Encode(a); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return fmt.Errorf("wait for the end of the input: %w", err)
	}
	return nil
}

func doors(e *booking.Engine, bookings public.Bookings, log *slog.Logger) (*web.Engine, error) {
	static, err := web.NewStatic()
	if err != nil {
		return nil, err
	}
	now := townClock()
	engine, err := web.NewEngine(web.Config{Log: log, NewID: web.NewRequestID, Now: now, Static: static, RequestsPerMinute: noLimit})
	if err != nil {
		return nil, err
	}
	door, err := public.New(public.Config{
		Offer: e, Bookings: bookings, Holds: e, Groups: e, Standby: e, Now: now, NewID: newID, Static: static,
		Sessions:          web.NewSessions(web.SessionConfig{Cookie: "ezhitong", Idle: time.Hour, Lifetime: time.Hour}),
		Ticket:            func(clinic.Booking) (string, error) { return "EZT1:", nil },
		BookingsPerMinute: noLimit,
	})
	if err != nil {
		return nil, err
	}
	door.Mount(engine)
	return engine, nil
}

func newID() clinic.ID { return clinic.ID(uuid.Must(uuid.NewV7())) }

// hello is the control: the least that a server on Gin does.
func hello() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.GET("/hello", func(c *gin.Context) { c.String(http.StatusOK, "hello, world") })
	return e
}
