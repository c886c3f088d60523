// Package hub is the door through which the clinics' devices synchronise: they
// come in with a code, shake hands, push what happened and pull what changed.
package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/fleet"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/clock"
	"ezhitong.tw/syncproto"
	"ezhitong.tw/syncproto/noise"
)

// Engine is what the hub asks of booking.Engine.
type Engine interface {
	Receive(ctx context.Context, b booking.Batch) (syncproto.Ack, error)
	Feed(ctx context.Context, r booking.FeedRequest) (booking.FeedPage, error)
	Digest(ctx context.Context, site string, first syncproto.Day) (seq int64, digest []byte, err error)
	Lease(ctx context.Context, r booking.LeaseRequest) (booking.Lease, error)
	ReturnLease(ctx context.Context, device, id clinic.ID) (booking.Lease, error)
	Openings(ctx context.Context, site string, p clinic.Person) ([]booking.Opening, error)
	Leftovers(ctx context.Context, site string, limit int) ([]booking.Leftover, error)
	StockAfter(ctx context.Context, site string, after int64, limit int) (booking.StockLines, error)
	DosesBefore(ctx context.Context, site string, day clinic.Date) (map[string]int, error)
	Audit(ctx context.Context, n booking.Note) error
	Slot(id clinic.ID) (clinic.Slot, bool)
	Book(ctx context.Context, r booking.Request) (clinic.Booking, error)
	SiteSeq(site string) int64
	Floor(ctx context.Context, site string) (int64, error)
	History() clinic.ID
	Stream(ctx context.Context, device clinic.ID, epoch uint32) (acked uint64, head []byte, err error)
}

// Config is what the world brings in. Every field but the numbers is needed.
type Config struct {
	Engine Engine
	Fleet  *fleet.Fleet
	Now    clock.Clock
	Random io.Reader // crypto/rand.Reader outside tests
	Log    *slog.Logger
	// Watch tells when a site's feed moves: booking.Engine.Watch.
	Watch func(site string) (seq <-chan int64, stop func())

	Sessions int // live sessions at most; 0 means 4,096
	Pulls    int // pulls at work at the same time; 0 means 16
}

// Hub serves the paths of syncproto.
type Hub struct {
	cfg      Config
	sessions *sessions
	pulls    chan struct{}
	asks     asks
}

// The longest bodies taken, in bytes.
const (
	maxHandshake = 256
	maxEnrol     = 8 << 10
)

// MaxBody is the longest body of an exchange, in bytes. Whatever limits bodies
// before the hub has to let it through under "/sync/".
const MaxBody = 1 + noise.MaxPlain + 64*18

// New makes a hub.
func New(cfg Config) (*Hub, error) {
	if cfg.Engine == nil || cfg.Fleet == nil || cfg.Now == nil || cfg.Random == nil || cfg.Log == nil || cfg.Watch == nil {
		return nil, errors.New("open the hub: the configuration is incomplete")
	}
	if cfg.Sessions == 0 {
		cfg.Sessions = 4096
	}
	if cfg.Pulls == 0 {
		cfg.Pulls = 16
	}
	return &Hub{cfg: cfg, sessions: newSessions(cfg.Sessions), pulls: make(chan struct{}, cfg.Pulls)}, nil
}

// Mount puts the hub's paths on a router without a prefix.
func (h *Hub) Mount(r gin.IRouter) {
	r.GET(syncproto.PathKeys, h.handle(h.serveKeys))
	r.POST(syncproto.PathEnrol, h.handle(h.enrol))
	r.POST(syncproto.PathHandshake, h.handle(h.handshake))
	r.POST(syncproto.PathExchange, h.handle(h.exchange))
	r.GET(syncproto.PathPoke, h.handle(h.poke))
}

// Sessions is the number of live sessions.
func (h *Hub) Sessions() int { return h.sessions.count() }

func (h *Hub) serveKeys(c *gin.Context) error {
	c.Header("Cache-Control", "no-store")
	keys, err := syncproto.EncodeKeys(h.cfg.Fleet.Secrets().PublicOf(c.Query(syncproto.QueryFingerprint)))
	if err != nil {
		return fmt.Errorf("give out central's keys: %w", err)
	}
	c.Data(http.StatusOK, "application/cbor", keys)
	return nil
}

