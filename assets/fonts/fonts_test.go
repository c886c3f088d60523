package fonts_test

import (
	"strings"
	"testing"

	"golang.org/x/image/font/sfnt"

	"ezhitong.tw/assets/fonts"
)

func TestBothWeightsShowTheWordsOfOurScreens(t *testing.T) {
	words := "疫苗E指通 臺中市衛生局 接種站 額滿 報到 候補 量能 隱碼 居留證 您好，請插入健保卡。「」（）：；、…① Tiếng Việt Đặng Ngữ 0123456789"
	for name, data := range map[string][]byte{"Regular": fonts.Regular, "Bold": fonts.Bold} {
		font, err := sfnt.Parse(data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		family, err := font.Name(nil, sfnt.NameIDFull)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !strings.HasPrefix(family, fonts.Family) {
			t.Errorf("%s: the file calls itself %q", name, family)
		}
		for _, r := range words {
			if i, err := font.GlyphIndex(nil, r); err != nil || i == 0 {
				t.Errorf("%s: no glyph for %q (%v)", name, r, err)
			}
		}
	}
}
