package syncproto

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hpke"
	"errors"
	"reflect"
	"slices"
	"testing"

	"ezhitong.tw/clinic"
)

// pushesOf signs ops 1 to count, so many a push.
func pushesOf(t testing.TB, count, size int) []Push {
	t.Helper()
	var ops []Op
	for i := range count {
		ops = append(ops, sampleOp(uint64(i+1)))
	}
	var out []Push
	var link Hash
	for chunk := range slices.Chunk(ops, size) {
		out = append(out, signedPushOf(t, Push{Device: idOf(9), Epoch: 2, Previous: bytes.Clone(link[:]), Ops: chunk}))
		link = HashOps(link, chunk)
	}
	return out
}

func sealedBundle(t testing.TB, o office, pushes []Push) []byte {
	t.Helper()
	b, err := SealBundle(o.keys, pushes)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestABundleArrivesWhole(t *testing.T) {
	o := newOffice(t, 1)
	want := pushesOf(t, 1201, MaxPushOps)
	b := sealedBundle(t, o, want)
	if again := sealedBundle(t, o, want); bytes.Equal(b, again) {
		t.Error("two bundles of the same events look the same")
	}
	if name := []byte(want[0].Ops[0].Staff); bytes.Contains(b, name) {
		t.Errorf("%s can be read in it", name)
	}
	got, err := OpenBundle(o.hpke, o.keys, b)
	if err != nil || len(got) != 3 {
		t.Fatalf("%d pushes, %v", len(got), err)
	}
	for i, p := range got {
		if err := VerifyPush(p, devicePublic()); err != nil || !bytes.Equal(marshal(p), marshal(want[i])) {
			t.Errorf("push %d came otherwise, %v", i, err)
		}
	}
}

func TestABundleForAnotherCentralSaysSo(t *testing.T) {
	here, elsewhere := newOffice(t, 1), newOffice(t, 2)
	b := sealedBundle(t, elsewhere, pushesOf(t, 3, 2))
	if _, err := OpenBundle(here.hpke, here.keys, b); !errors.Is(err, ErrOtherCentral) {
		t.Errorf("a bundle for another central: %v", err)
	}
	copy(b[len(bundleMark):], here.keys.Fingerprint()) // somebody relabels it
	if _, err := OpenBundle(here.hpke, here.keys, b); !errors.Is(err, ErrSealed) {
		t.Errorf("a relabelled bundle: %v", err)
	}
}

func TestAnAlteredOrCutBundleDoesNotOpen(t *testing.T) {
	o := newOffice(t, 1)
	b := sealedBundle(t, o, pushesOf(t, 3, 1))
	for i := 0; i < len(b); i += 1 + len(b)/997 {
		bad := bytes.Clone(b)
		bad[i] ^= 0x20
		if _, err := OpenBundle(o.hpke, o.keys, bad); err == nil {
			t.Fatalf("byte %d was altered and it opens", i)
		}
	}
	for n := range b {
		if _, err := OpenBundle(o.hpke, o.keys, b[:n]); err == nil {
			t.Fatalf("cut to %d of %d bytes it opens", n, len(b))
		}
	}
	if _, err := OpenBundle(o.hpke, o.keys, append(bytes.Clone(b), 0)); !errors.Is(err, ErrSealed) {
		t.Errorf("with a byte more: %v", err)
	}
	if _, err := OpenBundle(o.hpke, o.keys, []byte("a photograph")); !errors.Is(err, ErrNoBundle) {
		t.Errorf("another file: %v", err)
	}
	if _, err := OpenBundle(o.hpke, o.keys, make([]byte, MaxBundle+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a film: %v", err)
	}
}

func TestABundleIsOneStreamWithoutGaps(t *testing.T) {
	o := newOffice(t, 1)
	good := pushesOf(t, 4, 2)
	other := slices.Clone(good)
	other[1].Device = idOf(8)
	for story, pushes := range map[string][]Push{
		"nothing in it":        nil,
		"the second one first": {good[1], good[0]},
		"one twice":            {good[0], good[0]},
		"another device's":     other,
		"too many":             slices.Repeat(good[:1], maxPushes+1),
	} {
		if _, err := SealBundle(o.keys, pushes); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", story, err)
		}
	}
	if _, err := SealBundle(Keys{}, good); !errors.Is(err, ErrMalformed) {
		t.Errorf("without keys: %v", err)
	}
}

func FuzzOpenBundle(f *testing.F) {
	o := newOffice(f, 1)
	sealed := pushesOf(f, 3, 2)
	whole := sealedBundle(f, o, sealed) // other bytes in every process, of the same pushes
	f.Add(whole)
	f.Add(whole[:bundleHead+hpkeEncSize])
	f.Add([]byte(bundleMark))
	f.Fuzz(func(t *testing.T, b []byte) {
		pushes, err := OpenBundle(o.hpke, o.keys, b)
		if err == nil && !reflect.DeepEqual(pushes, sealed) {
			t.Fatalf("%d pushes in a bundle that nobody sealed", len(pushes))
		}
	})
}

type bundleVector struct {
	Seed   octets    `json:"hpke_seed"`
	Keys   octets    `json:"keys"` // CBOR, as central serves it
	Device clinic.ID `json:"device"`
	Public octets    `json:"ed25519_public"` // of the device
	Pushes []octets  `json:"pushes"`         // CBOR
	Bundle octets    `json:"bundle"`
}

func TestVectorsOfBundles(t *testing.T) {
	v := vectors(t, "bundle.json", func() bundleVector {
		o, pushes := newOffice(t, 1), pushesOf(t, 3, 2)
		v := bundleVector{
			Seed: bytes.Repeat([]byte{1}, 32), Keys: marshal(o.keys), Device: pushes[0].Device, Public: octets(devicePublic()), Bundle: sealedBundle(t, o, pushes),
		}
		for _, p := range pushes {
			v.Pushes = append(v.Pushes, marshal(p))
		}
		return v
	})
	private, err := hpke.MLKEM768X25519().NewPrivateKey(v.Seed)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := DecodeKeys(v.Keys)
	if err != nil {
		t.Fatal(err)
	}
	pushes, err := OpenBundle(private, keys, v.Bundle)
	if err != nil || len(pushes) != len(v.Pushes) {
		t.Fatalf("%d pushes, %v", len(pushes), err)
	}
	for i, p := range pushes {
		if err := VerifyPush(p, ed25519.PublicKey(v.Public)); err != nil || p.Device != v.Device || !bytes.Equal(marshal(p), v.Pushes[i]) {
			t.Errorf("push %d is another one, %v", i, err)
		}
	}
}
