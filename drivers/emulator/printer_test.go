package emulator

import (
	"image"
	"slices"
	"testing"
)

// bench is a printer without a line.
func bench(dots int) *Printer {
	p := &Printer{dots: dots, changed: make(chan struct{})}
	p.tear()
	return p
}

// told gives what a printer says to bytes.
func told(p *Printer, b ...byte) (answer []byte) {
	for _, c := range b {
		answer = append(answer, p.receive(c)...)
	}
	return answer
}

func TestThePrinterAnswersEachQuestionOfItsState(t *testing.T) {
	for _, c := range []struct {
		state PrinterState
		want  [4]byte
	}{
		{PrinterState{}, [4]byte{0x12, 0x12, 0x12, 0x12}},
		{PrinterState{PaperLow: true}, [4]byte{0x12, 0x12, 0x12, 0x1E}},
		{PrinterState{PaperOut: true}, [4]byte{0x1A, 0x32, 0x12, 0x7E}},
		{PrinterState{CoverOpen: true}, [4]byte{0x1A, 0x16, 0x12, 0x12}},
		{PrinterState{CutterJam: true}, [4]byte{0x1A, 0x52, 0x1A, 0x12}},
	} {
		p := bench(64)
		p.state = c.state
		for i, want := range c.want {
			if got := told(p, dle, 4, byte(i+1)); !slices.Equal(got, []byte{want}) {
				t.Errorf("%+v, question %d: % X, want %02X", c.state, i+1, got, want)
			}
		}
	}
}

func TestThePrinterDrawsPicturesAndLetters(t *testing.T) {
	p := bench(16)
	told(p, esc, '@', gs, 'v', '0', 0, 2, 0, 2, 0, 0x80, 0x01, 0xFF, 0, esc, 'J', 3, gs, 'V', 66, 1)
	if len(p.slips) != 1 || p.slips[0].Rect != image.Rect(0, 0, 16, 6) {
		t.Fatalf("%v", p.slips)
	}
	for y, row := range []string{"#..............#", "########........", "................"} {
		for x, dot := range row {
			if black := p.slips[0].GrayAt(x, y).Y == 0; black != (dot == '#') {
				t.Errorf("dot %d, %d is %v", x, y, black)
			}
		}
	}
	told(p, []byte("HELLO\n\x1dVA\x00")...)
	if len(p.slips) != 2 || !slices.Contains(p.slips[1].Pix, 0) {
		t.Error("no letters on the second slip")
	}
	if len(p.strange) != 0 {
		t.Errorf("it did not know %q", p.strange)
	}
	told(p, esc, 'Z')
	if len(p.strange) == 0 {
		t.Error("it knows everything")
	}
}

func FuzzPrinter(f *testing.F) {
	f.Add([]byte{esc, '@', gs, 'v', '0', 0, 1, 0, 1, 0, 0xFF, gs, 'V', 66, 1, dle, 4, 1})
	f.Add([]byte("plain\n"))
	f.Add(clearBuffer())
	f.Fuzz(func(t *testing.T, b []byte) {
		p := bench(64)
		told(p, b...)
		if p.rows > longest+8000 || len(p.strange) > 100 || len(p.buf) > len(b) {
			t.Errorf("%d rows, %d strange, %d waiting", p.rows, len(p.strange), len(p.buf))
		}
	})
}
