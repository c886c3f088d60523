package hub

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/syncproto"
)

// keepAlive is the pause after which an empty line shows that the stream lives, and
// patience how long a line may take to leave.
const (
	keepAlive = 25 * time.Second
	patience  = 10 * time.Second
)

// poke streams the site's latest number whenever it moves, as text/event-stream
// with nothing else in it, until the session or the device ends. It only says
// that a pull is worth while; a device that misses it polls. A session has one
// stream: the next one ends it.
func (h *Hub) poke(c *gin.Context) error {
	s, ok := h.sessions.find(c.GetHeader(syncproto.HeaderSession), h.cfg.Now())
	if !ok || !h.sessions.isProven(s) { // a handshake alone can be a replay
		return syncproto.Problem{Code: syncproto.ProblemUnknownSession}
	}
	peer, known, err := h.cfg.Fleet.Peer(s.device)
	if err != nil {
		return err
	}
	if !known {
		return syncproto.Problem{Code: syncproto.ProblemUnknownDevice}
	}
	if err := shutOut(peer); err != nil {
		return err
	}
	other := h.sessions.listens(s)
	moved, stop := h.cfg.Watch(peer.Site)
	defer stop()
	tick := time.NewTicker(keepAlive)
	defer tick.Stop()
	c.Header("Content-Type", "text/event-stream")
	c.Header("Cache-Control", "no-store")
	c.Header("X-Accel-Buffering", "no") // a proxy passes each line on
	c.Status(http.StatusOK)
	line := "data: " + strconv.FormatInt(h.cfg.Engine.SiteSeq(peer.Site), 10) + "\n\n"
	control := http.NewResponseController(c.Writer)
	if err := control.SetReadDeadline(time.Time{}); err != nil { // the server's own would end the stream
		return fmt.Errorf("keep the stream open: %w", err)
	}
	for {
		if err := control.SetWriteDeadline(time.Now().Add(patience)); err != nil {
			return fmt.Errorf("bound a line of the stream: %w", err)
		}
		if _, err := c.Writer.WriteString(line); err != nil {
			return nil // the device has gone
		}
		c.Writer.Flush()
		select {
		case seq, open := <-moved:
			if !open {
				return nil
			}
			line = "data: " + strconv.FormatInt(seq, 10) + "\n\n"
		case <-tick.C:
			line = ":\n\n"
		case <-s.ended:
			return nil
		case <-other:
			return nil
		case <-peer.Ended:
			return nil
		case <-c.Request.Context().Done():
			return nil
		}
	}
}
