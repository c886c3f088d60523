// Package escpos is a receipt printer on a serial line that speaks ESC/POS: queue tickets and slips.
//
// A slip is drawn here and sent as a picture, so that every character of Chinese comes out as it looks on the screen, whatever
// code page the printer has. The printer says by DLE EOT what is wrong with it before, while and after it prints.
package escpos

// The rows and columns of a printer of 203 dots an inch.
const (
	Paper80 = 576 // dots in a row on paper of 80 mm
	Paper58 = 384 // on paper of 58 mm
)
