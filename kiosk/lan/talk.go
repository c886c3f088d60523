package lan

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
	"ezhitong.tw/syncproto/noise"
)

// A conversation is one handshake of package noise between two devices, each with its own
// key, and the site's key where a device uses the one that it shares with central; then
// sealed questions one way and sealed answers the other: Heads and Passed, for central's
// rows AskCheckpoint and Offer, AskRows and Rows, and of a kiosk AskBell and Bell. Every
// piece has its length in four bytes before it.

// errStranger says that somebody called who is no device of this site in order.
var errStranger = errors.New("the caller is not a device of this site in order")

const lengthSize = 4

func writePiece(w io.Writer, piece []byte) error {
	_, err := w.Write(append(binary.BigEndian.AppendUint32(make([]byte, 0, lengthSize+len(piece)), uint32(len(piece))), piece...))
	return err
}

// readPiece reads a piece of at most limit bytes.
func readPiece(r io.Reader, limit int) ([]byte, error) {
	var head [lengthSize]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if int64(n) > int64(limit) {
		return nil, fmt.Errorf("%w: a piece of %d bytes", syncproto.ErrMalformed, n)
	}
	piece := make([]byte, n)
	if _, err := io.ReadFull(r, piece); err != nil {
		return nil, fmt.Errorf("read a piece: %w", err)
	}
	return piece, nil
}

const (
	maxHandshake = 128
	maxQuestion  = 16 << 10 // of MaxNeighbours heads, sealed
)

// hold gives a handshake its time, and ends the conversation with the context.
func hold(ctx context.Context, conn net.Conn) (done func(), err error) {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	done = func() { stop(); _ = conn.Close() }
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		done()
		return nil, err
	}
	return done, nil
}

// serve answers one call.
func (h *Helper) serve(ctx context.Context, conn net.Conn) error {
	done, err := hold(ctx, conn)
	if err != nil {
		return err
	}
	defer done()
	id, err := h.cfg.Replica.Identity(ctx)
	if err != nil {
		return err
	}
	n, err := h.cfg.Replica.Neighbours(ctx)
	if err != nil {
		return err
	}
	static, err := noise.KeyOf([syncproto.NoiseKeySize]byte(id.Noise))
	if err != nil {
		return err
	}
	message, err := readPiece(conn, maxHandshake)
	if err != nil {
		return err
	}
	channel, reply, _, err := noise.Accept(noise.AcceptConfig{Static: static, Random: rand.Reader}, message,
		func(peer [32]byte) ([32]byte, error) { return keyFor(n, peer) })
	if err != nil {
		return err
	}
	if err := writePiece(conn, reply); err != nil {
		return err
	}
	for {
		question, err := receive(conn, channel, maxQuestion)
		if errors.Is(err, io.EOF) { // the caller has all it wants
			return nil
		}
		if err != nil {
			return err
		}
		answer, err := h.reply(ctx, question)
		if err != nil {
			return err
		}
		if err := send(conn, channel, answer); err != nil {
			return err
		}
		if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
			return err
		}
	}
}

// reply answers a question of another device of the site.
func (h *Helper) reply(ctx context.Context, question syncproto.Message) (syncproto.Message, error) {
	switch q := question.(type) {
	case syncproto.Heads:
		return h.cfg.Replica.PassOn(ctx, q)
	case syncproto.AskCheckpoint:
		return h.cfg.Replica.Offer(ctx, q)
	case syncproto.AskRows:
		rows, err := h.cfg.Replica.Rows(ctx, q)
		if errors.Is(err, replica.ErrMoved) {
			return syncproto.Problem{Code: syncproto.ProblemBusy}, nil
		}
		return rows, err
	case syncproto.AskBell:
		if h.cfg.Bell == nil {
			return syncproto.Bell{}, nil
		}
		return syncproto.Bell{Since: h.cfg.Bell.Calling(q.Answered)}, nil
	}
	return nil, fmt.Errorf("%w: message %d is not for a device", syncproto.ErrMalformed, question.Kind())
}

// keyFor gives the site's key for a caller that central knows and has not shut out.
func keyFor(n syncproto.Neighbours, peer [32]byte) ([32]byte, error) {
	for _, d := range n.Devices {
		if [32]byte(d.Noise) == peer && !d.Revoked && len(n.Key) == syncproto.LANKeySize {
			return [32]byte(n.Key), nil
		}
	}
	return [32]byte{}, errStranger
}

// call opens a conversation with a device at an address, which done ends.
func call(ctx context.Context, id replica.Identity, n syncproto.Neighbours, d syncproto.Neighbour, address string) (conn net.Conn, channel *noise.Channel, done func(), err error) {
	if len(n.Key) != syncproto.LANKeySize {
		return nil, nil, nil, errStranger
	}
	static, err := noise.KeyOf([syncproto.NoiseKeySize]byte(id.Noise))
	if err != nil {
		return nil, nil, nil, err
	}
	dialing, message, err := noise.Dial(noise.DialConfig{Static: static, Server: [32]byte(d.Noise), PSK: [32]byte(n.Key), Random: rand.Reader})
	if err != nil {
		return nil, nil, nil, err
	}
	if conn, err = (&net.Dialer{Timeout: patience}).DialContext(ctx, "tcp", address); err != nil {
		return nil, nil, nil, err
	}
	if done, err = hold(ctx, conn); err != nil {
		return nil, nil, nil, err
	}
	if channel, err = greet(conn, dialing, message); err != nil {
		done()
		return nil, nil, nil, err
	}
	return conn, channel, done, nil
}

