package syncproto

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"ezhitong.tw/clinic"
)

func sampleReceipt() Receipt {
	link := func(n byte) []byte { return bytes.Repeat([]byte{n}, 32) }
	return Receipt{
		History: idOf(4), Time: 1796088360000, Device: idOf(9), Epoch: 2, Acks: []Ack{
			{AckedSeq: 2, ChainHead: link(2), Verdicts: []Verdict{{Seq: 1, Outcome: Accepted}, {Seq: 2, Outcome: Accepted}}},
			{AckedSeq: 3, ChainHead: link(3), Verdicts: []Verdict{{Seq: 3, Outcome: Parked, Code: "ORPHAN"}}},
		},
	}
}

func signedReceiptOf(t testing.TB, o office, r Receipt) []byte {
	t.Helper()
	b, err := SignReceipt(r, o.keys, o.sign)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAReceiptTellsWhatCentralHas(t *testing.T) {
	o := newOffice(t, 1)
	b := signedReceiptOf(t, o, sampleReceipt())
	r, err := OpenReceipt(o.keys, b)
	if err != nil || r.Device != idOf(9) || r.Epoch != 2 || r.History != idOf(4) || r.Last().AckedSeq != 3 {
		t.Fatalf("%+v, %v", r, err)
	}
	if run := []Verdict{{Seq: 1, Outcome: Accepted, More: 1}}; !reflect.DeepEqual(r.Acks[0].Verdicts, run) {
		t.Errorf("two equal verdicts are %+v", r.Acks[0].Verdicts)
	}
	if !IsReceipt(b) || IsReceipt([]byte(bundleMark)) {
		t.Error("a receipt is not told from a bundle")
	}
}

func TestAReceiptThatIsNotCentralsIsRefused(t *testing.T) {
	o, elsewhere := newOffice(t, 1), newOffice(t, 2)
	b := signedReceiptOf(t, o, sampleReceipt())
	if _, err := OpenReceipt(elsewhere.keys, b); !errors.Is(err, ErrOtherCentral) {
		t.Errorf("another central's: %v", err)
	}
	forged, err := SignReceipt(sampleReceipt(), o.keys, elsewhere.sign)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenReceipt(o.keys, forged); !errors.Is(err, ErrSignature) {
		t.Errorf("signed by somebody else in central's name: %v", err)
	}
	for i := range b {
		bad := bytes.Clone(b)
		bad[i] ^= 0x20
		if _, err := OpenReceipt(o.keys, bad); err == nil {
			t.Fatalf("byte %d was altered and it opens", i)
		}
	}
	for n := range b {
		if _, err := OpenReceipt(o.keys, b[:n]); !errors.Is(err, ErrMalformed) {
			t.Fatalf("cut to %d of %d bytes: %v", n, len(b), err)
		}
	}
	if _, err := OpenReceipt(o.keys, append(bytes.Clone(b), 0)); !errors.Is(err, ErrMalformed) {
		t.Errorf("with a byte more: %v", err)
	}
	if _, err := OpenReceipt(o.keys, []byte("a photograph")); !errors.Is(err, ErrNoReceipt) {
		t.Errorf("another file: %v", err)
	}
	if _, err := OpenReceipt(o.keys, make([]byte, MaxReceipt+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a film: %v", err)
	}
}

func TestAReceiptKeepsItsLimits(t *testing.T) {
	o := newOffice(t, 1)
	for story, spoil := range map[string]func(*Receipt){
		"no answers":            func(r *Receipt) { r.Acks = nil },
		"more answers than can": func(r *Receipt) { r.Acks = make([]Ack, maxPushes+1) },
		"nothing acknowledged":  func(r *Receipt) { r.Acks[0].AckedSeq = 0 },
		"going back":            func(r *Receipt) { r.Acks[0].AckedSeq = 4 },
		"no device":             func(r *Receipt) { r.Device = clinic.ID{} },
		"no epoch":              func(r *Receipt) { r.Epoch = 0 },
		"no history":            func(r *Receipt) { r.History = clinic.ID{} },
		"no time":               func(r *Receipt) { r.Time = 0 },
		"half a chain head":     func(r *Receipt) { r.Acks[1].ChainHead = make([]byte, 16) },
	} {
		r := sampleReceipt()
		spoil(&r)
		if _, err := SignReceipt(r, o.keys, o.sign); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", story, err)
		}
	}
}

func FuzzOpenReceipt(f *testing.F) {
	o := newOffice(f, 1)
	whole := signedReceiptOf(f, o, sampleReceipt())
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add([]byte(receiptMark))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := readReceipt(b); err == nil && !bytes.Equal(append([]byte(receiptMark), marshal(r)...), b) {
			t.Fatal("it encodes to other bytes")
		}
		if _, err := OpenReceipt(o.keys, b); err == nil && !bytes.Equal(b, whole) {
			t.Fatal("a receipt that nobody signed opens")
		}
	})
}

type receiptVector struct {
	Seed    octets `json:"ed25519_seed"` // of central
	Keys    octets `json:"keys"`         // CBOR, as central serves it
	CBOR    octets `json:"cbor"`         // without the mark
	Signed  octets `json:"signed"`       // what the signature covers
	Receipt octets `json:"receipt"`
}

func TestVectorsOfReceipts(t *testing.T) {
	o := newOffice(t, 1)
	v := vectors(t, "receipt.json", func() receiptVector {
		b := signedReceiptOf(t, o, sampleReceipt())
		r, err := OpenReceipt(o.keys, b)
		if err != nil {
			t.Fatal(err)
		}
		return receiptVector{Seed: o.sign.Seed(), Keys: marshal(o.keys), CBOR: marshal(r), Signed: receiptBytes(r), Receipt: b}
	})
	keys, err := DecodeKeys(v.Keys)
	if err != nil {
		t.Fatal(err)
	}
	r, err := OpenReceipt(keys, v.Receipt)
	if err != nil || !bytes.Equal(marshal(r), v.CBOR) || !bytes.Equal(receiptBytes(r), v.Signed) {
		t.Fatalf("it opens to something else, %v", err)
	}
	if again := signedReceiptOf(t, o, sampleReceipt()); !bytes.Equal(again, v.Receipt) {
		t.Error("the same receipt is written otherwise")
	}
}
