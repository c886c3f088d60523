package syncproto

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hpke"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"ezhitong.tw/clinic"
)

// The vectors are for whoever writes another client. They are made again only
// with -write-vectors, after the protocol changed on purpose.
var writeVectors = flag.Bool("write-vectors", false, "write testdata/vectors again")

// octets are bytes in hexadecimal digits.
type octets []byte

// MarshalText writes the digits.
func (o octets) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(o)), nil }

// UnmarshalText reads the digits.
func (o *octets) UnmarshalText(text []byte) (err error) {
	*o, err = hex.DecodeString(string(text))
	return err
}

// vectors reads a file of vectors, or writes it when asked to.
func vectors[T any](t *testing.T, name string, fresh func() T) T {
	t.Helper()
	path := filepath.Join("testdata", "vectors", name)
	if *writeVectors {
		text, err := json.MarshalIndent(fresh(), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var v T
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return v
}

type messageVector struct {
	Name    string `json:"name"`
	Kind    Kind   `json:"kind"`
	CBOR    octets `json:"cbor"`
	Message octets `json:"message"` // with envelope; a compressor may pack it otherwise
}

func TestVectorsOfMessages(t *testing.T) {
	names := []string{
		"hello", "welcome", "pull", "page", "push", "ack", "problem", "push of a walk-in", "pull that compares", "pull of a bucket", "pull that asks for a lease and returns one", "page with leases", "page with no lease any more", "push of a command", "ack of a rejected command", "page with buckets",
		"pull that wants own events in short", "page with own events in short", "ack of a run", "push of a correction",
	}
	list := vectors(t, "messages.json", func() (list []messageVector) {
		for i, name := range names { // what came later has files of its own
			m := samples()[i]
			list = append(list, messageVector{name, m.Kind(), marshal(m), mustEncode(t, m)})
		}
		return list
	})
	if len(list) != len(names) {
		t.Fatalf("%d vectors", len(list))
	}
	for i, v := range list {
		m, err := Decode(v.Message)
		if err != nil {
			t.Fatalf("%s: %v", v.Name, err)
		}
		if m.Kind() != v.Kind || !bytes.Equal(marshal(m), v.CBOR) || !bytes.Equal(marshal(samples()[i]), v.CBOR) {
			t.Errorf("%s decodes to something else", v.Name)
		}
		if v.Message[2] == packedCBOR && !bytes.Equal(mustEncode(t, m), v.Message) {
			t.Errorf("%s encodes to other bytes", v.Name)
		}
	}
}

type chainVector struct {
	Seed      octets    `json:"ed25519_seed"`
	Public    octets    `json:"ed25519_public"`
	Device    clinic.ID `json:"device"`
	Epoch     uint32    `json:"epoch"`
	Ops       []octets  `json:"ops"`    // canonical CBOR
	Hashes    []octets  `json:"hashes"` // after each op, from 32 zero bytes
	Signed    octets    `json:"signing_bytes"`
	Signature octets    `json:"signature"`
	Digest    octets    `json:"digest"` // of the rows of the page in messages.json
}

func TestVectorsOfTheChain(t *testing.T) {
	v := vectors(t, "chain.json", func() chainVector {
		p := signedPushOf(t, samplePush())
		signed, err := SigningBytes(p)
		if err != nil {
			t.Fatal(err)
		}
		v := chainVector{Seed: deviceKey.Seed(), Public: octets(devicePublic()), Device: p.Device, Epoch: p.Epoch, Signed: signed, Signature: p.Signature}
		var link Hash
		for _, op := range p.Ops {
			link = HashOp(link, op)
			v.Ops, v.Hashes = append(v.Ops, EncodeOp(op)), append(v.Hashes, bytes.Clone(link[:]))
		}
		var d Digest
		for _, r := range samplePage().Rows {
			d = d.Add(r)
		}
		v.Digest = d[:]
		return v
	})
	p := Push{Device: v.Device, Epoch: v.Epoch}
	var link Hash
	for i, raw := range v.Ops {
		op, err := DecodeOp(raw)
		if err != nil {
			t.Fatal(err)
		}
		p.Ops = append(p.Ops, op)
		if link = HashOp(link, op); !bytes.Equal(link[:], v.Hashes[i]) {
			t.Errorf("op %d hashes to %x", op.Seq, link)
		}
	}
	if err := p.Sign(ed25519.NewKeyFromSeed(v.Seed)); err != nil {
		t.Fatal(err)
	}
	signed, err := SigningBytes(p)
	if err != nil || !bytes.Equal(signed, v.Signed) || !bytes.Equal(p.Signature, v.Signature) {
		t.Errorf("signed other bytes, %v", err)
	}
	if err := VerifyPush(p, ed25519.PublicKey(v.Public)); err != nil {
		t.Error(err)
	}
	var d Digest
	for _, r := range samplePage().Rows {
		d = d.Add(r)
	}
	if !bytes.Equal(d[:], v.Digest) {
		t.Errorf("digest %x", d)
	}
}

type enrolVector struct {
	Seed        octets            `json:"hpke_seed"`
	Sign        octets            `json:"ed25519_seed"`
	Keys        octets            `json:"keys"` // CBOR, as central serves it
	Fingerprint string            `json:"fingerprint"`
	Code        string            `json:"code"`
	Typed       map[string]string `json:"typed"`   // what a person typed → secret
	Request     octets            `json:"request"` // CBOR
	Sealed      octets            `json:"sealed"`
	ReplyKey    octets            `json:"reply_key"` // exported by HPKE
	Nonce       octets            `json:"nonce"`     // of the answer
	Words       string            `json:"words"`     // of request and nonce
	Grant       octets            `json:"grant"`     // CBOR
	GrantSigned octets            `json:"grant_signing_bytes"`
	Reply       octets            `json:"reply"`
}

func TestVectorsOfEnrolment(t *testing.T) {
	v := vectors(t, "enrolment.json", func() enrolVector {
		o, req := newOffice(t, 1), sampleRequest()
		sealed, opener, err := SealEnrolment(o.keys, req)
		if err != nil {
			t.Fatal(err)
		}
		grant := o.grant(req)
		reply, err := (&ReplySealer{key: opener.key}).Seal(o.reply(req))
		if err != nil {
			t.Fatal(err)
		}
		code := Code{Secret: req.Code, Fingerprint: o.keys.Fingerprint()}
		return enrolVector{
			Seed: bytes.Repeat([]byte{1}, 32), Sign: o.sign.Seed(), Keys: marshal(o.keys), Fingerprint: code.Fingerprint, Code: code.Text(),
			Typed:   map[string]string{"oi1l0 00000" + code.Fingerprint: "0111000000", "ａｂｃｄｅ－ｆｇｈｊｋ－" + code.Fingerprint: "ABCDEFGHJK"},
			Request: marshal(req), Sealed: sealed, ReplyKey: opener.key,
			Nonce: sampleNonce(), Words: opener.Words(o.reply(req)).String(), Grant: marshal(grant), GrantSigned: GrantBytes(grant, req.Noise, req.Sign), Reply: reply,
		}
	})
	private, err := hpke.MLKEM768X25519().NewPrivateKey(v.Seed)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := DecodeKeys(v.Keys)
	if err != nil || keys.Fingerprint() != v.Fingerprint || !bytes.Equal(keys.HPKE, private.PublicKey().Bytes()) {
		t.Fatalf("keys of %s, %v", keys.Fingerprint(), err)
	}
	code, err := ParseCode(v.Code)
	if err != nil || !code.Matches(keys) || code.Text() != v.Code {
		t.Errorf("code %s, %v", code, err)
	}
	for typed, secret := range v.Typed {
		if c, err := ParseCode(typed); err != nil || c.Secret != secret {
			t.Errorf("%q: %v", typed, err)
		}
	}
	req, sealer, err := OpenEnrolment(private, v.Sealed)
	if err != nil || !bytes.Equal(marshal(req), v.Request) || !bytes.Equal(sealer.key, v.ReplyKey) {
		t.Fatalf("the request opens to something else, %v", err)
	}
	r, err := (&Opener{key: v.ReplyKey, keys: keys, req: req}).Open(v.Reply)
	if err != nil || r.Grant == nil || !bytes.Equal(r.Nonce, v.Nonce) || sealer.Words(keys, r.Nonce).String() != v.Words {
		t.Fatalf("the reply opens to something else, %v", err)
	}
	g := *r.Grant
	if !bytes.Equal(marshal(g), v.Grant) || !bytes.Equal(GrantBytes(g, req.Noise, req.Sign), v.GrantSigned) {
		t.Fatalf("the reply opens to something else, %v", err)
	}
	g.SignFor(req.Noise, req.Sign, ed25519.NewKeyFromSeed(v.Sign))
	if !bytes.Equal(marshal(g), v.Grant) {
		t.Error("the grant is signed otherwise")
	}
}

type refusedVector struct {
	Name    string `json:"name"`
	Message octets `json:"message"`
}

// TestVectorsThatEveryClientRefuses holds messages that look right and are not.
func TestVectorsThatEveryClientRefuses(t *testing.T) {
	problem := func(body ...byte) octets { return envelope(KindProblem, packedCBOR, body) }
	busy := []byte{0x01, 0x64, 'b', 'u', 's', 'y'}
	with := func(head byte, tail ...byte) octets {
		return problem(append(append([]byte{head}, busy...), tail...)...)
	}
	list := vectors(t, "refused.json", func() []refusedVector {
		dirty := bytes.Clone(with(0xa2, 0x02, 0x05))
		dirty[len(dirty)-1] = 1
		page := samplePage()
		page.Rows = []Row{page.Rows[3], page.Rows[0]}
		push := samplePush()
		push.Ops = []Op{sampleOp(1), sampleOp(3)}
		return []refusedVector{
			{"a key twice", with(0xa3, 0x02, 0x05, 0x02, 0x05)},
			{"an unknown key", with(0xa3, 0x02, 0x05, 0x03, 0x05)},
			{"keys in another order", problem(append([]byte{0xa2, 0x02, 0x05}, busy...)...)},
			{"a number written long", with(0xa2, 0x02, 0x18, 0x05)},
			{"an optional key that is zero", with(0xa2, 0x02, 0x00)},
			{"indefinite length", with(0xbf, 0x02, 0x05, 0xff)},
			{"a tag", problem(append([]byte{0xc1, 0xa1}, busy...)...)},
			{"null", problem(0xa1, 0x01, 0xf6)},
			{"text that is not UTF-8", problem(0xa1, 0x01, 0x61, 0xff)},
			{"no code", problem(0xa1, 0x01, 0x60)},
			{"padding that is not zero", dirty},
			{"another version", append(octets{byte(KindProblem), 2}, with(0xa2, 0x02, 0x05)[2:]...)},
			{"an unknown kind", append(octets{9}, with(0xa2, 0x02, 0x05)[1:]...)},
			{"rows out of order", envelope(KindPage, packedCBOR, marshal(page))},
			{"a gap in a push", envelope(KindPush, packedCBOR, marshal(push))},
			{"2 MiB of zeros packed small", envelope(KindPage, packedZstd, canonical().pack.EncodeAll(make([]byte, 2<<20), nil))},
		}
	})
	if len(list) < 16 {
		t.Fatalf("%d vectors", len(list))
	}
	for _, v := range list {
		if m, err := Decode(v.Message); err == nil {
			t.Errorf("%s was read as a %T", v.Name, m)
		}
	}
}

// keepTheirBytes holds messages against the vectors in a file, both ways.
func keepTheirBytes(t *testing.T, file string, names []string, fresh []Message) {
	t.Helper()
	list := vectors(t, file, func() (list []messageVector) {
		for i, m := range fresh {
			list = append(list, messageVector{names[i], m.Kind(), marshal(m), mustEncode(t, m)})
		}
		return list
	})
	if len(list) != len(names) || len(list) != len(fresh) {
		t.Fatalf("%d vectors, %d names, %d messages", len(list), len(names), len(fresh))
	}
	for i, m := range list {
		got, err := Decode(m.Message)
		if err != nil {
			t.Fatalf("%s: %v", m.Name, err)
		}
		if got.Kind() != m.Kind || !bytes.Equal(marshal(got), m.CBOR) || !bytes.Equal(marshal(fresh[i]), m.CBOR) {
			t.Errorf("%s decodes to something else", m.Name)
		}
	}
}
