package syncproto

import (
	"bytes"
	"errors"
	"testing"
)

// holder is a device of the office with the sample's grant.
func (o office) holder() Holder {
	req := sampleRequest()
	return Holder{Grant: o.grant(req), Keys: o.keys, Noise: req.Noise, Sign: req.Sign}
}

// longer is the holder's grant with another end.
func (o office) longer(h Holder, expires int64) Grant {
	g := h.Grant
	g.Expires = expires
	g.SignFor(h.Noise, h.Sign, o.sign)
	return g
}

const during = 1796000000 // within the sample's grant

func TestARenewedGrantIsTakenAndNothingElseChanges(t *testing.T) {
	o := newOffice(t, 1)
	h := o.holder()
	g := o.longer(h, 1799000000)
	next, err := h.Take(Renewal{Grant: &g}, during)
	if err != nil || next.Grant.Expires != 1799000000 || !bytes.Equal(next.Keys.ID(), h.Keys.ID()) {
		t.Fatalf("%v, %v", next.Grant.Expires, err)
	}
	if next, err = h.Take(Renewal{}, during); err != nil || next.Grant.Expires != h.Grant.Expires {
		t.Errorf("an empty renewal: %v", err)
	}
}

func TestAForeignExpiredOrTamperedGrantIsRefused(t *testing.T) {
	o, impostor := newOffice(t, 1), newOffice(t, 2)
	h := o.holder()
	other := h
	other.Noise = bytes.Repeat([]byte{6}, 32)
	change := func(alter func(*Grant)) Grant {
		g := o.longer(h, 1799000000)
		alter(&g)
		return g
	}
	signed := func(alter func(*Grant)) Grant {
		return change(func(g *Grant) { alter(g); g.SignFor(h.Noise, h.Sign, o.sign) })
	}
	for name, c := range map[string]struct {
		grant Grant
		want  error
	}{
		"signed by another central":     {impostor.longer(h, 1799000000), ErrSignature},
		"made for another device's key": {o.longer(other, 1799000000), ErrSignature},
		"lengthened afterwards":         {change(func(g *Grant) { g.Expires++ }), ErrSignature},
		"a bit of the signature":        {change(func(g *Grant) { g.Signature = bytes.Clone(g.Signature); g.Signature[9] ^= 1 }), ErrSignature},
		"another device":                {signed(func(g *Grant) { g.Device = idOf(2) }), ErrGrant},
		"another site":                  {signed(func(g *Grant) { g.Site = "3536020013" }), ErrGrant},
		"another role":                  {signed(func(g *Grant) { g.Role = RoleKiosk }), ErrGrant},
		"another letter":                {signed(func(g *Grant) { g.Letter = "B" }), ErrGrant},
		"another epoch":                 {signed(func(g *Grant) { g.Epoch++ }), ErrGrant},
		"another psk":                   {signed(func(g *Grant) { g.PSK = bytes.Repeat([]byte{1}, 32) }), ErrGrant},
		"over before it came":           {o.longer(h, during), ErrGrant},
		"not yet":                       {signed(func(g *Grant) { g.NotBefore = during + 1 }), ErrGrant},
		"older than the one held":       {o.longer(h, h.Grant.Expires-1), ErrGrant},
	} {
		next, err := h.Take(Renewal{Grant: &c.grant}, during)
		if !errors.Is(err, c.want) || next.Grant.Expires != h.Grant.Expires {
			t.Errorf("%s: %v, until %d", name, err, next.Grant.Expires)
		}
	}
}

func TestNewKeysAreTakenOnlyFromTheOldOnes(t *testing.T) {
	old, next, impostor := newOffice(t, 1), newOffice(t, 2), newOffice(t, 3)
	h := old.holder()
	g := next.longer(h, 1799000000)
	r := Renewal{Grant: &g}
	r.SignKeys(next.keys, old.sign)
	got, err := h.Take(r, during)
	if err != nil || !bytes.Equal(got.Keys.ID(), next.keys.ID()) || got.Grant.Expires != 1799000000 {
		t.Fatalf("%v", err)
	}
	byOld, byThief := old.longer(h, 1799000000), Renewal{Grant: &g}
	byThief.SignKeys(next.keys, impostor.sign)
	kept := Renewal{Grant: &byOld}
	kept.SignKeys(next.keys, old.sign)
	for name, bad := range map[string]Renewal{"signed by somebody else": byThief, "with a grant by the old keys": kept} {
		if got, err := h.Take(bad, during); !errors.Is(err, ErrSignature) || !bytes.Equal(got.Keys.ID(), h.Keys.ID()) {
			t.Errorf("%s: %v", name, err)
		}
	}
	alone := r
	alone.Grant = nil
	if err := alone.Check(); !errors.Is(err, ErrMalformed) {
		t.Errorf("keys without a grant: %v", err)
	}
	unsigned := r
	unsigned.Signature = nil
	if err := unsigned.Check(); !errors.Is(err, ErrMalformed) {
		t.Errorf("keys without a signature: %v", err)
	}
}

type renewalVector struct {
	Before    octets `json:"ed25519_seed_before"`
	After     octets `json:"ed25519_seed_after"`
	Held      octets `json:"keys_held"` // CBOR
	Noise     octets `json:"device_noise"`
	Sign      octets `json:"device_sign"`
	Renew     octets `json:"renew"`   // message
	Renewal   octets `json:"renewal"` // message; a compressor may pack it otherwise
	KeysBytes octets `json:"keys_signing_bytes"`
}

func TestVectorsOfTheRenewal(t *testing.T) {
	v := vectors(t, "renewal.json", func() renewalVector {
		old, next := newOffice(t, 1), newOffice(t, 2)
		h := old.holder()
		g := next.longer(h, 1799000000)
		r := Renewal{Grant: &g}
		r.SignKeys(next.keys, old.sign)
		return renewalVector{
			Before: old.sign.Seed(), After: next.sign.Seed(), Held: marshal(old.keys), Noise: h.Noise, Sign: h.Sign,
			Renew: mustEncode(t, Renew{Keys: h.Keys.ID(), Expires: h.Grant.Expires}), Renewal: mustEncode(t, r), KeysBytes: KeysBytes(next.keys),
		}
	})
	old, next := newOffice(t, 1), newOffice(t, 2)
	h := old.holder()
	ask, err := Expect[Renew](v.Renew)
	if err != nil || !bytes.Equal(ask.Keys, h.Keys.ID()) || ask.Expires != h.Grant.Expires {
		t.Fatalf("%+v, %v", ask, err)
	}
	r, err := Expect[Renewal](v.Renewal)
	if err != nil {
		t.Fatal(err)
	}
	got, err := h.Take(r, during)
	if err != nil || !bytes.Equal(got.Keys.ID(), next.keys.ID()) || !bytes.Equal(KeysBytes(*r.Keys), v.KeysBytes) {
		t.Fatalf("%v", err)
	}
	g := next.longer(h, got.Grant.Expires)
	again := Renewal{Grant: &g}
	again.SignKeys(next.keys, old.sign)
	if !bytes.Equal(marshal(again), marshal(r)) {
		t.Error("the renewal is signed otherwise")
	}
}
