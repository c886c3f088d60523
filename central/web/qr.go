package web

import (
	"fmt"
	"html"
	"html/template"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
)

// QuietQR is the white margin that readers need around a QR code, in modules (ISO/IEC 18004).
const QuietQR = 4

// EncodeQR makes a QR code of a text, with medium error correction.
func EncodeQR(text string) (barcode.Barcode, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("draw the QR code: %w", err)
	}
	return code, nil
}

// DarkQR reports whether a module of a QR code is dark.
func DarkQR(code barcode.Barcode, x, y int) bool {
	r, _, _, _ := code.At(x, y).RGBA()
	return r == 0
}

// DrawQR draws a QR code, black on white in every theme, one path of horizontal runs.
func DrawQR(text, label string) (template.HTML, error) {
	code, err := EncodeQR(text)
	if err != nil {
		return "", err
	}
	n := code.Bounds().Dx()
	var path strings.Builder
	for y := range n {
		for x := 0; x < n; x++ {
			run := 0
			for x+run < n && DarkQR(code, x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+QuietQR, y+QuietQR, run, run)
				x += run
			}
		}
	}
	side := n + 2*QuietQR
	//nolint:gosec // numbers, and a label that is escaped
	return template.HTML(fmt.Sprintf(`<svg class="qr" role="img" aria-label="%s" viewBox="0 0 %d %d" shape-rendering="crispEdges"><path d="%s" fill="#000"/></svg>`,
		html.EscapeString(label), side, side, path.String())), nil
}
