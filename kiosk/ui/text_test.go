package ui

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// oneEach counts every character as one wide.
func oneEach(s string) float32 { return float32(utf8.RuneCountInString(s)) }

func TestLinesBreakWhereAReaderExpects(t *testing.T) {
	for _, c := range []struct {
		name, text string
		width      float32
		want       []string
	}{
		{"short", "請插卡", 10, []string{"請插卡"}},
		{"between any two characters", "請插入健保卡", 3, []string{"請插入", "健保卡"}},
		{"never before a closing mark", "請插卡。謝謝", 3, []string{"請插", "卡。", "謝謝"}},
		{"a sentence stays whole where it can", "請抽出卡。再插一次", 7, []string{"請抽出卡。", "再插一次"}},
		{"never after an opening mark", "請看（右邊）", 3, []string{"請看", "（右", "邊）"}},
		{"words stay whole", "use the NHI card", 8, []string{"use the", "NHI card"}},
		{"numbers stay whole", "號碼是A015喔", 5, []string{"號碼是", "A015喔"}},
		{"the catalogue's own breaks", "一\n二", 10, []string{"一", "二"}},
		{"nothing", "", 10, []string{""}},
		{"a word longer than the line", "Bahasa", 3, []string{"Bahasa"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Break(c.text, c.width, oneEach); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzNothingIsLostInABreak(f *testing.F) {
	f.Add("請插卡。謝謝 you", float32(3))
	f.Add("（（（））", float32(1))
	f.Fuzz(func(t *testing.T, s string, width float32) {
		if !utf8.ValidString(s) {
			return
		}
		plain := func(s string) string { return strings.NewReplacer(" ", "", "\n", "").Replace(s) }
		if got := plain(strings.Join(Break(s, width, oneEach), "")); got != plain(s) {
			t.Errorf("%q became %q", plain(s), got)
		}
	})
}
