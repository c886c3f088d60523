package ui

import (
	"image/color"
	"math"
	"testing"
)

// ratio is the contrast ratio of WCAG 2.2, 1 to 21.
func ratio(a, b color.NRGBA) float64 {
	la, lb := luminance(a), luminance(b)
	return (math.Max(la, lb) + 0.05) / (math.Min(la, lb) + 0.05)
}

func luminance(c color.NRGBA) float64 {
	part := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*part(c.R) + 0.7152*part(c.G) + 0.0722*part(c.B)
}

func TestEveryPairOfColoursCanBeRead(t *testing.T) {
	for name, p := range map[string]Palette{"light": Light(), "dark": Dark(), "high contrast": HighContrast()} {
		for _, pair := range []struct {
			what string
			a, b color.NRGBA
			want float64
		}{
			{"ink on surface", p.Ink, p.Surface, 7},
			{"ink on ground", p.Ink, p.Ground, 7},
			{"ink on sunken", p.Ink, p.Sunken, 7},
			{"ink on soft", p.Ink, p.Soft, 7},
			{"ink on warnbg", p.Ink, p.WarnBg, 7},
			{"ink on badbg", p.Ink, p.BadBg, 7},
			{"ink2 on surface", p.Ink2, p.Surface, 4.5},
			{"ink2 on ground", p.Ink2, p.Ground, 4.5},
			{"ink2 on sunken", p.Ink2, p.Sunken, 4.5},
			{"ink2 on warnbg", p.Ink2, p.WarnBg, 4.5},
			{"ink2 on badbg", p.Ink2, p.BadBg, 4.5},
			{"ink2 on okbg", p.Ink2, p.OKBg, 4.5},
			{"accent on surface", p.Accent, p.Surface, 7},
			{"accent on soft", p.Accent, p.Soft, 6},
			{"on over accent", p.On, p.Accent, 7},
			{"on over accent2", p.On, p.Accent2, 7},
			{"ok on okbg", p.OK, p.OKBg, 6},
			{"warn on warnbg", p.Warn, p.WarnBg, 6},
			{"bad on badbg", p.Bad, p.BadBg, 6},
			{"warn on surface", p.Warn, p.Surface, 6},
			{"edge on surface", p.Edge, p.Surface, 3},
			{"edge on ground", p.Edge, p.Ground, 3},
			{"edge on sunken", p.Edge, p.Sunken, 3},
			{"focus on halo", p.Focus, p.Halo, 3},
			{"focus on ground", p.Focus, p.Ground, 3},
			{"surface on ink", p.Surface, p.Ink, 7},
		} {
			if got := ratio(pair.a, pair.b); got < pair.want {
				t.Errorf("%s: %s is %.2f, less than %.1f", name, pair.what, got, pair.want)
			}
		}
	}
}

func TestThePalettesKeepTheRatiosTheyWereMeasuredWith(t *testing.T) {
	l, d, h := Light(), Dark(), HighContrast()
	for _, c := range []struct {
		what string
		a, b color.NRGBA
		want float64
	}{
		{"light ink on sunken", l.Ink, l.Sunken, 13.96},
		{"light ink2 on sunken", l.Ink2, l.Sunken, 6.55},
		{"light accent on surface", l.Accent, l.Surface, 8.77},
		{"light ok", l.OK, l.OKBg, 6.12},
		{"light warn", l.Warn, l.WarnBg, 6.40},
		{"light bad", l.Bad, l.BadBg, 6.36},
		{"light focus on halo", l.Focus, l.Halo, 11.90},
		{"dark ink on sunken", d.Ink, d.Sunken, 12.90},
		{"dark on over accent", d.On, d.Accent, 8.73},
		{"dark warn", d.Warn, d.WarnBg, 8.51},
		{"dark bad", d.Bad, d.BadBg, 7.76},
		{"high contrast accent", h.Accent, h.Surface, 16.13},
		{"high contrast ok", h.OK, h.OKBg, 16.79},
		{"high contrast bad", h.Bad, h.BadBg, 12.30},
	} {
		if got := ratio(c.a, c.b); math.Abs(got-c.want) > 0.015 {
			t.Errorf("%s: %.2f, was %.2f", c.what, got, c.want)
		}
	}
}

func TestEveryToneHasColoursOfItsOwn(t *testing.T) {
	seen := map[color.NRGBA]Tone{}
	for _, tone := range []Tone{Muted, Info, Done, Notice, Alarm} {
		ink, ground := Light().Tone(tone)
		if other, twice := seen[ink]; twice {
			t.Errorf("tones %d and %d look the same", tone, other)
		}
		seen[ink] = tone
		if ratio(ink, ground) < 4.5 {
			t.Errorf("tone %d can't be read", tone)
		}
	}
}