func (h *Hub) enrol(c *gin.Context) error {
	sealed, err := body(c, maxEnrol)
	if err != nil {
		return err
	}
	reply, err := h.cfg.Fleet.Enrol(c.Request.Context(), sealed)
	if err != nil {
		return err
	}
	answer(c, reply)
	return nil
}

func (h *Hub) handshake(c *gin.Context) error {
	message1, err := body(c, maxHandshake)
	if err != nil {
		return err
	}
	var peer fleet.Peer
	channel, message2, err := h.cfg.Fleet.Secrets().Accept(noise.AcceptConfig{Random: h.cfg.Random}, message1,
		func(key [32]byte) ([32]byte, error) {
			var known bool
			var err error
			if peer, known, err = h.cfg.Fleet.PeerByKey(key); err != nil {
				return [32]byte{}, err
			}
			if !known {
				return [32]byte{}, syncproto.Problem{Code: syncproto.ProblemUnknownDevice}
			}
			return peer.PSK, mayNotSpeak(peer)
		})
	if errors.Is(err, noise.ErrHandshake) {
		return syncproto.Problem{Code: syncproto.ProblemMalformed}
	}
	if err != nil {
		return err
	}
	id, err := h.sessions.open(peer.ID, channel, h.cfg.Now(), h.cfg.Random)
	if err != nil {
		return err
	}
	c.Header(syncproto.HeaderSession, id)
	answer(c, message2)
	return nil
}

// shutOut says why a device gets nothing. One whose grant has ended may still
// push: what happened at a clinic is never turned away.
func shutOut(p fleet.Peer) error {
	if p.Revoked {
		return syncproto.Problem{Code: syncproto.ProblemRevoked}
	}
	return mayNotSpeak(p)
}

// mayNotSpeak says why a device cannot even hand in what happened. A revoked one
// can: people judge its events one by one.
func mayNotSpeak(p fleet.Peer) error {
	if p.Fenced {
		return syncproto.Problem{Code: syncproto.ProblemFork}
	}
	return nil
}

// handle answers what a handler could not: a Problem by its header and status,
// anything else as internal and in the log.
func (h *Hub) handle(f func(c *gin.Context) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		err := f(c)
		if err == nil {
			return
		}
		var p syncproto.Problem
		if !errors.As(err, &p) {
			p = syncproto.Problem{Code: syncproto.ProblemInternal}
			h.cfg.Log.Error("hub", "route", c.FullPath(), "error", err)
		}
		if p.RetryAfter > 0 {
			c.Header("Retry-After", strconv.Itoa(p.RetryAfter))
		}
		c.Header(syncproto.HeaderProblem, p.Code)
		c.Header("Cache-Control", "no-store")
		c.AbortWithStatus(statusOf(p))
	}
}

func statusOf(p syncproto.Problem) int {
	switch p.Code {
	case syncproto.ProblemMalformed:
		return http.StatusBadRequest
	case syncproto.ProblemUnknownSession:
		return http.StatusNotFound
	case syncproto.ProblemUnknownDevice, syncproto.ProblemRevoked, syncproto.ProblemCodeWrong, syncproto.ProblemNotApproved, syncproto.ProblemKeyRetired:
		return http.StatusForbidden
	case syncproto.ProblemFork:
		return http.StatusConflict
	case syncproto.ProblemCodeExpired, syncproto.ProblemCodeUsed:
		return http.StatusGone
	case syncproto.ProblemBusy:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

func answer(c *gin.Context, bytes []byte) {
	c.Header("Cache-Control", "no-store")
	c.Data(http.StatusOK, "application/octet-stream", bytes)
}

// body reads a request whole.
func body(c *gin.Context, limit int64) ([]byte, error) {
	b, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, limit))
	if err != nil { // too long, or the line broke
		return nil, syncproto.Problem{Code: syncproto.ProblemMalformed}
	}
	return b, nil
}
