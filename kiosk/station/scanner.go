package station

import (
	"errors"
	"strconv"

	"ezhitong.tw/drivers/scanner"
)

// ScannerLine is how a scanner on a serial line writes, in the words of kong.
type ScannerLine struct {
	Baud   int   `enum:"1200,2400,4800,9600,19200,38400,57600,115200" default:"9600" help:"掃描器的鮑率。Speed of its line: ${enum}."`
	Prefix Marks `placeholder:"TEXT" help:"掃描器加在每個條碼前面的字；控制字元寫成 \\x02。What it writes before every code; control characters as \\x02."`
	Suffix Marks `placeholder:"TEXT" help:"掃描器加在每個條碼後面的字；省略時為 CR、LF 或兩者。What it writes after every code; CR, LF or both unless told."`
}

// Marks are the characters around a code. On a command line control characters are written as in Go: \x02, \r, \t.
type Marks string

// UnmarshalText reads marks as they are written on a command line.
func (m *Marks) UnmarshalText(b []byte) error {
	text, err := strconv.Unquote(`"` + string(b) + `"`)
	if err != nil {
		return errors.New(`控制字元請寫成 \x02、\r、\t，反斜線寫成 \\，雙引號寫成 \"。Write control characters as \x02, \r, \t, a backslash as \\, a quotation mark as \"`)
	}
	*m = Marks(text)
	return nil
}

func (f Flags) scanner() scanner.Config {
	return scanner.Config{
		Port: f.Scanner, Baud: f.ScannerLine.Baud, Prefix: string(f.ScannerLine.Prefix), Suffix: string(f.ScannerLine.Suffix),
	}
}
