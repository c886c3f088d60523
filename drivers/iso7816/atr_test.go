package iso7816

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// nhiATRs are the answers to reset in pcsc-tools' smartcard_list.txt that name an NHI card or an HPC.
var nhiATRs = []struct {
	raw, historical string
	ta1, tc1        byte
}{
	{"3B FF 18 00 FF 81 31 FE 45 54 48 43 43 31 30 54 45 43 4F 47 44 48 4E 32 24", "THCC10TECOGDHN2", 0x18, 0xFF},
	{"3B FF 18 00 FF 81 31 FE 45 54 48 43 43 31 30 54 45 43 4F 47 44 49 4E 31 26", "THCC10TECOGDIN1", 0x18, 0xFF},
	{"3B FD 13 00 00 81 31 FE 45 4A 43 4F 50 32 31 76 32 33 31 47 44 54 E1", "JCOP21v231GDT", 0x13, 0},
	{"3B FC 18 00 00 81 31 FE 45 80 73 C8 21 13 66 02 04 03 55 00 02 D2", "\x80\x73\xC8\x21\x13\x66\x02\x04\x03\x55\x00\x02", 0x18, 0},
	{"3B FD 18 00 00 81 31 FE 45 53 4C 4A 35 32 47 78 78 79 79 79 7A 52 AA", "SLJ52GxxyyyzR", 0x18, 0},
	{"3B FA 18 00 00 81 31 FE 45 53 4C 4A 35 32 47 78 78 79 79 FC", "SLJ52Gxxyy", 0x18, 0},
	{"3B FA 18 00 00 81 31 FE 45 50 56 4A 43 4F 50 34 53 49 44 93", "PVJCOP4SID", 0x18, 0},
	{"3B F9 18 00 00 81 31 FE 45 50 56 5F 4A 32 44 30 38 31 B6", "PV_J2D081", 0x18, 0},
}

func TestEveryPublicCardIsReadAsT1(t *testing.T) {
	for _, c := range nhiATRs {
		a, err := ParseATR(unhex(t, c.raw))
		if err != nil {
			t.Errorf("%s: %v", c.historical, err)
			continue
		}
		if string(a.Historical) != c.historical || a.TA1() != c.ta1 || a.TC1() != c.tc1 {
			t.Errorf("%q: historical %q TA1 %02X TC1 %02X", c.historical, a.Historical, a.TA1(), a.TC1())
		}
		if !slices.Equal(a.Protocols(), []int{1}) || a.IFSC() != 0xFE || a.BWICWI() != 0x45 || a.CRC() {
			t.Errorf("%q: protocols %v IFSC %02X TB3 %02X CRC %v", c.historical, a.Protocols(), a.IFSC(), a.BWICWI(), a.CRC())
		}
		if _, _, specific := a.Specific(); specific {
			t.Errorf("%q: insists on one mode", c.historical)
		}
	}
}

func TestEveryFlippedBitOfAnATRIsNoticed(t *testing.T) {
	raw := unhex(t, nhiATRs[0].raw)
	for i := range raw {
		for bit := range 8 {
			bad := slices.Clone(raw)
			bad[i] ^= 1 << bit
			if bad[0] == 0x3F {
				continue // the other convention is a lawful answer too; TS is outside TCK
			}
			if _, err := ParseATR(bad); err == nil {
				t.Errorf("byte %d bit %d passed unnoticed", i, bit)
			}
		}
	}
}

func TestAPlainT0CardHasNoCheckByte(t *testing.T) {
	a, err := ParseATR(unhex(t, "3B 02 14 50"))
	if err != nil || a.Default() != 0 || a.Offers(1) || a.TA1() != DefaultFiDi || a.WI() != 0x0A || a.IFSC() != 32 || a.TCK.Set {
		t.Fatalf("%+v, %v", a, err)
	}
}

func TestACardWithBothProtocolsNamesItsDefaultFirst(t *testing.T) {
	// TD1 = 80 (T=0), TD2 = 01 (T=1).
	a, err := ParseATR(unhex(t, "3B 80 80 01 01"))
	if err != nil || !slices.Equal(a.Protocols(), []int{0, 1}) || a.Default() != 0 {
		t.Fatalf("%v, %v", a.Protocols(), err)
	}
}

