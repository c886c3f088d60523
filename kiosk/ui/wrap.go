package ui

import (
	"image/color"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
)

// closers never begin a line, openers never end one (避頭尾).
const (
	closers = "，。、；：？！）」』〉》…–"
	openers = "（「『〈《"
)

// Break splits a text into lines no wider than width. Line breaks in the text
// are kept. Chinese breaks between any two characters except before a closing
// and after an opening mark; words of other scripts stay whole.
func Break(s string, width float32, measure func(string) float32) []string {
	var lines []string
	for _, part := range strings.Split(s, "\n") {
		line := ""
		for _, piece := range pieces(part) {
			if line != "" && measure(strings.TrimRight(line+piece, " ")) > width {
				full, rest := atSentence(line, width, measure)
				lines = append(lines, full)
				line = strings.TrimLeft(rest+piece, " ")
				continue
			}
			line += piece
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}

// atSentence splits a full line after its last sentence, if that fills half of
// the width at least: a sentence is easier to read when it is not broken.
func atSentence(line string, width float32, measure func(string) float32) (full, rest string) {
	if i := strings.LastIndex(line, "。"); i >= 0 {
		if full = line[:i+len("。")]; full != line && measure(full) >= width/2 {
			return full, line[len(full):]
		}
	}
	return strings.TrimRight(line, " "), ""
}

// pieces cuts a line into what must stay together.
func pieces(s string) []string {
	var out []string
	var piece []rune
	r := []rune(s)
	for i, c := range r {
		piece = append(piece, c)
		if i+1 == len(r) || mayBreak(c, r[i+1]) {
			out = append(out, string(piece))
			piece = nil
		}
	}
	return out
}

func mayBreak(a, b rune) bool {
	if strings.ContainsRune(closers, b) || strings.ContainsRune(openers, a) || b == ' ' {
		return false
	}
	return a == ' ' || wide(a) || wide(b) || strings.ContainsRune(closers, a)
}

func wide(c rune) bool { return unicode.Is(unicode.Han, c) || c >= 0x3000 && c < 0x3100 || c >= 0xFF00 }

// Lines sets a text in lines no wider than width.
func (l Look) Lines(s string, size float32, bold bool, c color.Color, width float32) fyne.CanvasObject {
	box := container.New(layout.NewCustomPaddedVBoxLayout(0))
	for _, line := range Break(s, width, func(s string) float32 { return Width(s, size, bold) }) {
		box.Add(l.Write(line, size, bold, c))
	}
	return box
}
