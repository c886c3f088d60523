package syncproto

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// office is a central with fixed keys: every byte of every seed is n.
type office struct {
	hpke hpke.PrivateKey
	sign ed25519.PrivateKey
	keys Keys
}

func newOffice(t testing.TB, n byte) office {
	t.Helper()
	seed := bytes.Repeat([]byte{n}, 32)
	private, err := hpke.MLKEM768X25519().NewPrivateKey(seed)
	if err != nil {
		t.Fatal(err)
	}
	sign := ed25519.NewKeyFromSeed(seed)
	return office{
		hpke: private, sign: sign,
		keys: Keys{HPKE: private.PublicKey().Bytes(), Noise: bytes.Repeat([]byte{n + 1}, 32), Sign: sign.Public().(ed25519.PublicKey)},
	}
}

func sampleRequest() EnrolRequest {
	return EnrolRequest{Code: "ABCDEFGHJK", Noise: bytes.Repeat([]byte{7}, 32), Sign: bytes.Repeat([]byte{8}, 32), Build: "1.0.0"}
}

func (o office) grant(req EnrolRequest) Grant {
	g := Grant{
		Device: idOf(1), Site: "3536020012", SiteName: "仁愛診所", Role: RoleDesk, Letter: "A", Label: "櫃檯 A", Epoch: 1,
		PSK: bytes.Repeat([]byte{9}, 32), NotBefore: 1795500000, Expires: 1798092000,
	}
	g.SignFor(req.Noise, req.Sign, o.sign)
	return g
}

func sampleNonce() []byte { return bytes.Repeat([]byte{3}, EnrolNonceSize) }

func (o office) reply(req EnrolRequest) EnrolReply {
	g := o.grant(req)
	return EnrolReply{Nonce: sampleNonce(), Grant: &g}
}

func TestACodeIsForgivingAboutHowItIsTyped(t *testing.T) {
	want := Code{Secret: "0123456789", Fingerprint: "ABCDEFGHJK"}
	if got := want.Text(); got != "01234-56789-ABCDE-FGHJK" {
		t.Fatalf("the code reads %s", got)
	}
	for _, typed := range []string{
		"01234-56789-ABCDE-FGHJK", "0123456789abcdefghjk", "  o1234 56789\nabcde fghjk ", "OI234-56789-ABCDE-FGHJK", "ol234—56789–abcde‑fghjk",
		"０１２３４－５６７８９－ＡＢＣＤＥ－ｆｇｈｊｋ", "01234　56789　ABCDE　FGHJK",
	} {
		got, err := ParseCode(typed)
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v", typed, got, err)
		}
	}
	for _, typed := range []string{"", "01234-56789-ABCDE-FGHJ", "01234-56789-ABCDE-FGHJKM", "01234-56789-ABCDE-FGHJU", "01234-56789-ABCDE-FGHJ臺", "01234_56789_ABCDE_FGHJK"} {
		_, err := ParseCode(typed)
		if !errors.Is(err, ErrCode) {
			t.Errorf("%q: %v", typed, err)
		}
	}
}

func TestAnInvitationIsACodeAndAnAddress(t *testing.T) {
	want := Code{Secret: "0123456789", Fingerprint: "ABCDEFGHJK"}
	text := Invite(want, "https://vaccine.example:8443")
	if text != "ezhitong:01234-56789-ABCDE-FGHJK@https://vaccine.example:8443" {
		t.Fatalf("it reads %s", text)
	}
	if c, address, err := ParseInvitation(" " + text + "/\r\n"); err != nil || c != want || address != "https://vaccine.example:8443" {
		t.Errorf("%v at %q, %v", c, address, err)
	}
	if c, address, err := ParseInvitation(strings.ToLower(want.Text())); err != nil || c != want || address != "" {
		t.Errorf("a code alone: %v at %q, %v", c, address, err)
	}
	for _, bad := range []string{
		"ezhitong:" + want.Text(), "ezhitong:@https://vaccine.example", text + "/elsewhere", "ezhitong:" + want.Text() + "@ftp://vaccine.example",
		"ezhitong:" + want.Text() + "@https://", "ezhitong:" + want.Text() + "@https://a@vaccine.example", "other:" + want.Text(),
	} {
		if c, address, err := ParseInvitation(bad); !errors.Is(err, ErrCode) || c != (Code{}) || address != "" {
			t.Errorf("%q: %v at %q, %v", bad, c, address, err)
		}
	}
}

