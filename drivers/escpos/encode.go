package escpos

import "image"

// band is how many rows one picture command carries: little printers hold no more.
const band = 128

// begin resets the printer and turns off the status it would send by itself.
func begin() []byte { return []byte{0x1B, '@', 0x1D, 'a', 0} }

// end feeds the slip out and cuts it, all but a point.
func end() []byte { return []byte{0x1D, 'V', 66, 24} }

// raster writes a picture as GS v 0 commands, and as feeds where it is white, which spares the line much. What is darker than
// the middle is a dot.
func raster(img *image.Gray) (out []byte) {
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; {
		white := 0
		for y+white < b.Max.Y && white < 255 && right(img, y+white) == 0 {
			white++
		}
		if white > 0 {
			out = append(out, 0x1B, 'J', byte(white))
			y += white
			continue
		}
		rows, width := 0, 0
		for rows < band && y+rows < b.Max.Y {
			dots := right(img, y+rows)
			if dots == 0 {
				break
			}
			width = max(width, (dots+7)/8)
			rows++
		}
		out = append(out, 0x1D, 'v', '0', 0, byte(width), byte(width>>8), byte(rows), byte(rows>>8))
		for range rows {
			row := make([]byte, width)
			for x := range min(width*8, b.Dx()) {
				if black(img, x, y) {
					row[x/8] |= 0x80 >> (x % 8)
				}
			}
			out = append(out, row...)
			y++
		}
	}
	return out
}

func black(img *image.Gray, x, y int) bool { return img.GrayAt(img.Rect.Min.X+x, y).Y < 128 }

// right is one more than the last dot of a row, 0 for a white one.
func right(img *image.Gray, y int) int {
	for x := img.Rect.Dx(); x > 0; x-- {
		if black(img, x-1, y) {
			return x
		}
	}
	return 0
}
