package syncproto

import (
	"bytes"
	"crypto/ed25519"
	"testing"
)

// lanVector is what devices of a site say to each other and to central about each
// other, and what an event that is passed on has to come to.
type lanVector struct {
	Messages []messageVector `json:"messages"`
	Sign     octets          `json:"ed25519_public"` // of the device whose event is passed on
	Signed   octets          `json:"signing_bytes"`
	Link     octets          `json:"link"` // the hash of the chain with that event
	// Of the checkpoint: central's public key, what the signature covers, and the root of
	// the rows of 2026-11-25.
	Central    octets `json:"central_ed25519_public"`
	Checkpoint octets `json:"checkpoint_signing_bytes"`
	Root       octets `json:"root_of_rows"`
}

// lanSamples are a site of a desk and a kiosk, of which the desk was shut out, and the
// kiosk's first two events.
func lanSamples(t *testing.T) []Message {
	t.Helper()
	desk := Neighbour{Device: idOf(1), Epoch: 2, Role: RoleDesk, Letter: "A", Noise: bytes.Repeat([]byte{3}, NoiseKeySize), Sign: octets(devicePublic()), Revoked: true, Acked: 7}
	kiosk := Neighbour{Device: idOf(2), Epoch: 1, Role: RoleKiosk, Letter: "B", Noise: bytes.Repeat([]byte{4}, NoiseKeySize), Sign: octets(devicePublic())}
	var passed Passed
	var link Hash
	for seq := range uint64(2) {
		op := sampleOp(seq + 1)
		op.Ticket = "B001"
		p := Push{Device: kiosk.Device, Epoch: kiosk.Epoch, Previous: bytes.Clone(link[:]), Ops: []Op{op}}
		if err := p.Sign(deviceKey); err != nil {
			t.Fatal(err)
		}
		link = HashOp(link, op)
		passed.Events = append(passed.Events, p)
	}
	return []Message{
		AskNeighbours{},
		Neighbours{Devices: []Neighbour{}},
		Neighbours{Key: bytes.Repeat([]byte{5}, LANKeySize), Devices: []Neighbour{desk, kiosk}},
		Heads{Heads: []Head{{Device: kiosk.Device, Epoch: kiosk.Epoch}}},
		passed,
		Pull{Cursor: 3, First: 20782, Limit: 1000, Checkpoint: new(int64(2))},
		Page{Next: 4, AckedSeq: 2, History: idOf(9), Time: 1795500000500, Checkpoint: new(sampleCheckpoint())},
		Neighbours{Key: bytes.Repeat([]byte{5}, LANKeySize), Devices: []Neighbour{versioned(kiosk)}},
		AskCheckpoint{History: idOf(9), Seq: 3},
		Offer{},
		Offer{Checkpoint: new(sampleCheckpoint())},
		AskRows{Seq: 4, Day: 20782, Skip: 1},
		Rows{Rows: samplePage().Rows[2:4], More: true},
		AskBell{},
		AskBell{Answered: 1795500000123},
		Bell{},
		Bell{Since: 1795500000123},
	}
}

func versioned(n Neighbour) Neighbour { n.Version = 4; return n }

// centralKey is the one with which central signs in the vectors.
var centralKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{11}, ed25519.SeedSize))

// sampleCheckpoint is of the rows of samplePage that have not gone.
func sampleCheckpoint() Checkpoint {
	rows := samplePage().Rows
	site, day := RootOf([]Digest{DigestOf(rows[0]), DigestOf(rows[1])}), RootOf([]Digest{DigestOf(rows[2]), DigestOf(rows[3])})
	c := Checkpoint{
		Site: "3536020012", History: idOf(9), Seq: 4, Time: 1795500000500, Heads: []Head{{Device: idOf(2), Epoch: 1, Seq: 2}},
		Buckets: []Root{{NoDay, site[:]}, {20782, day[:]}},
	}
	c.Sign(centralKey)
	return c
}

func TestVectorsOfTheHelpWithinASite(t *testing.T) {
	names := []string{
		"ask for neighbours", "neighbours where the help is off", "neighbours", "heads", "passed", "pull that wants a checkpoint", "page with a checkpoint",
		"neighbours with versions", "ask for a checkpoint", "offer of none", "offer", "ask for rows", "rows",
		"ask whether somebody calls", "ask, and one was answered", "nobody calls", "somebody calls",
	}
	v := vectors(t, "lan.json", func() (v lanVector) {
		fresh := lanSamples(t)
		for i, m := range fresh {
			v.Messages = append(v.Messages, messageVector{names[i], m.Kind(), marshal(m), mustEncode(t, m)})
		}
		first := fresh[4].(Passed).Events[0]
		signed, err := SigningBytes(first)
		if err != nil {
			t.Fatal(err)
		}
		link := HashOp(Hash{}, first.Ops[0])
		v.Sign, v.Signed, v.Link = octets(devicePublic()), signed, link[:]
		c := sampleCheckpoint()
		v.Central, v.Checkpoint, v.Root = octets(centralKey.Public().(ed25519.PublicKey)), CheckpointBytes(c), c.Buckets[1].Root
		return v
	})
	if len(v.Messages) != len(names) {
		t.Fatalf("%d vectors", len(v.Messages))
	}
	fresh := lanSamples(t)
	var neighbours Neighbours
	for i, m := range v.Messages {
		got, err := Decode(m.Message)
		if err != nil {
			t.Fatalf("%s: %v", m.Name, err)
		}
		if got.Kind() != m.Kind || !bytes.Equal(marshal(got), m.CBOR) || !bytes.Equal(marshal(fresh[i]), m.CBOR) {
			t.Errorf("%s decodes to something else", m.Name)
		}
		switch got := got.(type) {
		case Neighbours:
			if len(got.Devices) == 2 {
				neighbours = got
			}
		case Offer:
			if c := got.Checkpoint; c != nil {
				if err := c.Verify("3536020012", Keys{Sign: v.Central}); err != nil || !bytes.Equal(CheckpointBytes(*c), v.Checkpoint) {
					t.Errorf("the checkpoint: %v", err)
				}
			}
		case Rows:
			root := RootOf([]Digest{DigestOf(got.Rows[1]), DigestOf(got.Rows[0])})
			if !bytes.Equal(root[:], v.Root) {
				t.Error("the rows have another root")
			}
		case Passed:
			link, err := neighbours.Devices[1].Takes(got.Events[0])
			if err != nil || !bytes.Equal(link[:], v.Link) || !bytes.Equal(link[:], got.Events[1].Previous) {
				t.Errorf("the first event's link is %x, %v", link, err)
			}
			if _, err := neighbours.Devices[0].Takes(got.Events[0]); err == nil {
				t.Error("it is taken for another device's")
			}
			signed, err := SigningBytes(got.Events[0])
			if err != nil || !bytes.Equal(signed, v.Signed) {
				t.Errorf("other bytes are signed, %v", err)
			}
		}
	}
}