func TestACodeHidesItsSecretWhenPrinted(t *testing.T) {
	o := newOffice(t, 1)
	code, err := NewCode(rand.Reader, o.keys)
	if err != nil {
		t.Fatal(err)
	}
	req := sampleRequest()
	g := o.grant(req)
	shown := fmt.Sprintf("%v %+v %#v %s %v %+v %#v %v %+v %#v", code, code, code, code, req, req, req, g, g, g)
	for _, secret := range []string{code.Secret, req.Code, fmt.Sprint(g.PSK), "0x9, 0x9"} {
		if strings.Contains(shown, secret) {
			t.Fatalf("a secret shows in %s", shown)
		}
	}
	row := *samplePage().Rows[3].Booking
	if shown := fmt.Sprintf("%v %+v %#v", row, row, row); strings.Contains(shown, "A123456789") || strings.Contains(shown, "王") {
		t.Fatalf("a person shows in %s", shown)
	}
}

func TestACodeBelongsToOneCentral(t *testing.T) {
	here, elsewhere := newOffice(t, 1), newOffice(t, 2)
	code, err := NewCode(rand.Reader, here.keys)
	if err != nil {
		t.Fatal(err)
	}
	read, err := ParseCode(strings.ToLower(code.Text()))
	if err != nil || read != code {
		t.Fatalf("%v came back as %v, %v", code, read, err)
	}
	if !code.Matches(here.keys) || code.Matches(elsewhere.keys) {
		t.Fatal("the fingerprint does not tell two centrals apart")
	}
	for i, change := range []func(*Keys){
		func(k *Keys) { k.HPKE = elsewhere.keys.HPKE }, func(k *Keys) { k.Noise = elsewhere.keys.Noise }, func(k *Keys) { k.Sign = elsewhere.keys.Sign },
	} {
		keys := here.keys
		change(&keys)
		if code.Matches(keys) {
			t.Fatalf("key %d can be exchanged", i)
		}
	}
	if _, err := NewCode(strings.NewReader("short"), here.keys); err == nil {
		t.Fatal("a code from too little randomness")
	}
}

func TestKeysTravelInTheOpenAndAreChecked(t *testing.T) {
	o := newOffice(t, 1)
	b, err := EncodeKeys(o.keys)
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeKeys(b)
	if err != nil || got.Fingerprint() != o.keys.Fingerprint() {
		t.Fatalf("got %v, %v", got.Fingerprint(), err)
	}
	short := o.keys
	short.Noise = short.Noise[:31]
	if _, err := EncodeKeys(short); !errors.Is(err, ErrMalformed) {
		t.Fatal("a short key was written")
	}
	if _, err := DecodeKeys(marshal(short)); !errors.Is(err, ErrMalformed) {
		t.Fatal("a short key was read")
	}
}

func TestEnrolmentBringsAGrantThatOnlyTheDeviceCanRead(t *testing.T) {
	o, other, req := newOffice(t, 1), newOffice(t, 2), sampleRequest()
	sealed, opener, err := SealEnrolment(o.keys, req)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte(req.Code)) {
		t.Fatal("the code travels in the open")
	}
	got, sealer, err := OpenEnrolment(o.hpke, sealed)
	if err != nil || !bytes.Equal(marshal(got), marshal(req)) {
		t.Fatalf("got %v, %v", got, err)
	}
	waiting, err := sealer.Seal(EnrolReply{Nonce: sampleNonce()})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := opener.Open(waiting); err != nil || r.Grant != nil || opener.Words(r) != sealer.Words(o.keys, r.Nonce) {
		t.Fatalf("got %v, %v", r, err)
	}
	reply, err := sealer.Seal(o.reply(req))
	if err != nil {
		t.Fatal(err)
	}
	r, err := opener.Open(reply)
	if err != nil || !bytes.Equal(marshal(r.Grant), marshal(o.grant(req))) {
		t.Fatalf("got %v, %v", r, err)
	}
	if _, _, err := OpenEnrolment(other.hpke, sealed); !errors.Is(err, ErrSealed) {
		t.Fatalf("another central opened it: %v", err)
	}
	_, second, err := SealEnrolment(o.keys, req)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := second.Open(reply); !errors.Is(err, ErrSealed) {
		t.Fatalf("the answer to another request opened: %v", err)
	}
}

