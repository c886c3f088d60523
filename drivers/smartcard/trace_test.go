package smartcard

import (
	"fmt"
	"testing"
)

func TestWhatIsPersonalHidesHoweverItIsPrinted(t *testing.T) {
	p := Response([]byte{0x41, 0x42, 0x90, 0})
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q"} {
		if got := fmt.Sprintf(verb, p); got != "R ** ** 90 00" {
			t.Errorf("%s prints %s", verb, got)
		}
	}
	if p.Reveal() != "R 41 42 90 00" {
		t.Error(p.Reveal())
	}
	if got := NewPiece(FromHost, []byte{3, 6}, nil).String(); got != "H 03 06" {
		t.Error(got)
	}
	if got := Response([]byte{1}).String(); got != "R 01" {
		t.Error(got)
	}
}
