package syncproto

import (
	"bytes"
	"testing"
)

// lanVector is what devices of a site say to each other and to central about each
// other, and what an event that is passed on has to come to.
type lanVector struct {
	Messages []messageVector `json:"messages"`
	Sign     octets          `json:"ed25519_public"` // of the device whose event is passed on
	Signed   octets          `json:"signing_bytes"`
	Link     octets          `json:"link"` // the hash of the chain with that event
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
	}
}

func TestVectorsOfTheHelpWithinASite(t *testing.T) {
	names := []string{"ask for neighbours", "neighbours where the help is off", "neighbours", "heads", "passed"}
	v := vectors(t, "lan.json", func() (v lanVector) {
		fresh := lanSamples(t)
		for i, m := range fresh {
			v.Messages = append(v.Messages, messageVector{names[i], m.Kind(), marshal(m), mustEncode(t, m)})
		}
		first := fresh[len(fresh)-1].(Passed).Events[0]
		signed, err := SigningBytes(first)
		if err != nil {
			t.Fatal(err)
		}
		link := HashOp(Hash{}, first.Ops[0])
		v.Sign, v.Signed, v.Link = octets(devicePublic()), signed, link[:]
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
			neighbours = got
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
