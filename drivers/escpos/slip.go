package escpos

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"strings"
	"unicode"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// Fonts are the typefaces slips are set in.
type Fonts struct{ regular, bold *opentype.Font }

// NewFonts reads two TrueType or OpenType files.
func NewFonts(regular, bold []byte) (*Fonts, error) {
	r, err := opentype.Parse(regular)
	if err != nil {
		return nil, fmt.Errorf("read the regular font: %w", err)
	}
	b, err := opentype.Parse(bold)
	if err != nil {
		return nil, fmt.Errorf("read the bold font: %w", err)
	}
	return &Fonts{r, b}, nil
}

// Align is where a line of text stands.
type Align byte

// The three places.
const (
	Left Align = iota
	Centre
	Right
)

// Part is a piece of a slip, from top to bottom.
type Part interface {
	// height is how many rows the part takes; draw draws it from the row top on.
	height(f *faces, width int) (int, error)
	draw(f *faces, into *image.Gray, top int) error
}

// Text is text of one size. It breaks at newlines and where a line is full.
type Text struct {
	Text  string
	Size  int // height of the letters in dots; 0 means 28
	Bold  bool
	Align Align
}

// QR is a QR code in the middle of the slip, with its white border.
type QR struct {
	Text   string
	Module int // dots of one module; 0 means 6
}

// Rule is a line across the slip.
type Rule struct{}

// Space is white rows.
type Space struct{ Rows int }

// Draw draws a slip of a width in dots: black is 0, white is 255, nothing lies between.
func Draw(fonts *Fonts, width int, parts ...Part) (*image.Gray, error) {
	f := &faces{fonts: fonts, open: map[faceKey]font.Face{}}
	defer f.close()
	total := 0
	tops := make([]int, len(parts))
	for i, p := range parts {
		h, err := p.height(f, width)
		if err != nil {
			return nil, err
		}
		tops[i] = total
		total += h
	}
	paper := image.NewGray(image.Rect(0, 0, width, total))
	draw.Draw(paper, paper.Rect, image.White, image.Point{}, draw.Src)
	for i, p := range parts {
		if err := p.draw(f, paper, tops[i]); err != nil {
			return nil, err
		}
	}
	for i, v := range paper.Pix { // a thermal printer knows no grey
		paper.Pix[i] = 255
		if v < 140 {
			paper.Pix[i] = 0
		}
	}
	return paper, nil
}

type faceKey struct {
	size int
	bold bool
}

// faces are the fonts in the sizes one slip uses.
type faces struct {
	fonts *Fonts
	open  map[faceKey]font.Face
}

func (f *faces) face(size int, bold bool) (font.Face, error) {
	key := faceKey{size, bold}
	if face, ok := f.open[key]; ok {
		return face, nil
	}
	from := f.fonts.regular
	if bold {
		from = f.fonts.bold
	}
	face, err := opentype.NewFace(from, &opentype.FaceOptions{Size: float64(size), DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return nil, fmt.Errorf("open the font at %d dots: %w", size, err)
	}
	f.open[key] = face
	return face, nil
}

func (f *faces) close() {
	for _, face := range f.open {
		_ = face.Close() // it holds memory only
	}
}

func (t Text) size() int {
	if t.Size <= 0 {
		return 28
	}
	return t.Size
}

func (t Text) row() int { return t.size() * 4 / 3 }

func (t Text) height(f *faces, width int) (int, error) {
	face, err := f.face(t.size(), t.Bold)
	if err != nil {
		return 0, err
	}
	return len(wrap(face, t.Text, width)) * t.row(), nil
}

func (t Text) draw(f *faces, into *image.Gray, top int) error {
	face, err := f.face(t.size(), t.Bold)
	if err != nil {
		return err
	}
	width := into.Rect.Dx()
	for i, line := range wrap(face, t.Text, width) {
		x := 0
		switch free := width - font.MeasureString(face, line).Ceil(); t.Align {
		case Centre:
			x = free / 2
		case Right:
			x = free
		case Left:
		}
		d := font.Drawer{Dst: into, Src: image.Black, Face: face, Dot: fixed.P(max(x, 0), top+i*t.row()+t.size())}
		d.DrawString(line)
	}
	return nil
}

// noLineStart are the marks that may not begin a line of Chinese.
const noLineStart = "，。、；：？！」』）〉》…"

// wrap breaks text at newlines and before the character that is too much; a word of Latin letters or digits stays whole if it
// fits a line, and no line begins with a closing mark.
func wrap(face font.Face, text string, width int) (lines []string) {
	for line := range strings.SplitSeq(text, "\n") {
		rest := []rune(strings.Map(printable, line))
		for {
			n := fit(face, rest, width)
			lines = append(lines, strings.TrimRight(string(rest[:n]), " "))
			if rest = rest[n:]; len(rest) == 0 {
				break
			}
		}
	}
	return lines
}

func printable(r rune) rune {
	switch {
	case r == '\t':
		return ' '
	case unicode.IsControl(r):
		return -1
	}
	return r
}

// fit is how many runes the first line takes: at least one of any.
func fit(face font.Face, rest []rune, width int) int {
	end, used := 0, fixed.Int26_6(0)
	for end < len(rest) {
		advance, _ := face.GlyphAdvance(rest[end])
		if used+advance > fixed.I(width) && end > 0 {
			break
		}
		used += advance
		end++
	}
	if end == len(rest) {
		return end
	}
	at := end
	for at > 1 && (latin(rest[at-1]) && latin(rest[at]) || strings.ContainsRune(noLineStart, rest[at])) {
		at--
	}
	if at > 1 {
		return at
	}
	return end
}

func latin(r rune) bool {
	return r < 0x2E80 && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '.')
}

// border is the white around a QR code, in modules.
const border = 4

func (q QR) module() int {
	if q.Module <= 0 {
		return 6
	}
	return q.Module
}

func (q QR) code() (barcode.Barcode, error) {
	code, err := qr.Encode(q.Text, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("make a QR code: %w", err)
	}
	return code, nil
}

func (q QR) height(_ *faces, width int) (int, error) {
	code, err := q.code()
	if err != nil {
		return 0, err
	}
	size := (code.Bounds().Dx() + 2*border) * q.module()
	if size > width {
		return 0, fmt.Errorf("a QR code of %d dots does not fit on %d", size, width)
	}
	return size, nil
}

func (q QR) draw(_ *faces, into *image.Gray, top int) error {
	code, err := q.code()
	if err != nil {
		return err
	}
	m, n := q.module(), code.Bounds().Dx()
	left := (into.Rect.Dx() - n*m) / 2
	for y := range n {
		for x := range n {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				dot := image.Rect(left+x*m, top+(border+y)*m, left+(x+1)*m, top+(border+y+1)*m)
				draw.Draw(into, dot, image.Black, image.Point{}, draw.Src)
			}
		}
	}
	return nil
}

func (Rule) height(*faces, int) (int, error) { return 24, nil }

func (Rule) draw(_ *faces, into *image.Gray, top int) error {
	for x := range into.Rect.Dx() {
		into.SetGray(x, top+11, color.Gray{})
		into.SetGray(x, top+12, color.Gray{})
	}
	return nil
}

func (s Space) height(*faces, int) (int, error) { return max(s.Rows, 0), nil }

func (Space) draw(*faces, *image.Gray, int) error { return nil }
