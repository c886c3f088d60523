package clinic_test

import (
	"testing"

	"pgregory.net/rapid"

	"ezhitong.tw/clinic"
)

func TestWhoIsRightAboutAFieldDoesNotHangOnWhoIsHeardFirst(t *testing.T) {
	fields := []clinic.Field{clinic.FieldNumber, clinic.FieldName, clinic.FieldBirth, clinic.FieldMobile, clinic.FieldLandline}
	rapid.Check(t, func(t *rapid.T) {
		f, seen := rapid.SampledFrom(fields).Draw(t, "field"), rapid.Int64Range(1, 9).Draw(t, "version that both saw")
		wins := func(first, second bool) bool { // whose value stands in the end: the citizen's?
			if f.Yields(clinic.Correction{Version: seen + 1, Citizen: first}, second, seen) {
				return second
			}
			return first
		}
		phone := f == clinic.FieldMobile || f == clinic.FieldLandline
		if wins(true, false) != phone || wins(false, true) != phone {
			t.Fatalf("%s: the citizen wins %v when first, %v when second", f, wins(true, false), wins(false, true))
		}
		if f.Yields(clinic.Correction{Version: seen + 1}, false, seen) {
			t.Fatalf("%s: a second desk takes the place of the first", f)
		}
		who, before := rapid.Bool().Draw(t, "who"), rapid.Int64Range(0, seen).Draw(t, "last")
		if !f.Yields(clinic.Correction{Version: before, Citizen: !who}, who, seen) {
			t.Fatalf("%s: what was seen may be corrected", f)
		}
	})
}
