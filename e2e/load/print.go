package load

import (
	"fmt"
	"io"
	"sync"
)

// Printer writes lines for people.
type Printer struct {
	mu  sync.Mutex
	out io.Writer
}

// NewPrinter writes to out.
func NewPrinter(out io.Writer) *Printer { return &Printer{out: out} }

// Line writes one line.
func (p *Printer) Line(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.out, format+"\n", args...)
}
