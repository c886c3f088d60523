package syncproto

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"ezhitong.tw/clinic"
)

var deviceKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{5}, 32))

func signedPushOf(t testing.TB, p Push) Push {
	t.Helper()
	if err := p.Sign(deviceKey); err != nil {
		t.Fatal(err)
	}
	return p
}

func devicePublic() ed25519.PublicKey { return deviceKey.Public().(ed25519.PublicKey) }

func TestASignedPushVerifies(t *testing.T) {
	p := samplePush()
	p.Previous = nil // before op 1
	p = signedPushOf(t, p)
	if err := VerifyPush(p, devicePublic()); err != nil {
		t.Fatal(err)
	}
	again, err := Expect[Push](mustEncode(t, p))
	if err != nil {
		t.Fatal(err)
	}
	if err := VerifyPush(again, devicePublic()); err != nil {
		t.Fatalf("after the journey: %v", err)
	}
}

func TestAPushChangedAnywhereDoesNotVerify(t *testing.T) {
	for name, change := range map[string]func(*Push){
		"device":   func(p *Push) { p.Device = idOf(7) },
		"epoch":    func(p *Push) { p.Epoch++ },
		"previous": func(p *Push) { p.Previous = bytes.Repeat([]byte{1}, 32) },
		"numbers": func(p *Push) {
			for i := range p.Ops {
				p.Ops[i].Seq++
			}
		},
		"an op":      func(p *Push) { p.Ops[0].Ticket = "A013" },
		"a time":     func(p *Push) { p.Ops[1].At++ },
		"one less":   func(p *Push) { p.Ops = p.Ops[:1] },
		"the void":   func(p *Push) { p.Ops[1].Voids = &Ref{Device: idOf(1), Epoch: 1, Seq: 2} },
		"signature":  func(p *Push) { p.Signature[0] ^= 1 },
		"the signer": func(p *Push) { p.Signature = ed25519.Sign(ed25519.NewKeyFromSeed(make([]byte, 32)), []byte("x")) },
	} {
		p := signedPushOf(t, samplePush())
		p.Ops = append([]Op(nil), p.Ops...)
		change(&p)
		if err := VerifyPush(p, devicePublic()); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := VerifyPush(signedPushOf(t, samplePush()), nil); !errors.Is(err, ErrSignature) {
		t.Errorf("without a key: %v", err)
	}
	p := signedPushOf(t, samplePush())
	p.Ops[1].Seq = 3
	if err := VerifyPush(p, devicePublic()); !errors.Is(err, ErrMalformed) {
		t.Errorf("with a gap: %v", err)
	}
}

func TestEveryFlippedBitOfAPushIsNoticed(t *testing.T) {
	p := signedPushOf(t, samplePush())
	body := marshal(p)
	status := len(marshal(p.Status)) // at the end, outside the signature
	for i := range (len(body) - status) * 8 {
		bad := bytes.Clone(body)
		bad[i/8] ^= 1 << (i % 8)
		got, err := Expect[Push](envelope(KindPush, packedCBOR, bad))
		if err == nil {
			err = VerifyPush(got, devicePublic())
		}
		if err == nil {
			t.Fatalf("bit %d was not noticed", i)
		}
	}
}

func TestAChainCutAnywhereGoesOnTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(t, "ops")
		var ops []Op
		for i := range n {
			op := sampleOp(uint64(i + 1))
			op.Ticket = rapid.StringMatching(`[A-Z][0-9]{3}`).Draw(t, "ticket")
			ops = append(ops, op)
		}
		cut := rapid.IntRange(0, n).Draw(t, "cut")
		if HashOps(HashOps(Hash{}, ops[:cut]), ops[cut:]) != HashOps(Hash{}, ops) {
			t.Fatal("cutting the chain changed its head")
		}
	})
}

func TestAHashHasThirtyTwoBytes(t *testing.T) {
	if h, err := HashOf(nil); err != nil || h != (Hash{}) {
		t.Fatal("nothing is the zero hash")
	}
	if _, err := HashOf(make([]byte, 31)); !errors.Is(err, ErrMalformed) {
		t.Fatal("31 bytes were a hash")
	}
}

func TestADigestDoesNotKnowTheOrder(t *testing.T) {
	rows := samplePage().Rows
	var one, other Digest
	for i := range rows {
		one, other = one.Add(rows[i]), other.Add(rows[len(rows)-1-i])
	}
	if one != other || one == (Digest{}) {
		t.Fatalf("%x and %x", one, other)
	}
	for _, r := range rows {
		one = one.Remove(r)
	}
	if one != (Digest{}) {
		t.Fatalf("%x is left when every row is gone", one)
	}
}

func TestAnOpIsKeptAsItsBytes(t *testing.T) {
	op := sampleOp(1)
	got, err := DecodeOp(EncodeOp(op))
	if err != nil || got != op {
		t.Fatalf("got %+v, %v", got, err)
	}
	bad := op
	bad.Booking = clinic.ID{}
	if _, err := DecodeOp(EncodeOp(bad)); !errors.Is(err, ErrMalformed) {
		t.Fatalf("an op without a booking: %v", err)
	}
}

func FuzzDecodeOp(f *testing.F) {
	f.Add(EncodeOp(sampleOp(1)))
	f.Add(EncodeOp(samplePush().Ops[1]))
	f.Fuzz(func(t *testing.T, b []byte) {
		op, err := DecodeOp(b)
		if err == nil && !bytes.Equal(EncodeOp(op), b) {
			t.Fatal("an op encodes to other bytes")
		}
	})
}
