package twid_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ezhitong.tw/clinic"
	"ezhitong.tw/clinic/twid"
)

var valid = map[twid.Kind]string{
	twid.National:    "A123456789 F131104093 O158238845 Y123456788 A223456781 W200000003 I100000003 O100000004",
	twid.ResidentOld: "AA00000009 AB23456789 AC03095424 BD01300667 CC00151114 HD02717288 AD30196818 FD12345676",
	twid.ResidentNew: "A800000014 A900207177 A870000015 A880000018 C800151116 A930196810 F890000007 A990000004",
}

func validNumbers() []string {
	var all []string
	for _, list := range valid {
		all = append(all, strings.Fields(list)...)
	}
	return all
}

func TestEveryValidNumberTellsKindAndSex(t *testing.T) {
	female := "2B9D"
	for kind, list := range valid {
		for _, s := range strings.Fields(list) {
			n, err := twid.ParseID(s)
			if err != nil {
				t.Errorf("%s: %v", s, err)
				continue
			}
			sex := clinic.Male
			if strings.Contains(female, s[1:2]) {
				sex = clinic.Female
			}
			if n.Kind != kind || n.Sex != sex || n.ID.Reveal() != s {
				t.Errorf("%s: %v %s, want %v %s", s, n.Kind, n.Sex, kind, sex)
			}
		}
	}
}

func TestAnInvalidNumberIsRefusedForItsReason(t *testing.T) {
	for s, want := range map[string]string{
		"A123456788":   clinic.RefusedIDChecksum,
		"F131104091":   clinic.RefusedIDChecksum,
		"AA00000000":   clinic.RefusedIDChecksum,
		"A800000015":   clinic.RefusedIDChecksum,
		"A12345678":    clinic.RefusedIDForm,
		"A1234567890":  clinic.RefusedIDForm,
		"a123456789":   clinic.RefusedIDForm,
		"AE23456785":   clinic.RefusedIDForm,
		"A323456789":   clinic.RefusedIDForm,
		"1234567890":   clinic.RefusedIDForm,
		" A123456789":  clinic.RefusedIDForm,
		"A12345678９":   clinic.RefusedIDForm,
		"":             clinic.RefusedIDForm,
		"A1234\x00678": clinic.RefusedIDForm,
	} {
		if err := twid.Check(s); !errors.Is(err, clinic.Refuse(want)) {
			t.Errorf("%q: %v, want %s", s, err, want)
		}
	}
}

func TestWhatPeopleTypeIsRead(t *testing.T) {
	for _, typed := range []string{"a123456789", "Ａ１２３４５６７８９", " A123 456 789 ", "A-123456789", "　a123456789　"} {
		n, err := twid.ReadID(typed)
		if err != nil || n.ID.Reveal() != "A123456789" {
			t.Errorf("%q: %v", typed, err)
		}
	}
}

func TestTheOldResidentFormEndsWithROC119(t *testing.T) {
	last, next := clinic.Date{Year: 2030, Month: 12, Day: 31}, clinic.Date{Year: 2031, Month: 1, Day: 1}
	for kind, list := range valid {
		n, err := twid.ParseID(strings.Fields(list)[0])
		if err != nil {
			t.Fatal(err)
		}
		if !n.ValidOn(last) || n.ValidOn(next) != (kind != twid.ResidentOld) {
			t.Errorf("%v: valid on %s %v, on %s %v", kind, last, n.ValidOn(last), next, n.ValidOn(next))
		}
	}
}

// A changed digit moves the sum by weight × difference; only a multiple of ten goes unseen.
func TestAChangedDigitIsCaughtUnlessItsWeightHidesIt(t *testing.T) {
	weights := [10]int{0, 8, 7, 6, 5, 4, 3, 2, 1, 1}
	seen, unseen := 0, 0
	for _, s := range validNumbers() {
		for i := 2; i < 10; i++ {
			for c := byte('0'); c <= '9'; c++ {
				if c == s[i] {
					continue
				}
				changed := s[:i] + string(c) + s[i+1:]
				hidden := weights[i]*(int(c)-int(s[i]))%10 == 0
				err := twid.Check(changed)
				if hidden != (err == nil) {
					t.Errorf("%s from %s: %v", changed, s, err)
				}
				if hidden {
					unseen++
				} else {
					seen++
				}
			}
		}
	}
	if seen == 0 || unseen == 0 {
		t.Errorf("%d caught, %d not: the test looked at nothing", seen, unseen)
	}
}

func TestEveryStemHasExactlyOneCheckDigit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stem := rapid.StringMatching(`[A-Z][1289ABCD][0-9]{7}`).Draw(t, "stem")
		good := 0
		for d := range 10 {
			s := fmt.Sprint(stem, d)
			if twid.Check(s) != nil {
				continue
			}
			good++
			for _, wrong := range []byte("0123456789") {
				if wrong != s[9] && twid.Check(s[:9]+string(wrong)) == nil {
					t.Fatalf("%s has a second check digit %c", stem, wrong)
				}
			}
		}
		if good != 1 {
			t.Fatalf("%s has %d check digits", stem, good)
		}
	})
}

func FuzzParseID(f *testing.F) {
	for _, s := range validNumbers() {
		f.Add(s)
	}
	f.Add("A12345678９")
	f.Fuzz(func(t *testing.T, s string) {
		n, err := twid.ParseID(s)
		var refusal *clinic.Refusal
		if err != nil {
			if !errors.As(err, &refusal) || !n.ID.IsZero() {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		if n.ID.Reveal() != s || n.Sex == clinic.SexUnknown || n.Kind == 0 {
			t.Fatalf("%q became %q", s, n.ID.Reveal())
		}
		if again, err := twid.ReadID(s); err != nil || !again.ID.Equal(n.ID) || again.Kind != n.Kind || again.Sex != n.Sex {
			t.Fatalf("%q reads differently when typed: %v", s, err)
		}
	})
}