// greet makes the handshake.
func greet(conn net.Conn, dialing *noise.Dialing, message []byte) (*noise.Channel, error) {
	if err := writePiece(conn, message); err != nil {
		return nil, err
	}
	reply, err := readPiece(conn, maxHandshake)
	if err != nil {
		return nil, err
	}
	return dialing.Finish(reply)
}

// fetchFrom asks one device at an address for all that this one lacks and says how many
// events were new.
func (h *Helper) fetchFrom(ctx context.Context, id replica.Identity, n syncproto.Neighbours, d syncproto.Neighbour, address string) (kept int, err error) {
	conn, channel, done, err := call(ctx, id, n, d, address)
	if err != nil {
		return 0, err
	}
	defer done()
	for more := true; more; {
		var isNew int
		isNew, more, err = h.fetch(ctx, conn, channel)
		kept += isNew
		if err != nil && !errors.Is(err, replica.ErrPassed) {
			return kept, err
		}
		more = more && isNew > 0 && err == nil // without anything new the same would come again
	}
	if d.Version >= (syncproto.AskCheckpoint{}).Needs() {
		err = errors.Join(err, h.copy(ctx, conn, channel, d))
	}
	if h.cfg.Bell != nil && d.Role == syncproto.RoleKiosk && d.Version >= (syncproto.AskBell{}).Needs() {
		err = errors.Join(err, h.listen(conn, channel, d))
	}
	return kept, err
}

func (h *Helper) fetch(ctx context.Context, conn net.Conn, channel *noise.Channel) (kept int, more bool, err error) {
	heads, err := h.cfg.Replica.Heads(ctx)
	if err != nil {
		return 0, false, err
	}
	passed, err := ask[syncproto.Passed](conn, channel, heads)
	if err != nil {
		return 0, false, err
	}
	kept, err = h.cfg.Replica.TakePassed(ctx, passed)
	return kept, passed.More, err
}

// listen asks a kiosk whether somebody there calls for help.
func (h *Helper) listen(conn net.Conn, channel *noise.Channel, d syncproto.Neighbour) error {
	bell, err := ask[syncproto.Bell](conn, channel, syncproto.AskBell{Answered: h.cfg.Bell.Answered(d.Device)})
	if err != nil {
		return err
	}
	h.cfg.Bell.Heard(d, bell.Since)
	return nil
}

// copy brings the base to where another device's is, if that heard central later.
func (h *Helper) copy(ctx context.Context, conn net.Conn, channel *noise.Channel, d syncproto.Neighbour) error {
	at, err := h.cfg.Replica.Position(ctx)
	if err != nil || at.History.IsZero() { // central was never heard
		return err
	}
	offer, err := ask[syncproto.Offer](conn, channel, syncproto.AskCheckpoint{History: at.History, Seq: at.Cursor})
	if err != nil || offer.Checkpoint == nil {
		return err
	}
	c, err := h.cfg.Replica.Compare(ctx, *offer.Checkpoint)
	if err != nil {
		return passing(err)
	}
	rows, err := askBuckets(conn, channel, c)
	if err != nil {
		return passing(err)
	}
	if err := h.cfg.Replica.Take(ctx, c, rows); err != nil {
		return passing(err)
	}
	h.cfg.Log.Info("central's rows came from another device", "letter", d.Letter, "cursor", c.Checkpoint.Seq, "days", len(c.Days))
	return nil
}

// passing leaves out that one of the two devices moved meanwhile: the next round finds
// out whether there is still something to take.
func passing(err error) error {
	if errors.Is(err, replica.ErrMoved) || errors.Is(err, syncproto.Problem{Code: syncproto.ProblemBusy}) {
		return nil
	}
	return err
}

// askBuckets asks for all rows of the buckets that are lacking.
func askBuckets(conn net.Conn, channel *noise.Channel, c replica.Copy) (all []syncproto.Row, err error) {
	for _, day := range c.Days {
		skip, more := 0, true
		for more {
			rows, err := ask[syncproto.Rows](conn, channel, syncproto.AskRows{Seq: c.Checkpoint.Seq, Day: day, Skip: skip})
			if err != nil {
				return nil, err
			}
			if skip, more = skip+len(rows.Rows), rows.More; skip > mostOfDay {
				return nil, fmt.Errorf("%w: more than %d rows of day %d", replica.ErrCheckpoint, mostOfDay, day)
			}
			all = append(all, rows.Rows...)
		}
	}
	return all, nil
}

// mostOfDay bounds what another device may have this one keep in memory.
const mostOfDay = 20_000

func send(w io.Writer, channel *noise.Channel, m syncproto.Message) error {
	plain, err := syncproto.Encode(m)
	if err != nil {
		return err
	}
	sealed, err := channel.Seal(plain)
	if err != nil {
		return err
	}
	return writePiece(w, sealed)
}

func receive(r io.Reader, channel *noise.Channel, limit int) (syncproto.Message, error) {
	sealed, err := readPiece(r, limit)
	if err != nil {
		return nil, err
	}
	plain, err := channel.Open(sealed)
	if err != nil {
		return nil, err
	}
	return syncproto.Decode(plain)
}

// ask sends a question and reads the answer, which has its own time; a Problem in its
// place is the error.
func ask[T syncproto.Message](conn net.Conn, channel *noise.Channel, question syncproto.Message) (T, error) {
	var none T
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return none, err
	}
	if err := send(conn, channel, question); err != nil {
		return none, err
	}
	m, err := receive(conn, channel, noise.SealedSize(noise.MaxPlain))
	if err != nil {
		return none, err
	}
	return syncproto.As[T](m)
}
