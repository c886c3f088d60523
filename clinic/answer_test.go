package clinic_test

import (
	"testing"

	"ezhitong.tw/clinic"
)

func TestAnAnswerNamesItsEvent(t *testing.T) {
	want := clinic.Answer{Decision: clinic.AnswerRight, About: clinic.EventRef{Device: clinic.ID{6: 0x70, 8: 0x80, 15: 9}, Epoch: 2, Seq: 12}, Note: "家人 陪同，確實有來"}
	if got, err := clinic.ParseAnswer(want.String()); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	for _, s := range []string{"", "right", "right x/1/1 ", "maybe " + want.String()[6:], "left " + want.About.Device.String() + "/01/1 ", "left " + want.About.Device.String() + "/1/1"} {
		if a, err := clinic.ParseAnswer(s); err == nil {
			t.Errorf("%q is read as %+v", s, a)
		}
	}
}

func FuzzParseAnswer(f *testing.F) {
	f.Add(clinic.Answer{Decision: clinic.AnswerLeft, About: clinic.EventRef{Device: clinic.ID{15: 1}, Epoch: 1, Seq: 1}}.String())
	f.Add("right //  ")
	f.Fuzz(func(t *testing.T, s string) {
		a, err := clinic.ParseAnswer(s)
		if err == nil && a.String() != s {
			t.Errorf("%q is written as %q", s, a)
		}
	})
}
