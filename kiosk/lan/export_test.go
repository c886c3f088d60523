package lan

import (
	"context"
	"io"

	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
)

// Fetch asks one device, as a round does.
func (h *Helper) Fetch(ctx context.Context, id replica.Identity, n syncproto.Neighbours, d syncproto.Neighbour, address string) (int, error) {
	return h.fetchFrom(ctx, id, n, d, address)
}

// ReadPiece reads a piece of a conversation.
func ReadPiece(r io.Reader, limit int) ([]byte, error) { return readPiece(r, limit) }

// WritePiece writes a piece of a conversation.
func WritePiece(w io.Writer, piece []byte) error { return writePiece(w, piece) }

// ErrStranger is what a caller from elsewhere meets.
var ErrStranger = errStranger

// DeviceOf reads the device from the name of an instance.
var DeviceOf = deviceOf
