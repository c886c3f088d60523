package hub

import (
	"context"
	"errors"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// The refusals of Import. Nothing of such a bundle is stored.
const (
	RefusedBundleOther   = "bundle_other_central" // sealed to another central
	RefusedBundleNone    = "bundle_not_one"       // another kind of file
	RefusedBundleDamaged = "bundle_damaged"       // changed, cut, or not signed by its device
	RefusedBundleDevice  = "bundle_device"        // of a device that is not ours, or not any more; args: device
	RefusedBundleShut    = "bundle_shut_out"      // of a device that is fenced; args: device
	RefusedBundleFork    = "bundle_fork"          // args: device; it is fenced now
	RefusedBundleGap     = "bundle_gap"           // events before it are missing; args: device
)

// Import takes in the events that somebody carried here, as if the device had
// pushed them: what came before is a duplicate. It gives the verdict of each, and the
// receipt to carry back.
func (h *Hub) Import(ctx context.Context, sealed []byte) (device clinic.ID, ack syncproto.Ack, receipt []byte, err error) {
	pushes, sign, err := h.cfg.Fleet.Secrets().OpenBundle(sealed)
	if err != nil {
		return device, ack, nil, h.refused(device, err)
	}
	device = pushes[0].Device
	peer, known, err := h.cfg.Fleet.Peer(device)
	switch {
	case err != nil:
		return device, ack, nil, err
	case !known:
		return device, ack, nil, clinic.Refuse(RefusedBundleDevice, "device", device.String())
	case mayNotSpeak(peer) != nil:
		return device, ack, nil, clinic.Refuse(RefusedBundleShut, "device", device.String())
	}
	for _, p := range pushes { // all of it is judged before any of it is stored
		if err := syncproto.VerifyPush(p, peer.Sign); err != nil {
			return device, ack, nil, h.refused(device, err)
		}
	}
	r := syncproto.Receipt{History: h.cfg.Engine.History(), Time: h.cfg.Now().UnixMilli(), Device: peer.ID, Epoch: peer.Epoch}
	for _, p := range pushes {
		part, err := h.receive(ctx, peer, p)
		if err != nil {
			return device, ack, nil, h.refused(device, err)
		}
		ack.AckedSeq, ack.ChainHead, ack.Verdicts = part.AckedSeq, part.ChainHead, append(ack.Verdicts, part.Verdicts...)
		r.Acks = append(r.Acks, part)
	}
	if receipt, err = sign(r); err != nil {
		return device, ack, nil, err
	}
	h.cfg.Log.Info("bundle imported", "device", device, "events", len(ack.Verdicts), "acked", ack.AckedSeq)
	return device, ack, receipt, nil
}

// refused names what is wrong with a bundle; what is wrong with us stays as it is.
func (h *Hub) refused(device clinic.ID, err error) error {
	h.cfg.Log.Warn("bundle", "device", device, "error", err)
	switch {
	case errors.Is(err, syncproto.ErrOtherCentral):
		return clinic.Refuse(RefusedBundleOther)
	case errors.Is(err, syncproto.ErrNoBundle):
		return clinic.Refuse(RefusedBundleNone)
	case errors.Is(err, syncproto.ErrSealed), errors.Is(err, syncproto.ErrSignature), errors.Is(err, syncproto.ErrMalformed):
		return clinic.Refuse(RefusedBundleDamaged)
	case errors.Is(err, booking.ErrFork):
		return clinic.Refuse(RefusedBundleFork, "device", device.String())
	case errors.Is(err, booking.ErrGap):
		return clinic.Refuse(RefusedBundleGap, "device", device.String())
	}
	return err
}
