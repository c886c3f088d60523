package station_test

import (
	"os"
	"testing"
	"unicode"

	"golang.org/x/image/font/sfnt"

	"ezhitong.tw/assets/fonts"
)

func TestEveryWordOfAnEnrolmentCanBeShown(t *testing.T) {
	words, err := os.ReadFile("../../syncproto/words.txt")
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"Regular": fonts.Regular, "Bold": fonts.Bold} {
		font, err := sfnt.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range string(words) {
			if i, err := font.GlyphIndex(nil, r); !unicode.IsSpace(r) && (err != nil || i == 0) {
				t.Errorf("%s: no glyph for %q (%v)", name, r, err)
			}
		}
	}
}
