package emulator

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// Set changes one state by its name, as command lines and scripts write it.
func (s *PrinterState) Set(name, value string) error { return setByName(s, name, value) }

// PrinterState is what is wrong with a printer; the zero value is a sound one with paper.
type PrinterState struct {
	PaperOut  bool `name:"paper-out"`
	PaperLow  bool `name:"paper-low"`
	CoverOpen bool `name:"cover-open"`
	CutterJam bool `name:"cutter-jam"`
	Mute      bool `name:"mute"`             // answers nothing
	NoReply   bool `name:"no-reply"`         // does not know GS r, as some printers do not
	Rows      int  `name:"paper-ends-after"` // the paper ends after so many dot rows more; 0 never
}

// PrinterConfig is how an emulated printer starts.
type PrinterConfig struct {
	Link  string // a symbolic link that always leads to the current line
	Dots  int    // dots in a row; 0 means 576, paper of 80 mm
	State PrinterState
}

// Printer is an ESC/POS receipt printer on a pseudo terminal. It draws what it prints.
type Printer struct {
	*port
	dots int

	mu      sync.Mutex
	state   PrinterState
	buf     []byte // received, not printed yet
	paper   *image.Gray
	rows    int // printed on paper so far
	slips   []*image.Gray
	strange []string
	changed chan struct{} // closed and made anew at every slip
}

// StartPrinter opens a pseudo terminal with a printer at its end.
func StartPrinter(ctx context.Context, c PrinterConfig) (*Printer, error) {
	if c.Dots == 0 {
		c.Dots = 576
	}
	p := &Printer{dots: c.Dots, state: c.State, changed: make(chan struct{})}
	p.tear()
	var err error
	p.port, err = newPort(ctx, c.Link, p.listen)
	return p, err
}

// SetState changes what is wrong; with paper in and the cover shut it prints on.
func (p *Printer) SetState(s PrinterState) {
	p.mu.Lock()
	p.state = s
	answer := p.work()
	p.mu.Unlock()
	_ = p.write(answer) // a host that has gone hears nothing
}

// State is what is wrong now.
func (p *Printer) State() PrinterState {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

// Slips are the pieces of paper that were cut off, the first one first. It keeps the last 100; older ones are nil.
func (p *Printer) Slips() []*image.Gray {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]*image.Gray(nil), p.slips...)
}

// Await waits until n slips were cut off.
func (p *Printer) Await(ctx context.Context, n int) error {
	for {
		p.mu.Lock()
		have, changed := len(p.slips), p.changed
		p.mu.Unlock()
		if have >= n {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%d slips of %d: %w", have, n, ctx.Err())
		}
	}
}

// Strange lists what the printer was sent and did not know.
func (p *Printer) Strange() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.strange...)
}

// tear begins a new piece of paper.
func (p *Printer) tear() {
	p.paper, p.rows = image.NewGray(image.Rect(0, 0, p.dots, 0)), 0
}

// longest is how many rows a slip may have before the printer tears it off by itself: a program that never cuts must not fill
// the memory.
const longest = 20000

// kept is how many slips the printer remembers; older ones are nil.
const kept = 100

// feed moves the paper by so many rows and says whether there was enough of it.
func (p *Printer) feed(rows int) bool {
	if p.state.Rows > 0 && rows >= p.state.Rows {
		p.state.Rows, p.state.PaperOut = 0, true
		return false
	}
	if p.state.Rows > 0 {
		p.state.Rows -= rows
	}
	if p.rows > longest {
		p.cut()
	}
	p.rows += rows
	if p.rows > p.paper.Rect.Dy() {
		longer := image.NewGray(image.Rect(0, 0, p.dots, p.rows*2))
		draw.Draw(longer, longer.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(longer, p.paper.Rect, p.paper, image.Point{}, draw.Src)
		p.paper = longer
	}
	return true
}

// cut takes off what was printed.
func (p *Printer) cut() {
	slip, _ := p.paper.SubImage(image.Rect(0, 0, p.dots, p.rows)).(*image.Gray)
	if p.slips = append(p.slips, slip); len(p.slips) > kept {
		p.slips[len(p.slips)-kept-1] = nil
	}
	p.tear()
	close(p.changed)
	p.changed = make(chan struct{})
}

// raster prints rows of dots, eight in a byte.
func (p *Printer) raster(width int, data []byte) bool {
	height := len(data) / width
	if !p.feed(height) {
		return false
	}
	top := p.rows - height
	for y := range height {
		for x := range min(width*8, p.dots) {
			if data[y*width+x/8]>>(7-x%8)&1 == 1 {
				p.paper.SetGray(x, top+y, color.Gray{})
			}
		}
	}
	return true
}

// text prints a line of plain letters, for programs that send some.
func (p *Printer) text(line string) bool {
	if !p.feed(24) {
		return false
	}
	top := p.rows - 24
	d := font.Drawer{Dst: p.paper, Src: image.Black, Face: basicfont.Face7x13, Dot: fixed.P(0, top+16)}
	d.DrawString(line)
	return true
}
