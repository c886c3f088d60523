package twid_test

import (
	"errors"
	"slices"
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/clinic/twid"
)

func TestAPhoneNumberIsReadHoweverItIsWritten(t *testing.T) {
	for typed, want := range map[string]string{
		"0912345678":        "0912345678",
		"0912-345-678":      "0912345678",
		"0912 345678":       "0912345678",
		"０９１２３４５６７８":        "0912345678",
		"+886 912 345 678":  "0912345678",
		"+886-0912-345-678": "0912345678",
		"04-12345678":       "04-12345678",
		"(04)2526-5394#123": "04-25265394#123",
		"（０４）２５２６－５３９４＃１２３": "04-25265394#123",
		"0425265394":           "04-25265394",
		"04 2526 5394 分機 12":   "04-25265394#12",
		"04-25265394轉12":       "04-25265394#12",
		"04-2526-5394 ext. 12": "04-25265394#12",
		"+886-4-25265394":      "04-25265394",
		"02-23959825":          "02-23959825",
		"04-7123456":           "04-7123456", // Changhua
		"037-123456":           "037-123456",
		"049-2222222":          "049-2222222",
		"089-123456":           "089-123456",
		"082-123456":           "082-123456",
		"0836-22222":           "0836-22222",
		"07-1234567":           "07-1234567",
	} {
		p, err := twid.ParsePhone(typed)
		if err != nil || p.Reveal() != want {
			t.Errorf("%q: %q %v, want %q", typed, p.Reveal(), err, want)
		}
	}
}

func TestAPhoneNumberThatRingsNowhereIsRefused(t *testing.T) {
	for _, typed := range []string{
		"", "0", "25265394", "091234567", "09123456789", "0912-345-67a", "0912345678#1", "04-252653945", "02-1234567",
		"01-12345678", "1922", "+1 212 555 0100", "04-25265394#", "04-25265394#1234567", "04-25265394#12#13", "0912345678/0922345678",
		"０4-2526539四",
	} {
		if p, err := twid.ParsePhone(typed); !errors.Is(err, clinic.Refuse(clinic.RefusedPhone)) || !p.IsZero() {
			t.Errorf("%q: %q %v", typed, p.Reveal(), err)
		}
	}
	if _, err := twid.ParseMobile("04-25265394"); err == nil {
		t.Error("a landline passed for a mobile")
	}
	if _, err := twid.ParseLandline("0912345678"); err == nil {
		t.Error("a mobile passed for a landline")
	}
}

func TestAnInstitutionCodeHasTenDigits(t *testing.T) {
	if code, err := twid.ParseInstitution(" ３５３６０１００１２ "); err != nil || code != "3536010012" {
		t.Errorf("%q %v", code, err)
	}
	for _, s := range []string{"", "353601001", "35360100123", "353601001A", "35360 0012"} {
		if _, err := twid.ParseInstitution(s); err == nil {
			t.Errorf("%q passed", s)
		}
	}
}

func TestTaichungHas29Districts(t *testing.T) {
	names := twid.Districts()
	if len(names) != 29 || len(slices.Compact(slices.Sorted(slices.Values(names)))) != 29 {
		t.Errorf("%d districts: %v", len(names), names)
	}
	if !twid.IsDistrict("大甲區") || twid.IsDistrict("信義區") || twid.IsDistrict("") {
		t.Error("a district of another city passed, or one of ours did not")
	}
}

func FuzzParsePhone(f *testing.F) {
	for _, s := range []string{"0912-345-678", "(04)2526-5394#123", "+886 4 25265394", "04-25265394轉12", "０９１２３４５６７８"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := twid.ParsePhone(s)
		if err != nil {
			return
		}
		if again, err := twid.ParsePhone(p.Reveal()); err != nil || again.Reveal() != p.Reveal() {
			t.Fatalf("%q gave %q, which gave %q %v", s, p.Reveal(), again.Reveal(), err)
		}
	})
}

func FuzzParseInstitution(f *testing.F) {
	f.Add("3536010012")
	f.Add("３５３６０１００１２")
	f.Fuzz(func(t *testing.T, s string) {
		code, err := twid.ParseInstitution(s)
		if err != nil {
			return
		}
		if again, err := twid.ParseInstitution(code); len(code) != 10 || err != nil || again != code {
			t.Fatalf("%q gave %q", s, code)
		}
	})
}
