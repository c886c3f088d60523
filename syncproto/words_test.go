package syncproto

import (
	"bytes"
	"testing"
	"unicode/utf8"
)

func TestEveryWordIsThereOnceAndHasTwoCharacters(t *testing.T) {
	seen := make(map[string]bool)
	for _, w := range wordList() {
		if utf8.RuneCountInString(w) != 2 || seen[w] {
			t.Errorf("%q", w)
		}
		seen[w] = true
	}
	if len(seen) != 1<<wordBits {
		t.Errorf("%d words, want %d", len(seen), 1<<wordBits)
	}
}

func TestTheWordsDependOnKeysRequestAndNonce(t *testing.T) {
	o, other, sent, nonce := newOffice(t, 1), newOffice(t, 2), [32]byte{1}, sampleNonce()
	w := words(o.keys, sent, nonce)
	if words(o.keys, sent, bytes.Clone(nonce)) != w {
		t.Error("the same enrolment has other words")
	}
	for name, other := range map[string]Words{
		"keys": words(other.keys, sent, nonce), "request": words(o.keys, [32]byte{2}, nonce), "nonce": words(o.keys, sent, make([]byte, EnrolNonceSize)),
	} {
		if other == w {
			t.Errorf("another %s gives the same words", name)
		}
	}
}
