// Package golden is a test's eye and hand on what a program draws: it shows pages
// without a display, reads them, presses their buttons and keys, and holds them
// against pictures that somebody has looked at. Pictures and words of the pages of
// one look stand together in a sheet, NAME.png and NAME.txt: a quarter of the size
// in each direction, which still shows every stroke that has moved.
package golden

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
)

const (
	shrink = 4  // pixels of the screen, in each direction, for one of the sheet
	across = 8  // pages in a row of the sheet
	step   = 16 // of 256: shades are kept this coarsely
	bear   = 40 // of 256: by so much a shade may differ, for one that was rounded the other way
)

// Sheet is the pages of one look. Its size is that of the first page.
type Sheet struct {
	t      testing.TB
	dir    string
	name   string
	update bool

	size  image.Point
	pages []page
	old   map[string]page
}

// page is the small picture of one page, and its words, a line each.
type page struct {
	name  string
	small *image.NRGBA
	words []string
}

// Open reads the sheet of that name in a folder. With update the pages that are
// added become the sheet; without, every page has to look as it did.
func Open(t testing.TB, dir, name string, update bool) *Sheet {
	t.Helper()
	s := &Sheet{t: t, dir: dir, name: name, update: update, old: map[string]page{}}
	if update {
		return s
	}
	if err := s.read(); err != nil {
		t.Fatalf("read the pictures, or make them with `make screens UPDATE=1`: %v", err)
	}
	return s
}

// Add takes the page that a canvas shows now. One that differs from the sheet is
// an error of the test, and its picture goes to the folder's failed/.
func (s *Sheet) Add(name string, c fyne.Canvas) {
	s.t.Helper()
	whole := c.Capture()
	p := page{name, smaller(whole), Words(c.Content())}
	if len(s.pages) == 0 {
		s.size = p.small.Rect.Size()
	}
	if i := slices.IndexFunc(s.pages, func(q page) bool { return q.name == name }); i >= 0 {
		s.t.Errorf("%s: two pages are called %q", s.name, name)
	}
	s.pages = append(s.pages, p)
	if s.update {
		return
	}
	old, ok := s.old[name]
	delete(s.old, name)
	var what string
	switch at := differs(old.small, p.small); {
	case !ok:
		what = "is new"
	case !slices.Equal(old.words, p.words):
		what = "says something else:" + change(old.words, p.words)
	case !at.Empty():
		at = image.Rectangle{at.Min.Mul(shrink), at.Max.Mul(shrink)}
		what = fmt.Sprintf("looks different in %v", at)
	default:
		return
	}
	path := filepath.Join(s.dir, "failed", s.name+", "+name+".png")
	if err := save(path, whole); err != nil {
		s.t.Error(err)
	}
	s.t.Errorf("%s, %s: it %s\n\tthe new picture: %s", s.name, name, what, path)
}

// Close ends the sheet: writes it where it is to be updated, and otherwise looks
// for pages that are no longer there.
func (s *Sheet) Close() {
	s.t.Helper()
	for name := range s.old {
		s.t.Errorf("%s, %s: the page is gone", s.name, name)
	}
	if s.update && len(s.pages) > 0 {
		if err := s.write(); err != nil {
			s.t.Error(err)
		}
	}
}

// cell is where page n stands in the sheet.
func (s *Sheet) cell(n int) image.Rectangle {
	at := image.Pt(n%across*(s.size.X+2), n/across*(s.size.Y+2))
	return image.Rectangle{at, at.Add(s.size)}
}

func (s *Sheet) file(kind string) string { return filepath.Join(s.dir, s.name+kind) }

func (s *Sheet) write() error {
	rows := (len(s.pages) + across - 1) / across
	all := image.NewNRGBA(image.Rect(0, 0, min(across, len(s.pages))*(s.size.X+2), rows*(s.size.Y+2)))
	var text strings.Builder
	fmt.Fprintf(&text, "%d×%d\n", s.size.X, s.size.Y)
	for n, p := range s.pages {
		cell := s.cell(n)
		draw.Draw(all, cell, p.small, image.Point{}, draw.Src)
		fmt.Fprintf(&text, "= %s\n", p.name)
		for _, w := range p.words {
			fmt.Fprintf(&text, "  %s\n", w)
		}
	}
	if err := save(s.file(".png"), all); err != nil {
		return err
	}
	return os.WriteFile(s.file(".txt"), []byte(text.String()), 0o644)
}

func (s *Sheet) read() error {
	all, err := load(s.file(".png"))
	if err != nil {
		return err
	}
	f, err := os.Open(s.file(".txt"))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	lines := bufio.NewScanner(f)
	if lines.Scan(); lines.Err() != nil {
		return lines.Err()
	}
	if _, err := fmt.Sscanf(lines.Text(), "%d×%d", &s.size.X, &s.size.Y); err != nil {
		return fmt.Errorf("%s: %w", f.Name(), err)
	}
	var p page
	n := 0
	for lines.Scan() {
		name, begins := strings.CutPrefix(lines.Text(), "= ")
		if !begins {
			p.words = append(p.words, strings.TrimPrefix(lines.Text(), "  "))
			s.old[p.name] = p
			continue
		}
		cell := s.cell(n)
		p = page{name: name, small: image.NewNRGBA(image.Rectangle{Max: s.size})}
		draw.Draw(p.small, p.small.Rect, all, cell.Min, draw.Src)
		s.old[name] = p
		n++
	}
	return lines.Err()
}

// smaller takes the mean colour of each square, coarsely.
func smaller(whole image.Image) *image.NRGBA {
	m := image.NewNRGBA(whole.Bounds())
	draw.Draw(m, m.Rect, whole, m.Rect.Min, draw.Src)
	out := image.NewNRGBA(image.Rect(0, 0, m.Rect.Dx()/shrink, m.Rect.Dy()/shrink))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			var sum [4]int
			for dy := range shrink {
				at := (y*shrink+dy)*m.Stride + x*shrink*4
				for i, shade := range m.Pix[at : at+shrink*4] {
					sum[i%4] += int(shade)
				}
			}
			for i, n := range sum {
				out.Pix[y*out.Stride+x*4+i] = uint8(min(255, (n/(shrink*shrink)+step/2)/step*step))
			}
		}
	}
	return out
}

// differs gives the part of a picture that differs, empty where none does.
func differs(a, b *image.NRGBA) (at image.Rectangle) {
	if a == nil || a.Rect != b.Rect {
		return b.Rect
	}
	for i, shade := range b.Pix {
		if max(shade, a.Pix[i])-min(shade, a.Pix[i]) > bear {
			x, y := i%b.Stride/4, i/b.Stride
			at = at.Union(image.Rect(x, y, x+1, y+1))
		}
	}
	return at
}

// change lists the lines that went and those that came.
func change(old, now []string) string {
	var out strings.Builder
	for _, w := range old {
		if !slices.Contains(now, w) {
			out.WriteString("\n\t- " + w)
		}
	}
	for _, w := range now {
		if !slices.Contains(old, w) {
			out.WriteString("\n\t+ " + w)
		}
	}
	if out.Len() == 0 {
		return " in another order"
	}
	return out.String()
}

func save(path string, m image.Image) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("keep a picture: %w", err)
	}
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("keep a picture: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(f, m)
}

func load(path string) (image.Image, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no %s", path)
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	return png.Decode(f)
}
