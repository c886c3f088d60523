package ui

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"github.com/boombuler/barcode/qr"
)

// quietQR is the white margin that readers need around a QR code, in modules (ISO/IEC
// 18004).
const quietQR = 4

// QR draws a text as a QR code in a square of the given side, black on white in every
// theme.
func QR(text string, side float32) (fyne.CanvasObject, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("draw the QR code: %w", err)
	}
	n := code.Bounds().Dx()
	whole := image.NewNRGBA(image.Rect(0, 0, n+2*quietQR, n+2*quietQR))
	draw.Draw(whole, whole.Bounds(), image.White, image.Point{}, draw.Src)
	for y := range n {
		for x := range n {
			whole.Set(x+quietQR, y+quietQR, code.At(x, y))
		}
	}
	picture := canvas.NewImageFromImage(whole)
	picture.ScaleMode = canvas.ImageScalePixels
	picture.SetMinSize(fyne.NewSquareSize(side))
	return Box(color.White, color.White, 0, 0, picture), nil
}
