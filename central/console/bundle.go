package console

import (
	"context"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// Bundles is what the door asks of hub.Hub.
type Bundles interface {
	Import(ctx context.Context, sealed []byte) (device clinic.ID, ack syncproto.Ack, receipt []byte, err error)
}

const pathBundle = "/bundle"

// BundleRequest is a bundle that somebody carried here.
type BundleRequest struct{ Sealed []byte }

// BundleAnswer is what became of its events.
type BundleAnswer struct {
	Device   clinic.ID
	Acked    uint64 // the last event of the device that central has
	Verdicts []syncproto.Verdict
	Receipt  []byte // for the device
}

// ImportBundle asks the server that runs on a data folder to take a bundle in.
func ImportBundle(ctx context.Context, folder string, sealed []byte) (BundleAnswer, error) {
	return call[BundleAnswer](ctx, folder, pathBundle, BundleRequest{sealed})
}

func (cfg Config) importBundle(ctx context.Context, r BundleRequest) (BundleAnswer, error) {
	device, ack, receipt, err := cfg.Bundles.Import(ctx, r.Sealed)
	return BundleAnswer{device, ack.AckedSeq, ack.Verdicts, receipt}, err
}
