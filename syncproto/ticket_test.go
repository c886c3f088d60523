package syncproto_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

func TestATicketIsVerifiedWithoutANetwork(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := clinic.ID{1, 2, 3}
	text := syncproto.SignTicket(id, private)
	if got, err := syncproto.ParseTicket(text+"\n", public); err != nil || got != id {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := syncproto.ParseTicket(text, other); !errors.Is(err, syncproto.ErrSignature) {
		t.Errorf("another city's key: %v", err)
	}
	for i := range len(text) { // another character anywhere is refused
		changed := text[:i] + strings.Map(func(r rune) rune {
			if r == 'A' {
				return 'B'
			}
			return 'A'
		}, text[i:i+1]) + text[i+1:]
		if _, err := syncproto.ParseTicket(changed, public); err == nil {
			t.Fatalf("changed at %d it is still taken", i)
		}
	}
}

func FuzzParseTicket(f *testing.F) {
	private := ed25519.NewKeyFromSeed(make([]byte, 32))
	f.Add(syncproto.SignTicket(clinic.ID{1}, private))
	f.Add("EZT1:")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := syncproto.ParseTicket(text, private.Public().(ed25519.PublicKey))
		if err == nil && syncproto.SignTicket(id, private) != strings.TrimSpace(text) {
			t.Error("two texts for one ticket")
		}
	})
}
