package console

import (
	"context"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// Bundles is what the door asks of hub.Hub.
type Bundles interface {
	Import(ctx context.Context, sealed []byte) (device clinic.ID, ack syncproto.Ack, err error)
}

const pathBundle = "/bundle"

// BundleRequest is a bundle that somebody carried here.
type BundleRequest struct{ Sealed []byte }

// BundleAnswer is what became of its events.
type BundleAnswer struct {
	Device   clinic.ID
	Acked    uint64 // the last event of the device that central has
	Verdicts []syncproto.Verdict
}

// ImportBundle asks the server that runs on a data folder to take a bundle in.
func ImportBundle(ctx context.Context, folder string, sealed []byte) (BundleAnswer, error) {
	return call[BundleAnswer](ctx, folder, pathBundle, BundleRequest{sealed})
}

func (cfg Config) importBundle(ctx context.Context, r BundleRequest) (BundleAnswer, error) {
	device, ack, err := cfg.Bundles.Import(ctx, r.Sealed)
	return BundleAnswer{device, ack.AckedSeq, ack.Verdicts}, err
}
