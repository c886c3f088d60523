package ui_test

import (
	"image"
	"testing"

	"ezhitong.tw/kiosk/ui"
)

func TestADrawingIsMadeOnceForEachSizeAndKeepsItsShape(t *testing.T) {
	wide := ui.Drawn(ui.Picture("card-in")) // 680×560
	got := wide(680, 680)
	if got.Bounds() != image.Rect(0, 0, 680, 680) {
		t.Fatalf("it fills %v", got.Bounds())
	}
	for _, y := range []int{0, 59, 620, 679} {
		for x := range 680 {
			if _, _, _, a := got.At(x, y).RGBA(); a != 0 {
				t.Fatalf("it is drawn at (%d,%d), outside of its shape", x, y)
			}
		}
	}
	if _, _, _, a := got.At(340, 60+340).RGBA(); a != 0xffff {
		t.Error("nothing is drawn in its middle")
	}
	if ui.Drawn(ui.Picture("card-in"))(680, 680) != got {
		t.Error("it was drawn once more")
	}
	if half := wide(340, 280); half.Bounds() != image.Rect(0, 0, 340, 280) {
		t.Errorf("the smaller one fills %v", half.Bounds())
	}
	if none := ui.Drawn(nil)(24, 24); none.Bounds() != image.Rect(0, 0, 24, 24) {
		t.Errorf("nothing to see fills %v", none.Bounds())
	}
}
