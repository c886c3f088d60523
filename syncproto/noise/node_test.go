package noise

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"testing"
)

// node is testdata/peer.mjs running: another implementation of this package,
// which shares no code with it.
type node struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Reader
}

func startNode(t *testing.T) *node {
	t.Helper()
	path, err := exec.LookPath("node")
	if err != nil {
		t.Fatalf("Node.js is not installed, run: ./setup test (or install the Debian package nodejs): %v", err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), path, "testdata/peer.mjs")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(in.Close(), cmd.Wait()); err != nil {
			t.Errorf("node: %v", err)
		}
	})
	return &node{t, in, bufio.NewReader(out)}
}

// try does an op with named bytes and gives the answer's.
func (n *node) try(op string, args map[string][]byte) (map[string][]byte, string) {
	n.t.Helper()
	ask := map[string]string{"op": op}
	for k, v := range args {
		ask[k] = hex.EncodeToString(v)
	}
	if err := json.NewEncoder(n.in).Encode(ask); err != nil {
		n.t.Fatal(err)
	}
	line, err := n.out.ReadBytes('\n')
	if err != nil {
		n.t.Fatal(err)
	}
	var said map[string]string
	if err := json.Unmarshal(line, &said); err != nil {
		n.t.Fatal(err)
	}
	out := make(map[string][]byte)
	for k, v := range said {
		if k != "error" {
			out[k] = unhex(n.t, v)
		}
	}
	return out, said["error"]
}

func (n *node) do(op string, args map[string][]byte) map[string][]byte {
	n.t.Helper()
	out, failed := n.try(op, args)
	if failed != "" {
		n.t.Fatalf("node: %s: %s", op, failed)
	}
	return out
}

// talk sends messages of many sizes both ways, with new keys in between, and a
// changed, a cut and a repeated one.
func (n *node) talk(ours *Channel, binding []byte) {
	t := n.t
	t.Helper()
	if !bytes.Equal(binding, ours.Binding()) {
		t.Fatal("the two sides saw different handshakes")
	}
	for i, size := range []int{0, 1, 64, chunkSize - 1, chunkSize, chunkSize + 1, 2 * chunkSize, 3*chunkSize + 7} {
		plain := make([]byte, size)
		if _, err := rand.Read(plain); err != nil {
			t.Fatal(err)
		}
		if i%2 == 1 {
			ours.Rekey()
			n.do("rekey", nil)
		}
		sealed := mustSeal(t, ours, plain)
		bad := bytes.Clone(sealed)
		bad[len(bad)-1] ^= 1
		for name, wrong := range map[string][]byte{"changed": bad, "cut": sealed[:len(sealed)-1], "lengthened": append(bytes.Clone(sealed), 0), "without its head": sealed[1:]} {
			if _, failed := n.try("open", map[string][]byte{"sealed": wrong}); failed == "" {
				t.Fatalf("node opened a message of %d bytes that was %s", size, name)
			}
		}
		if got := n.do("open", map[string][]byte{"sealed": sealed})["plain"]; !bytes.Equal(got, plain) {
			t.Fatalf("node opened %d bytes to %d others", size, len(got))
		}
		if _, failed := n.try("open", map[string][]byte{"sealed": sealed}); failed == "" {
			t.Fatal("node opened a message twice")
		}
		theirs := n.do("seal", map[string][]byte{"plain": plain})["sealed"]
		if _, err := ours.Open(theirs[:len(theirs)-1]); !errors.Is(err, ErrOpen) {
			t.Fatalf("a cut message of node: %v", err)
		}
		mustOpen(t, ours, theirs, plain)
	}
	if _, failed := n.try("open", map[string][]byte{"sealed": n.do("seal", map[string][]byte{"plain": []byte("mine")})["sealed"]}); failed == "" {
		t.Fatal("node believed its own message")
	}
}

