package golden

import (
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
)

// recorder is a test that is watched.
type recorder struct {
	testing.TB
	said []string
}

func (r *recorder) Helper()           {}
func (r *recorder) Error(args ...any) { r.said = append(r.said, fmt.Sprint(args...)) }
func (r *recorder) Errorf(form string, args ...any) {
	r.said = append(r.said, fmt.Sprintf(form, args...))
}

func shown(t *testing.T, word string, shade color.Color, x float32) fyne.Canvas {
	box := canvas.NewRectangle(shade)
	box.Resize(fyne.NewSize(40, 40))
	box.Move(fyne.NewPos(x, 40))
	w := test.NewTempWindow(t, container.NewWithoutLayout(box, canvas.NewText(word, color.Black)))
	w.Resize(fyne.NewSize(160, 120))
	return w.Canvas()
}

func TestWhatDiffersIsToldAndShown(t *testing.T) {
	dir := t.TempDir()
	blue := color.NRGBA{B: 255, A: 255}
	s := Open(t, dir, "some look", true)
	s.Add("first", shown(t, "hello", blue, 40))
	s.Add("second", shown(t, "hello", blue, 80))
	s.Close()
	for name, c := range map[string]struct {
		add  func(s *Sheet)
		want []string
	}{
		"as it was": {func(s *Sheet) {
			s.Add("first", shown(t, "hello", blue, 40))
			s.Add("second", shown(t, "hello", blue, 80))
		}, nil},
		"another word": {func(s *Sheet) {
			s.Add("first", shown(t, "goodbye", blue, 40))
			s.Add("second", shown(t, "hello", blue, 80))
		}, []string{"- hello\n\t+ goodbye"}},
		"a box has moved": {func(s *Sheet) {
			s.Add("first", shown(t, "hello", blue, 40))
			s.Add("second", shown(t, "hello", blue, 76))
		}, []string{"second: it looks different in (8"}},
		"another colour": {func(s *Sheet) {
			s.Add("first", shown(t, "hello", color.NRGBA{G: 80, B: 255, A: 255}, 40))
			s.Add("second", shown(t, "hello", blue, 80))
		}, []string{"first: it looks different in (4"}},
		"one is new, one is gone": {func(s *Sheet) {
			s.Add("first", shown(t, "hello", blue, 40))
			s.Add("third", shown(t, "hello", blue, 80))
		}, []string{"third: it is new", "second: the page is gone"}},
	} {
		t.Run(name, func(t *testing.T) {
			watched := &recorder{TB: t}
			s := Open(watched, dir, "some look", false)
			c.add(s)
			s.Close()
			if len(watched.said) != len(c.want) {
				t.Fatalf("said %q, want %q", watched.said, c.want)
			}
			for i, want := range c.want {
				if !strings.Contains(watched.said[i], want) {
					t.Errorf("said %q, want %q", watched.said[i], want)
				}
			}
		})
	}
	if _, err := os.Stat(filepath.Join(dir, "failed", "some look, third.png")); err != nil {
		t.Error(err)
	}
}
