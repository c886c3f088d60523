package noise

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"testing"
)

// vector is one handshake, all in hexadecimal digits, as testdata/peer.mjs made
// it, which shares no code with this package.
type vector struct {
	ServerPrivate   string `json:"server_private"`
	ServerPublic    string `json:"server_public"`
	ServerEphemeral string `json:"server_ephemeral"`
	DevicePrivate   string `json:"device_private"`
	DeviceEphemeral string `json:"device_ephemeral"`
	PSK             string `json:"psk"`
	Message1        string `json:"message1"`
	Message2        string `json:"message2"`
	Binding         string `json:"binding"`
	Sealed1         string `json:"sealed1"` // "A012 報到" from the device
	Sealed2         string `json:"sealed2"` // "再一次" from the device, under a new key
	DownKey         string `json:"down_key"`
}

const vectorPath = "testdata/vectors/ikpsk2.json"

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func fixedKey(t *testing.T, first byte) KeyPair {
	t.Helper()
	var private [32]byte
	for i := range private {
		private[i] = first + byte(i)
	}
	k, err := KeyOf(private)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestAnotherImplementationAgrees(t *testing.T) {
	server, device := fixedKey(t, 1), fixedKey(t, 65)
	serverE, deviceE, psk := fixedKey(t, 129).Private, fixedKey(t, 97).Private, fixedKey(t, 200).Private
	dialing, m1, err := Dial(DialConfig{Static: device, Server: server.Public, PSK: psk, Random: bytes.NewReader(deviceE[:])})
	if err != nil {
		t.Fatal(err)
	}
	central, m2, peer, err := Accept(AcceptConfig{Static: server, Random: bytes.NewReader(serverE[:])}, m1,
		func([32]byte) ([32]byte, error) { return psk, nil })
	if err != nil || peer != device.Public {
		t.Fatal(err)
	}
	channel, err := dialing.Finish(m2)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(vectorPath)
	if err != nil {
		t.Fatal(err)
	}
	var v vector
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(m1, unhex(t, v.Message1)) || !bytes.Equal(m2, unhex(t, v.Message2)) {
		t.Error("the handshake has other bytes")
	}
	if !bytes.Equal(channel.Binding(), unhex(t, v.Binding)) || !bytes.Equal(central.Binding(), unhex(t, v.Binding)) {
		t.Error("the handshake hashes to something else")
	}
	if key := channel.in.UnsafeKey(); !bytes.Equal(key[:], unhex(t, v.DownKey)) {
		t.Error("the key from central to the device is another one")
	}
	mustOpen(t, central, unhex(t, v.Sealed1), []byte("A012 報到"))
	mustOpen(t, central, unhex(t, v.Sealed2), []byte("再一次"))
	if !bytes.Equal(mustSeal(t, channel, []byte("A012 報到")), unhex(t, v.Sealed1)) {
		t.Error("the first message seals to other bytes")
	}
	channel.Rekey()
	if !bytes.Equal(mustSeal(t, channel, []byte("再一次")), unhex(t, v.Sealed2)) {
		t.Error("the second message seals to other bytes")
	}
}

func TestTooLittleRandomnessIsNoticed(t *testing.T) {
	if _, err := GenerateKey(io.LimitReader(zeros{}, 31)); err == nil {
		t.Fatal("a key from 31 bytes")
	}
	p := newPair(t)
	if _, _, err := Dial(DialConfig{Static: p.device, Server: p.central.Public, PSK: p.psk, Random: io.LimitReader(zeros{}, 31)}); err == nil {
		t.Fatal("a handshake from 31 bytes")
	}
}

type zeros struct{}

// Read gives zeros.
func (zeros) Read(p []byte) (int, error) { return len(p), nil }