func TestTA2SaysThatTheCardInsists(t *testing.T) {
	// TD1 = 11: T=1 and TA2 follows; TA2 = 81: T=1, cannot change, speed of TA1.
	raw := unhex(t, "3B 90 95 11 81")
	raw = append(raw, xor(raw[1:]))
	a, err := ParseATR(raw)
	p, implicit, ok := a.Specific()
	if err != nil || p != 1 || implicit || !ok {
		t.Fatalf("T=%d implicit %v set %v, %v", p, implicit, ok, err)
	}
}

func TestABrokenATRSaysWhatIsWrong(t *testing.T) {
	good := unhex(t, nhiATRs[0].raw)
	for name, c := range map[string]struct {
		raw  []byte
		want error
	}{
		"empty":        {nil, ErrATRLength},
		"one byte":     {good[:1], ErrATRLength},
		"wrong start":  {[]byte{0x3C, 0}, ErrATRStart},
		"cut":          {good[:8], ErrATRLength},
		"no history":   {good[:12], ErrATRLength},
		"no check":     {good[:len(good)-1], ErrATRLength},
		"wrong check":  {append(slices.Clone(good[:len(good)-1]), 0x25), ErrATRCheck},
		"trailing":     {append(slices.Clone(good), 0), ErrATRLength},
		"far too long": {append(slices.Clone(good), make([]byte, 20)...), ErrATRLength},
	} {
		if _, err := ParseATR(c.raw); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPPSFollowsTheTranscript(t *testing.T) {
	if got := PPS(1, 0x18); !bytes.Equal(got, []byte{0xFF, 0x11, 0x18, 0xF6}) {
		t.Errorf("% X", got)
	}
	if got := PPS(1, 0x13); !bytes.Equal(got, []byte{0xFF, 0x11, 0x13, 0xFD}) {
		t.Errorf("% X", got)
	}
	request := PPS(1, 0x18)
	for _, c := range []struct {
		name, answer string
		fidi         byte
		err          error
	}{
		{"agreed", "FF 11 18 F6", 0x18, nil},
		{"protocol only", "FF 01 FE", DefaultFiDi, nil},
		{"another protocol", "FF 00 FF", 0, ErrPPS},
		{"another speed", "FF 11 13 FD", 0, ErrPPS},
		{"wrong check", "FF 01 FF", 0, ErrPPS},
		{"nothing", "", 0, ErrPPS},
		{"a status", "6D 00", 0, ErrPPS},
	} {
		fidi, err := CheckPPS(request, unhex(t, c.answer))
		if fidi != c.fidi || !errors.Is(err, c.err) {
			t.Errorf("%s: %02X, %v", c.name, fidi, err)
		}
	}
	if fi, di, ok := Factors(0x18); fi != 372 || di != 12 || !ok {
		t.Errorf("Factors(18) = %d, %d, %v", fi, di, ok)
	}
	if _, _, ok := Factors(0x70); ok {
		t.Error("a reserved code has factors")
	}
}

func FuzzATR(f *testing.F) {
	for _, c := range nhiATRs {
		f.Add(unhex(f, c.raw))
	}
	f.Add([]byte{0x3B, 0x02, 0x14, 0x50})
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := ParseATR(raw)
		if len(a.Protocols()) == 0 || a.IFSC() == 0 || a.IFSC() == 0xFF {
			t.Fatalf("%X: protocols %v IFSC %d", raw, a.Protocols(), a.IFSC())
		}
		if err != nil {
			return
		}
		if again := a.bytes(); !bytes.Equal(again, raw) {
			t.Fatalf("% X was written again as % X", raw, again)
		}
	})
}

// bytes writes the parts of an ATR again, so that the fuzzer can compare them with what was read.
func (a ATR) bytes() []byte {
	out := []byte{0x3B, byte(len(a.Historical))}
	if a.Inverse {
		out[0] = 0x3F
	}
	at := 1
	for _, g := range a.Groups {
		head := at
		for i, o := range []Optional{g.TA, g.TB, g.TC, g.TD} {
			if o.Set {
				out[head] = out[head]&^(0x10<<i) | 0x10<<i
				at, out = len(out), append(out, o.Value)
			}
		}
		if g.TD.Set {
			out[at] &= 0x0F
		}
	}
	out = append(out, a.Historical...)
	if a.TCK.Set {
		out = append(out, a.TCK.Value)
	}
	return out
}
