package ui

import (
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/boombuler/barcode/qr"
)

// TestAQRCodeIsDrawnModuleByModule holds what is drawn against the code itself, within
// its white margin.
func TestAQRCodeIsDrawnModuleByModule(t *testing.T) {
	const text = "http://192.168.1.5:8380/"
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		t.Fatal(err)
	}
	n, module := code.Bounds().Dx(), 4
	side := (n + 2*quietQR) * module
	test.NewTempApp(t)
	drawn, err := QR(text, float32(side))
	if err != nil {
		t.Fatal(err)
	}
	w := test.NewTempWindow(t, drawn)
	w.SetPadded(false)
	w.Resize(fyne.NewSquareSize(float32(side)))
	picture := w.Canvas().Capture()
	dark := 0
	for y := range n + 2*quietQR {
		for x := range n + 2*quietQR {
			want := color.Gray16{Y: 0xffff}
			if inside := x >= quietQR && y >= quietQR && x < n+quietQR && y < n+quietQR; inside {
				want = color.Gray16Model.Convert(code.At(x-quietQR, y-quietQR)).(color.Gray16)
			}
			if want.Y == 0 {
				dark++
			}
			if got := color.Gray16Model.Convert(picture.At(x*module+module/2, y*module+module/2)); got != want {
				t.Fatalf("module %d, %d is %v, not %v", x, y, got, want)
			}
		}
	}
	if dark < n*n/4 {
		t.Errorf("%d of %d modules are dark", dark, n*n)
	}
}
