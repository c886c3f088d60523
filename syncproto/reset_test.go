package syncproto

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"ezhitong.tw/clinic"
)

type resetVector struct {
	PSK       octets    `json:"psk"`
	Device    clinic.ID `json:"device"`
	Challenge string    `json:"challenge"`
	Code      string    `json:"code"`
}

func TestCentralAnswersAChallengeAsTheVectorsSay(t *testing.T) {
	all := vectors(t, "reset.json", func() (out []resetVector) {
		for n := range byte(3) {
			v := resetVector{PSK: bytes.Repeat([]byte{n + 1}, PSKSize), Challenge: checked(int64(n)*1234567, ResetChallengeSize-1)}
			v.Device[0], v.Device[15] = n, 7
			code, err := ResetCode(v.PSK, v.Device, v.Challenge)
			if err != nil {
				t.Fatal(err)
			}
			v.Code = code
			out = append(out, v)
		}
		return out
	})
	for _, v := range all {
		if _, err := ParseResetChallenge(v.Challenge); err != nil {
			t.Errorf("the challenge %s: %v", v.Challenge, err)
		}
		if code, err := ResetCode(v.PSK, v.Device, v.Challenge); err != nil || code != v.Code {
			t.Errorf("the answer to %s is %s, %v; want %s", v.Challenge, code, err, v.Code)
		}
	}
	if _, err := ResetCode(nil, clinic.ID{}, all[0].Challenge); err == nil {
		t.Error("a device without a key has codes")
	}
}

func TestACodeIsForOneDeviceAndOneChallenge(t *testing.T) {
	code := func(key byte, device byte, challenge string) string {
		c, err := ResetCode(bytes.Repeat([]byte{key}, PSKSize), clinic.ID{device}, challenge)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	one := code(1, 1, "00000000")
	for what, other := range map[string]string{"key": code(2, 1, "00000000"), "device": code(1, 2, "00000000"), "challenge": code(1, 1, "00000013")} {
		if one == other {
			t.Errorf("another %s has the same code", what)
		}
	}
}

func TestAMistypedDigitIsFound(t *testing.T) {
	if damm("572") != 4 { // the example of Damm's thesis
		t.Errorf("the check digit of 572 is %d", damm("572"))
	}
	challenge, err := NewResetChallenge(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for i := range challenge {
		for d := byte('0'); d <= '9'; d++ {
			wrong := []byte(challenge)
			if wrong[i] = d; string(wrong) == challenge {
				continue
			}
			if _, err := ParseResetChallenge(string(wrong)); !errors.Is(err, ErrReset) {
				t.Errorf("%s passes for %s", wrong, challenge)
			}
		}
		if i > 0 && challenge[i] != challenge[i-1] {
			wrong := []byte(challenge)
			wrong[i], wrong[i-1] = wrong[i-1], wrong[i]
			if _, err := ParseResetChallenge(string(wrong)); !errors.Is(err, ErrReset) {
				t.Errorf("%s passes for %s", wrong, challenge)
			}
		}
	}
	for _, typed := range []string{"", "5724", "0000000a", "０００　００００", challenge + "0"} {
		if got, err := ParseResetChallenge(typed); !errors.Is(err, ErrReset) || got != "" {
			t.Errorf("%q is read as %q, %v", typed, got, err)
		}
	}
	if got, err := ParseResetChallenge(" ００００-00 00　"); err != nil || got != "00000000" {
		t.Errorf("full-width digits in groups: %q, %v", got, err)
	}
	if got := ReadOut("0123456789"); got != "01234 56789" {
		t.Errorf("read out as %q", got)
	}
}

func FuzzParseResetCode(f *testing.F) {
	for _, s := range []string{"", "00000 00000", "０００００ ０００００", "12345-67890", "1234567890123"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		code, err := ParseResetCode(typed)
		if err != nil {
			if !errors.Is(err, ErrReset) || code != "" {
				t.Fatalf("%q, %v", code, err)
			}
			return
		}
		if len(code) != ResetCodeSize || strings.Trim(code, "0123456789") != "" {
			t.Fatalf("a code of other characters: %q", code)
		}
		if again, err := ParseResetCode(ReadOut(code)); err != nil || again != code {
			t.Fatalf("read out and typed again: %q, %v", again, err)
		}
	})
}
