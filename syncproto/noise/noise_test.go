package noise

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"
)

// pair is a clinic and a central that have met.
type pair struct {
	central KeyPair
	device  KeyPair
	psk     [32]byte
}

func newPair(t testing.TB) pair {
	t.Helper()
	var p pair
	var err error
	if p.central, err = GenerateKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	if p.device, err = GenerateKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	if _, err := rand.Read(p.psk[:]); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p pair) dial(t testing.TB) (*Dialing, []byte) {
	t.Helper()
	d, m1, err := Dial(DialConfig{Static: p.device, Server: p.central.Public, PSK: p.psk, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return d, m1
}

func (p pair) accept(m1 []byte) (*Channel, []byte, [32]byte, error) {
	return Accept(AcceptConfig{Static: p.central, Random: rand.Reader}, m1, func([32]byte) ([32]byte, error) { return p.psk, nil })
}

func (p pair) connect(t testing.TB) (device, central *Channel) {
	t.Helper()
	d, m1 := p.dial(t)
	central, m2, peer, err := p.accept(m1)
	if err != nil {
		t.Fatal(err)
	}
	if peer != p.device.Public {
		t.Fatal("central met somebody else")
	}
	if device, err = d.Finish(m2); err != nil {
		t.Fatal(err)
	}
	return device, central
}

func mustSeal(t testing.TB, c *Channel, plain []byte) []byte {
	t.Helper()
	sealed, err := c.Seal(plain)
	if err != nil {
		t.Fatal(err)
	}
	if len(sealed) != SealedSize(len(plain)) {
		t.Fatalf("%d bytes sealed to %d, SealedSize says %d", len(plain), len(sealed), SealedSize(len(plain)))
	}
	return sealed
}

func mustOpen(t testing.TB, c *Channel, sealed, want []byte) {
	t.Helper()
	got, err := c.Open(sealed)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("opened %d bytes, want %d others", len(got), len(want))
	}
}

func TestMessagesOfEverySizeArriveBothWays(t *testing.T) {
	device, central := newPair(t).connect(t)
	if !bytes.Equal(device.Binding(), central.Binding()) {
		t.Fatal("the two sides saw different handshakes")
	}
	for _, n := range []int{0, 1, 64, chunkSize - 1, chunkSize, chunkSize + 1, 3 * chunkSize, 1 << 20, MaxPlain} {
		plain := bytes.Repeat([]byte{7}, n)
		mustOpen(t, central, mustSeal(t, device, plain), plain)
		mustOpen(t, device, mustSeal(t, central, plain), plain)
	}
	if _, err := device.Seal(make([]byte, MaxPlain+1)); !errors.Is(err, ErrTooLong) {
		t.Fatalf("a message over the limit: %v", err)
	}
}

func TestAWrongPresharedKeyNeverBecomesAChannel(t *testing.T) {
	p := newPair(t)
	d, m1 := p.dial(t)
	p.psk[3] ^= 1
	_, m2, _, err := p.accept(m1)
	if err != nil {
		t.Fatal(err) // central cannot know yet
	}
	if _, err := d.Finish(m2); !errors.Is(err, ErrHandshake) {
		t.Fatalf("the device finished with another psk: %v", err)
	}
	if _, err := d.Finish(m2); !errors.Is(err, ErrHandshake) {
		t.Fatal("a used-up handshake finished")
	}
}

func TestADeviceOfAnotherCentralIsNotUnderstood(t *testing.T) {
	p, other := newPair(t), newPair(t)
	_, m1 := p.dial(t)
	if _, _, _, err := other.accept(m1); !errors.Is(err, ErrHandshake) {
		t.Fatalf("another central read the handshake: %v", err)
	}
}

func TestAnUnknownDeviceIsTurnedAwayWithTheReason(t *testing.T) {
	p := newPair(t)
	_, m1 := p.dial(t)
	unknown := errors.New("no such device")
	_, _, peer, err := Accept(AcceptConfig{Static: p.central, Random: rand.Reader}, m1,
		func([32]byte) ([32]byte, error) { return [32]byte{}, unknown })
	if !errors.Is(err, unknown) || peer != p.device.Public {
		t.Fatalf("got %v", err)
	}
}

func TestEveryFlippedBitOfTheHandshakeIsNoticed(t *testing.T) {
	p := newPair(t)
	_, m1 := p.dial(t)
	for i := range len(m1) * 8 {
		if i == 255 {
			continue // RFC 7748 section 5: the top bit of an X25519 key is masked; see the test below
		}
		bad := bytes.Clone(m1)
		bad[i/8] ^= 1 << (i % 8)
		if _, _, _, err := p.accept(bad); !errors.Is(err, ErrHandshake) {
			t.Fatalf("bit %d of message 1: %v", i, err)
		}
	}
	for _, n := range []int{0, 31, 95, 97} {
		if _, _, _, err := p.accept(append(m1, 0)[:n]); !errors.Is(err, ErrHandshake) {
			t.Fatalf("message 1 of %d bytes: %v", n, err)
		}
	}
	for i := range message2Size * 8 {
		d, m1 := p.dial(t)
		_, m2, _, err := p.accept(m1)
		if err != nil {
			t.Fatal(err)
		}
		m2[i/8] ^= 1 << (i % 8)
		if _, err := d.Finish(m2); !errors.Is(err, ErrHandshake) {
			t.Fatalf("bit %d of message 2: %v", i, err)
		}
	}
}

func TestTheMaskedBitOfAKeyIsStillPartOfTheHash(t *testing.T) {
	p := newPair(t)
	_, m1 := p.dial(t)
	m1[31] ^= 0x80
	if _, _, _, err := p.accept(m1); !errors.Is(err, ErrHandshake) {
		t.Fatalf("the top bit of e: %v", err)
	}
}

func TestEveryFlippedBitOfAMessageIsNoticedAndTheTrueOneStillOpens(t *testing.T) {
	device, central := newPair(t).connect(t)
	plain := []byte("A012 報到")
	sealed := mustSeal(t, device, plain)
	for i := range len(sealed) * 8 {
		bad := bytes.Clone(sealed)
		bad[i/8] ^= 1 << (i % 8)
		if _, err := central.Open(bad); !errors.Is(err, ErrOpen) {
			t.Fatalf("bit %d: %v", i, err)
		}
	}
	for n := range sealed {
		if _, err := central.Open(sealed[:n]); !errors.Is(err, ErrOpen) {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
	}
	if _, err := central.Open(append(bytes.Clone(sealed), 0)); !errors.Is(err, ErrOpen) {
		t.Fatal("a byte too many")
	}
	mustOpen(t, central, sealed, plain)
}

func TestFramesCannotBeDroppedReorderedOrTruncated(t *testing.T) {
	device, central := newPair(t).connect(t)
	plain := make([]byte, 2*chunkSize+100)
	sealed := mustSeal(t, device, plain)
	const full = lengthSize + maxFrame
	first, second, third := sealed[1:1+full], sealed[1+full:1+2*full], sealed[1+2*full:]
	join := func(frames ...[]byte) []byte { return append(sealed[:1:1], bytes.Join(frames, nil)...) }
	for name, bad := range map[string][]byte{
		"last dropped":     join(first, second),
		"two dropped":      join(first),
		"first dropped":    join(second, third),
		"middle dropped":   join(first, third),
		"reordered":        join(second, first, third),
		"repeated":         join(first, second, third, third),
		"first repeated":   join(first, first, second, third),
		"last one foreign": join(first, second, make([]byte, len(third))),
	} {
		if _, err := central.Open(bad); !errors.Is(err, ErrOpen) {
			t.Fatalf("%s: %v", name, err)
		}
	}
	mustOpen(t, central, sealed, plain)
}

func TestAReplayedMessageDoesNotOpen(t *testing.T) {
	device, central := newPair(t).connect(t)
	one, two := mustSeal(t, device, []byte("1")), mustSeal(t, device, []byte("2"))
	if _, err := central.Open(two); !errors.Is(err, ErrOpen) {
		t.Fatal("the second message opened before the first")
	}
	mustOpen(t, central, one, []byte("1"))
	if _, err := central.Open(one); !errors.Is(err, ErrOpen) {
		t.Fatal("a message opened twice")
	}
	mustOpen(t, central, two, []byte("2"))
}

func TestAReflectedMessageDoesNotOpen(t *testing.T) {
	device, central := newPair(t).connect(t)
	if _, err := device.Open(mustSeal(t, device, []byte("hello"))); !errors.Is(err, ErrOpen) {
		t.Fatal("the device believed its own message")
	}
	if _, err := central.Open(mustSeal(t, central, []byte("hello"))); !errors.Is(err, ErrOpen) {
		t.Fatal("central believed its own message")
	}
}

func TestAMessageOfAnotherSessionDoesNotOpen(t *testing.T) {
	p := newPair(t)
	device, _ := p.connect(t)
	_, central := p.connect(t)
	if _, err := central.Open(mustSeal(t, device, []byte("hello"))); !errors.Is(err, ErrOpen) {
		t.Fatal("a message crossed sessions")
	}
}

func TestAReplayedHandshakeOpensNothing(t *testing.T) {
	p := newPair(t)
	d, m1 := p.dial(t)
	_, m2, _, err := p.accept(m1)
	if err != nil {
		t.Fatal(err)
	}
	device, err := d.Finish(m2)
	if err != nil {
		t.Fatal(err)
	}
	again, _, _, err := p.accept(m1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Open(mustSeal(t, device, []byte("hello"))); !errors.Is(err, ErrOpen) {
		t.Fatal("a replayed handshake took over the session")
	}
}

func TestKeysChangeAfterManyFramesAndOnRequest(t *testing.T) {
	device, central := newPair(t).connect(t)
	device.after = 3
	var changes int
	for i := range 10 {
		sealed := mustSeal(t, device, []byte{byte(i)})
		changes += int(sealed[0])
		mustOpen(t, central, sealed, []byte{byte(i)})
	}
	if changes != 3 {
		t.Fatalf("ten frames with a key for three changed it %d times, want 3", changes)
	}
	device.after = rekeyAfter
	before := device.out.UnsafeKey()
	device.Rekey()
	sealed := mustSeal(t, device, []byte("after ten minutes"))
	if sealed[0] != newKey || device.out.UnsafeKey() == before {
		t.Fatal("the key did not change")
	}
	bad := bytes.Clone(sealed)
	bad[0] = keepKey
	if _, err := central.Open(bad); !errors.Is(err, ErrOpen) {
		t.Fatal("the change of key was hidden")
	}
	mustOpen(t, central, sealed, []byte("after ten minutes"))
	if central.in.UnsafeKey() != device.out.UnsafeKey() {
		t.Fatal("the two sides hold different keys")
	}
}

func FuzzAccept(f *testing.F) {
	p := newPair(f)
	_, m1 := p.dial(f)
	f.Add(m1)
	f.Add(make([]byte, message1Size))
	f.Fuzz(func(t *testing.T, m []byte) {
		_, m2, _, err := p.accept(m)
		if err == nil && len(m2) != message2Size {
			t.Fatal("accepted without an answer")
		}
	})
}

func FuzzFinish(f *testing.F) {
	p := newPair(f)
	f.Add(make([]byte, message2Size))
	f.Fuzz(func(t *testing.T, m []byte) {
		d, _ := p.dial(t)
		if _, err := d.Finish(m); err == nil {
			t.Fatal("bytes from nowhere finished a handshake")
		}
	})
}

func FuzzOpen(f *testing.F) {
	p := newPair(f)
	device, _ := p.connect(f)
	f.Add(mustSeal(f, device, []byte("seed")))
	f.Add(mustSeal(f, device, make([]byte, chunkSize+1)))
	f.Fuzz(func(t *testing.T, m []byte) {
		_, central := p.connect(t)
		if _, err := central.Open(m); err == nil {
			t.Fatal("bytes from nowhere opened")
		}
	})
}

func BenchmarkHandshake(b *testing.B) {
	p := newPair(b)
	for b.Loop() {
		p.connect(b)
	}
}

func BenchmarkSealOpen64KiB(b *testing.B) {
	device, central := newPair(b).connect(b)
	plain := make([]byte, 64<<10)
	b.SetBytes(int64(len(plain)))
	for b.Loop() {
		mustOpen(b, central, mustSeal(b, device, plain), plain)
	}
}