func TestAGrantOfAnImpostorIsRefused(t *testing.T) {
	o, impostor, req := newOffice(t, 1), newOffice(t, 2), sampleRequest()
	sealed, opener, err := SealEnrolment(o.keys, req)
	if err != nil {
		t.Fatal(err)
	}
	_, sealer, err := OpenEnrolment(o.hpke, sealed)
	if err != nil {
		t.Fatal(err)
	}
	otherDevice := req
	otherDevice.Noise = bytes.Repeat([]byte{6}, 32)
	raised := o.grant(req)
	raised.Role = RoleKiosk
	for name, g := range map[string]Grant{
		"signed by another central": impostor.grant(req), "made for another device": o.grant(otherDevice), "changed afterwards": raised,
	} {
		reply, err := sealer.Seal(EnrolReply{Nonce: sampleNonce(), Grant: &g})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := opener.Open(reply); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	bad := o.grant(req)
	bad.PSK = nil
	if _, err := sealer.Seal(EnrolReply{Nonce: sampleNonce()[:15]}); !errors.Is(err, ErrMalformed) {
		t.Fatalf("a short nonce was sealed: %v", err)
	}
	if _, err := sealer.Seal(EnrolReply{Nonce: sampleNonce(), Grant: &bad}); !errors.Is(err, ErrMalformed) {
		t.Fatalf("a grant without a psk was sealed: %v", err)
	}
}

func TestEveryFlippedBitOfAnEnrolmentIsNoticed(t *testing.T) {
	o, req := newOffice(t, 1), sampleRequest()
	sealed, opener, err := SealEnrolment(o.keys, req)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(sealed)*8; {
		bad := bytes.Clone(sealed)
		bad[i/8] ^= 1 << (i % 8)
		if _, _, err := OpenEnrolment(o.hpke, bad); !errors.Is(err, ErrSealed) {
			t.Fatalf("bit %d of the request: %v", i, err)
		}
		if i < (hpkeEncSize-33)*8 {
			i += 61 // the long ML-KEM ciphertext is sampled: a prime step meets every bit of a byte
		} else {
			i++
		}
	}
	_, sealer, err := OpenEnrolment(o.hpke, sealed)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := sealer.Seal(o.reply(req))
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(reply) * 8 {
		bad := bytes.Clone(reply)
		bad[i/8] ^= 1 << (i % 8)
		if _, err := opener.Open(bad); !errors.Is(err, ErrSealed) {
			t.Fatalf("bit %d of the reply: %v", i, err)
		}
	}
	for n := range reply {
		if _, err := opener.Open(reply[:n]); !errors.Is(err, ErrSealed) {
			t.Fatalf("reply cut to %d bytes: %v", n, err)
		}
	}
}

func FuzzParseCode(f *testing.F) {
	f.Add("01234-56789-ABCDE-FGHJK")
	f.Add("ｏｉｌ")
	f.Fuzz(func(t *testing.T, typed string) {
		c, err := ParseCode(typed)
		if err != nil {
			if !errors.Is(err, ErrCode) {
				t.Fatal(err)
			}
			return
		}
		if again, err := ParseCode(c.Text()); err != nil || again != c {
			t.Fatalf("%q reads as %s, and that as %s, %v", typed, c.Text(), again.Text(), err)
		}
	})
}

func FuzzOpenEnrolment(f *testing.F) {
	o := newOffice(f, 1)
	sealed, _, err := SealEnrolment(o.keys, sampleRequest())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _, err := OpenEnrolment(o.hpke, b)
		if err != nil && !errors.Is(err, ErrSealed) && !errors.Is(err, ErrMalformed) {
			t.Fatal(err)
		}
	})
}

func FuzzOpenGrant(f *testing.F) {
	o := newOffice(f, 1)
	req := sampleRequest()
	_, opener, err := SealEnrolment(o.keys, req)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(make([]byte, 60))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := opener.Open(b); err == nil {
			t.Fatal("bytes from nowhere are a grant")
		}
	})
}

func FuzzDecodeKeys(f *testing.F) {
	b, err := EncodeKeys(newOffice(f, 1).keys)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := DecodeKeys(b)
		if err != nil {
			return
		}
		if again, err := EncodeKeys(k); err != nil || !bytes.Equal(again, b) {
			t.Fatal("keys do not come back")
		}
	})
}
