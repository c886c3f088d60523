package ui

import (
	"bytes"
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"ezhitong.tw/assets"
)

// inkFill is how every icon of assets is filled.
var inkFill = []byte(`"#14202E"`)

// Icon gives an icon of assets/icons in a colour. The colour is put into the
// drawing itself, so that an icon does not depend on the theme of the place
// where it is drawn. An unknown name is a fault of the program and panics.
func Icon(name string, c color.NRGBA) fyne.Resource {
	svg := read(name)
	fill := fmt.Sprintf("#%02X%02X%02X", c.R, c.G, c.B)
	return fyne.NewStaticResource(name+"-"+fill[1:]+".svg", bytes.ReplaceAll(svg, inkFill, []byte(`"`+fill+`"`)))
}

// Picture gives a drawing of assets/icons in its own colours: mark, card-in,
// card-go, card-bad.
func Picture(name string) fyne.Resource { return fyne.NewStaticResource(name+".svg", read(name)) }

// Mark gives the project's sign in the look's colours.
func (l Look) Mark() fyne.Resource {
	name := fmt.Sprintf("mark-%02X%02X%02X.svg", l.Accent.R, l.Accent.G, l.Accent.B)
	svg := bytes.ReplaceAll(read("mark"), []byte("#FFFFFF"), []byte(fmt.Sprintf("#%02X%02X%02X", l.On.R, l.On.G, l.On.B)))
	svg = bytes.ReplaceAll(svg, []byte("#174A8C"), []byte(fmt.Sprintf("#%02X%02X%02X", l.Accent.R, l.Accent.G, l.Accent.B)))
	return fyne.NewStaticResource(name, svg)
}

// Image draws a resource in a square of the given side.
func Image(res fyne.Resource, side float32) *canvas.Raster { return ImageSize(res, side, side) }

// ImageSize draws a resource inside a box, keeping its shape.
func ImageSize(res fyne.Resource, width, height float32) *canvas.Raster {
	r := canvas.NewRaster(Drawn(res))
	r.SetMinSize(fyne.NewSize(width, height))
	return r
}

func read(name string) []byte {
	svg, err := assets.Icons.ReadFile("icons/" + name + ".svg")
	if err != nil {
		panic("ui: there is no icon " + name)
	}
	return svg
}
