package ui

import (
	"bytes"
	"fmt"
	"image"
	"sync"

	"fyne.io/fyne/v2"
	"github.com/fyne-io/oksvg"
	"github.com/srwiley/rasterx"
)

// Drawn gives what draws an SVG in so many pixels, in the middle and in its own shape;
// nil is nothing to see. A drawing is made once for each name and size and kept: a page is
// built anew whenever something of it changes, and Fyne's own image would be drawn twice
// for each, once at four times its size.
func Drawn(res fyne.Resource) func(w, h int) image.Image {
	return func(w, h int) image.Image {
		if res == nil {
			return image.NewRGBA(image.Rect(0, 0, w, h))
		}
		key := drawing{res.Name(), w, h}
		if known, ok := drawings.Load(key); ok {
			return known.(image.Image)
		}
		made := rasterize(res, w, h)
		drawings.Store(key, made)
		return made
	}
}

// drawing names one that was made.
type drawing struct {
	name string
	w, h int // pixels
}

// drawings holds each drawing that was shown: there are some dozens of icons, a few
// colours, and a few sizes of each.
var drawings sync.Map

func rasterize(res fyne.Resource, w, h int) image.Image {
	svg, err := oksvg.ReadIconStream(bytes.NewReader(res.Content()), oksvg.StrictErrorMode)
	if err != nil {
		panic(fmt.Sprintf("ui: %s is no drawing: %v", res.Name(), err)) // they are our own
	}
	shape := svg.ViewBox.W / svg.ViewBox.H
	width, height := min(w, int(float64(h)*shape)), min(h, int(float64(w)/shape))
	x, y := (w-width)/2, (h-height)/2
	svg.SetTarget(0, 0, float64(width), float64(height))
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	part := img.SubImage(image.Rect(x, y, x+width, y+height)).(*image.RGBA)
	part.Rect = part.Rect.Sub(part.Rect.Min) // it draws from its own corner
	svg.Draw(rasterx.NewDasher(width, height, rasterx.NewScannerGV(width, height, part, part.Rect)), 1)
	return img
}
