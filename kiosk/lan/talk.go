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

// A conversation is one handshake of package noise between two devices, each with
// its own key, and the site's key in the place of the device's; then sealed Heads one
// way and sealed Passed the other. Every piece has its length in four bytes before it.

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
	maxHeads     = 16 << 10 // of MaxNeighbours heads, sealed
)

// hold gives a conversation its time and ends it with the context.
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
		heads, err := receive[syncproto.Heads](conn, channel, maxHeads)
		if errors.Is(err, io.EOF) { // the caller has all it wants
			return nil
		}
		if err != nil {
			return err
		}
		passed, err := h.cfg.Replica.PassOn(ctx, heads)
		if err != nil {
			return err
		}
		if err := send(conn, channel, passed); err != nil {
			return err
		}
	}
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

// fetchFrom asks one device at an address for all that this one lacks and says how many
// events were new.
func (h *Helper) fetchFrom(ctx context.Context, id replica.Identity, n syncproto.Neighbours, d syncproto.Neighbour, address string) (kept int, err error) {
	if len(n.Key) != syncproto.LANKeySize {
		return 0, errStranger
	}
	static, err := noise.KeyOf([syncproto.NoiseKeySize]byte(id.Noise))
	if err != nil {
		return 0, err
	}
	dialing, message, err := noise.Dial(noise.DialConfig{Static: static, Server: [32]byte(d.Noise), PSK: [32]byte(n.Key), Random: rand.Reader})
	if err != nil {
		return 0, err
	}
	conn, err := (&net.Dialer{Timeout: patience}).DialContext(ctx, "tcp", address)
	if err != nil {
		return 0, err
	}
	done, err := hold(ctx, conn)
	if err != nil {
		return 0, err
	}
	defer done()
	if err := writePiece(conn, message); err != nil {
		return 0, err
	}
	reply, err := readPiece(conn, maxHandshake)
	if err != nil {
		return 0, err
	}
	channel, err := dialing.Finish(reply)
	if err != nil {
		return 0, err
	}
	for {
		isNew, more, err := h.fetch(ctx, conn, channel)
		kept += isNew
		if err != nil || !more || isNew == 0 { // without anything new the same would come again
			return kept, err
		}
	}
}

func (h *Helper) fetch(ctx context.Context, conn net.Conn, channel *noise.Channel) (kept int, more bool, err error) {
	heads, err := h.cfg.Replica.Heads(ctx)
	if err != nil {
		return 0, false, err
	}
	if err := send(conn, channel, heads); err != nil {
		return 0, false, err
	}
	passed, err := receive[syncproto.Passed](conn, channel, noise.SealedSize(noise.MaxPlain))
	if err != nil {
		return 0, false, err
	}
	kept, err = h.cfg.Replica.TakePassed(ctx, passed)
	return kept, passed.More, err
}

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

func receive[T syncproto.Message](r io.Reader, channel *noise.Channel, limit int) (T, error) {
	var none T
	sealed, err := readPiece(r, limit)
	if err != nil {
		return none, err
	}
	plain, err := channel.Open(sealed)
	if err != nil {
		return none, err
	}
	return syncproto.Expect[T](plain)
}