func TestNodeAsTheDeviceTalksToOurCentral(t *testing.T) {
	n, p := startNode(t), newPair(t)
	m1 := n.do("dial", map[string][]byte{"device_private": p.device.Private[:], "server_public": p.central.Public[:], "psk": p.psk[:]})["message1"]
	central, m2, peer, err := p.accept(m1)
	if err != nil || peer != p.device.Public {
		t.Fatalf("node is %x, %v", peer, err)
	}
	n.talk(central, n.do("finish", map[string][]byte{"message2": m2})["binding"])
}

func TestNodeAsCentralTalksToOurDevice(t *testing.T) {
	n, p := startNode(t), newPair(t)
	d, m1 := p.dial(t)
	said := n.do("accept", map[string][]byte{"server_private": p.central.Private[:], "psk": p.psk[:], "message1": m1})
	if !bytes.Equal(said["peer"], p.device.Public[:]) {
		t.Fatalf("node met %x", said["peer"])
	}
	device, err := d.Finish(said["message2"])
	if err != nil {
		t.Fatal(err)
	}
	n.talk(device, said["binding"])
}

func TestNodeAndWeRefuseAWrongPSKAndAWrongCentral(t *testing.T) {
	n, p, other := startNode(t), newPair(t), newPair(t)
	m1 := n.do("dial", map[string][]byte{"device_private": p.device.Private[:], "server_public": p.central.Public[:], "psk": other.psk[:]})["message1"]
	_, m2, _, err := p.accept(m1)
	if err != nil {
		t.Fatal(err)
	}
	if _, failed := n.try("finish", map[string][]byte{"message2": m2}); failed == "" {
		t.Error("node finished with another psk")
	}
	if _, _, _, err := other.accept(m1); !errors.Is(err, ErrHandshake) {
		t.Errorf("another central read node's handshake: %v", err)
	}
	d, m1 := p.dial(t)
	if _, failed := n.try("accept", map[string][]byte{"server_private": other.central.Private[:], "psk": p.psk[:], "message1": m1}); failed == "" {
		t.Error("node read a handshake for another central")
	}
	said := n.do("accept", map[string][]byte{"server_private": p.central.Private[:], "psk": other.psk[:], "message1": m1})
	if _, err := d.Finish(said["message2"]); !errors.Is(err, ErrHandshake) {
		t.Errorf("we finished with another psk: %v", err)
	}
}

func TestNodeAgreesWithTheVectors(t *testing.T) {
	text, err := os.ReadFile(vectorPath)
	if err != nil {
		t.Fatal(err)
	}
	var v vector
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	same := func(what string, got []byte, want string) {
		t.Helper()
		if hex.EncodeToString(got) != want {
			t.Errorf("%s is %x", what, got)
		}
	}
	u := func(s string) []byte { return unhex(t, s) }
	device, central := startNode(t), startNode(t)
	m1 := device.do("dial", map[string][]byte{
		"device_private": u(v.DevicePrivate), "server_public": u(v.ServerPublic), "psk": u(v.PSK), "ephemeral": u(v.DeviceEphemeral),
	})["message1"]
	same("message 1", m1, v.Message1)
	said := central.do("accept", map[string][]byte{"server_private": u(v.ServerPrivate), "psk": u(v.PSK), "ephemeral": u(v.ServerEphemeral), "message1": m1})
	same("message 2", said["message2"], v.Message2)
	same("the binding", device.do("finish", map[string][]byte{"message2": said["message2"]})["binding"], v.Binding)
	same("the binding at central", said["binding"], v.Binding)
	same("the first message", device.do("seal", map[string][]byte{"plain": []byte("A012 報到")})["sealed"], v.Sealed1)
	device.do("rekey", nil)
	same("the second message", device.do("seal", map[string][]byte{"plain": []byte("再一次")})["sealed"], v.Sealed2)
	for _, c := range [][2]string{{v.Sealed1, "A012 報到"}, {v.Sealed2, "再一次"}} {
		if got := central.do("open", map[string][]byte{"sealed": u(c[0])})["plain"]; string(got) != c[1] {
			t.Errorf("opened %q", got)
		}
	}
}
