package syncproto

import (
	"crypto/ed25519"
	"slices"
	"strings"

	"ezhitong.tw/clinic"
)

// What devices of one site need to help each other while central is away. Kinds 22
// and 23 are of a session with central, 30 and 31 of one between two devices; the
// bytes of all are those of every message. Since version 3.
const (
	KindAskNeighbours Kind = 22
	KindNeighbours    Kind = 23
	KindHeads         Kind = 30
	KindPassed        Kind = 31
)

// Limits of the messages between devices.
const (
	MaxNeighbours = 200 // devices of a site, revoked ones too
	MaxPassed     = 200 // events in one answer
)

// LANKeySize is the length of a site's key for its own network, in bytes.
const LANKeySize = 32

// AskNeighbours asks central for the devices of the site.
type AskNeighbours struct{}

// Neighbours answers AskNeighbours: all devices of the site, the asking one too.
// Without Key the site has not turned the help on.
type Neighbours struct {
	Key     []byte      `cbor:"1,keyasint"` // LANKeySize bytes, or none
	Devices []Neighbour `cbor:"2,keyasint"`
}

// Neighbour is a device of the site in public.
type Neighbour struct {
	Device  clinic.ID `cbor:"1,keyasint"`
	Epoch   uint32    `cbor:"2,keyasint"`
	Role    Role      `cbor:"3,keyasint"`
	Letter  string    `cbor:"4,keyasint"`
	Noise   []byte    `cbor:"5,keyasint"` // X25519 public key
	Sign    []byte    `cbor:"6,keyasint"` // Ed25519 public key
	Revoked bool      `cbor:"7,keyasint"` // or fenced, or its grant has ended
	Acked   uint64    `cbor:"8,keyasint"` // its last event that central has
	// Version is what central agreed on with it last: since which one it hands on rows.
	// Since version 4.
	Version int `cbor:"9,keyasint,omitempty"`
}

// For writes Neighbours as a peer that agreed on a version reads it.
func (n Neighbours) For(version int) Neighbours {
	if version >= fourth {
		return n
	}
	n.Devices = slices.Clone(n.Devices)
	for i := range n.Devices {
		n.Devices[i].Version = 0
	}
	return n
}

// Heads opens and goes on with an exchange between two devices: the last event that
// the asking one has of each.
type Heads struct {
	Heads []Head `cbor:"1,keyasint"`
}

// Head is the last event that a device has of a device.
type Head struct {
	Device clinic.ID `cbor:"1,keyasint"`
	Epoch  uint32    `cbor:"2,keyasint"`
	Seq    uint64    `cbor:"3,keyasint"`
}

// Passed answers Heads: events after them, by device in the order of their numbers.
// Each is a Push of one op, signed by the device that made it, whoever passes it on.
type Passed struct {
	Events []Push `cbor:"1,keyasint"`
	More   bool   `cbor:"2,keyasint"`
}

// Kind is KindAskNeighbours.
func (AskNeighbours) Kind() Kind { return KindAskNeighbours }

// Kind is KindNeighbours.
func (Neighbours) Kind() Kind { return KindNeighbours }

// Kind is KindHeads.
func (Heads) Kind() Kind { return KindHeads }

// Kind is KindPassed.
func (Passed) Kind() Kind { return KindPassed }

// Needs is the version that brought AskNeighbours.
func (AskNeighbours) Needs() int { return third }

// Needs is the version that brought Neighbours.
func (n Neighbours) Needs() int {
	if slices.ContainsFunc(n.Devices, func(d Neighbour) bool { return d.Version != 0 }) {
		return fourth
	}
	return third
}

// Needs is the version that brought Heads.
func (Heads) Needs() int { return third }

// Needs is the version that brought Passed.
func (Passed) Needs() int { return third }

// Check has nothing to judge.
func (AskNeighbours) Check() error { return nil }

// Check judges the limits of Neighbours.
func (n Neighbours) Check() error {
	if len(n.Key) != 0 && len(n.Key) != LANKeySize || len(n.Devices) > MaxNeighbours {
		return malformed("neighbours: a key of %d bytes, %d devices", len(n.Key), len(n.Devices))
	}
	for _, d := range n.Devices {
		if d.Device.IsZero() || d.Epoch == 0 || d.Version < 0 || len(d.Noise) != NoiseKeySize || len(d.Sign) != ed25519.PublicKeySize {
			return malformed("neighbours: device %s", d.Device)
		}
		if err := texts("neighbours", maxShort, string(d.Role), d.Letter); err != nil {
			return err
		}
	}
	return nil
}

// Check judges the limits of Heads.
func (h Heads) Check() error {
	if len(h.Heads) > MaxNeighbours {
		return malformed("heads of %d devices", len(h.Heads))
	}
	for _, d := range h.Heads {
		if d.Device.IsZero() || d.Epoch == 0 {
			return malformed("a head of device %s", d.Device)
		}
	}
	return nil
}

// Check judges the limits of Passed.
func (p Passed) Check() error {
	if len(p.Events) > MaxPassed {
		return malformed("%d events passed on", len(p.Events))
	}
	for _, e := range p.Events {
		if len(e.Ops) != 1 || e.Status != (PullState{}) {
			return malformed("an event that is passed on is a push of one op")
		}
		if err := e.Check(); err != nil {
			return err
		}
	}
	return nil
}

// Takes judges an event that came over the site's own network and gives its link of
// the chain: the signature of its device, and what such a device may say. The chain
// before it is the caller's to compare. Its error wraps ErrSignature or ErrMalformed.
func (n Neighbour) Takes(p Push) (Hash, error) {
	if p.Device != n.Device || p.Epoch != n.Epoch || len(p.Ops) != 1 {
		return Hash{}, malformed("an event of device %s, epoch %d, under the name of %s", p.Device, p.Epoch, n.Device)
	}
	links, err := VerifyLinks(p, n.Sign)
	if err != nil {
		return Hash{}, err
	}
	op := p.Ops[0]
	if n.Role == RoleKiosk && op.Kind != clinic.CheckedIn && op.Kind != clinic.WalkInRegistered {
		return Hash{}, malformed("a kiosk says event %d of kind %d", op.Seq, op.Kind)
	}
	if letter := strings.TrimRight(op.Ticket, "0123456789"); op.Ticket != "" && letter != n.Letter {
		return Hash{}, malformed("event %d has a queue number of another device", op.Seq)
	}
	return links[0], nil
}
