package emulator

import (
	"bytes"
	"fmt"
)

// The bytes that begin a command of a receipt printer.
const (
	dle = 0x10
	esc = 0x1B
	gs  = 0x1D
)

// maxPrinterBuffer bounds what a printer that can not print keeps.
const maxPrinterBuffer = 1 << 20

// clearBuffer is DLE DC4 8: throw away what was not printed.
func clearBuffer() []byte { return []byte{dle, 0x14, 8, 1, 3, 20, 1, 6, 2, 8} }

// listen takes what a host sends until the line closes.
func (p *Printer) listen(l *line) {
	buf := make([]byte, 1024)
	for {
		n, err := l.master.Read(buf)
		if err != nil {
			return
		}
		p.mu.Lock()
		var answer []byte
		for _, b := range buf[:n] {
			answer = append(answer, p.receive(b)...)
		}
		p.mu.Unlock()
		if len(answer) == 0 {
			continue
		}
		if _, err := l.master.Write(answer); err != nil {
			return
		}
	}
}

// receive takes one byte and gives what the printer says to it. Commands of real time are obeyed as they arrive, even in the
// middle of a picture, whose data they stay, and even when nothing can be printed.
func (p *Printer) receive(b byte) []byte {
	if len(p.buf) < maxPrinterBuffer {
		p.buf = append(p.buf, b)
	}
	var answer []byte
	switch {
	case len(p.buf) >= 3 && p.buf[len(p.buf)-3] == dle && p.buf[len(p.buf)-2] == 4 && b >= 1 && b <= 4:
		answer = p.status(b)
	case bytes.HasSuffix(p.buf, clearBuffer()):
		p.buf = nil
		answer = []byte{0x37, 0x25, 0}
	}
	answer = append(answer, p.work()...)
	if p.state.Mute {
		return nil
	}
	return answer
}

// status answers DLE EOT n.
func (p *Printer) status(n byte) []byte {
	s, b := p.state, byte(0x12)
	set := func(on bool, bits byte) {
		if on {
			b |= bits
		}
	}
	switch n {
	case 1:
		set(p.stopped(), 0x08)
	case 2:
		set(s.CoverOpen, 0x04)
		set(s.PaperOut, 0x20)
		set(s.CutterJam, 0x40)
	case 3:
		set(s.CutterJam, 0x08)
	case 4:
		set(s.PaperLow || s.PaperOut, 0x0C)
		set(s.PaperOut, 0x60)
	}
	return []byte{b}
}

func (p *Printer) stopped() bool { return p.state.PaperOut || p.state.CoverOpen || p.state.CutterJam }

// work obeys the commands that are whole, as long as it can print, and gives the answers.
func (p *Printer) work() (answer []byte) {
	for len(p.buf) > 0 && !p.stopped() {
		size, obey := p.command()
		if size == 0 || size > len(p.buf) {
			break
		}
		said, done := obey(p.buf[:size])
		if !done {
			break // the paper ended: the command is still to be done
		}
		p.buf = p.buf[size:]
		answer = append(answer, said...)
	}
	return answer
}

type obedience func(command []byte) (answer []byte, done bool)

func silently(do func()) obedience {
	return func([]byte) ([]byte, bool) { do(); return nil, true }
}

// command gives the size of the command at the front, 0 when more bytes are needed to tell, and what it does.
func (p *Printer) command() (int, obedience) {
	nothing := silently(func() {})
	b := p.buf
	switch b[0] {
	case dle:
		switch {
		case len(b) < 2:
			return 0, nil
		case b[1] == 4: // answered when it arrived
			return 3, nothing
		case b[1] == 0x14:
			return 10, nothing
		}
	case esc:
		switch {
		case len(b) < 2:
			return 0, nil
		case b[1] == '@':
			return 2, nothing
		case b[1] == 'd':
			return 3, func(c []byte) ([]byte, bool) { return nil, p.feed(int(c[2]) * 30) }
		case b[1] == 'J':
			return 3, func(c []byte) ([]byte, bool) { return nil, p.feed(int(c[2])) }
		case b[1] == 'a':
			return 3, nothing
		}
	case gs:
		if len(b) < 3 {
			return 0, nil
		}
		return p.gsCommand(b)
	case '\n':
		return 1, func([]byte) ([]byte, bool) { return nil, p.feed(30) }
	default:
		if end := bytes.IndexByte(b, '\n'); b[0] >= 0x20 {
			return end + 1, func(c []byte) ([]byte, bool) { return nil, p.text(string(c[:len(c)-1])) }
		}
	}
	return 1, p.unknown()
}

func (p *Printer) gsCommand(b []byte) (int, obedience) {
	switch b[1] {
	case 'a':
		return 3, silently(func() {})
	case 'r':
		return 3, func([]byte) ([]byte, bool) {
			if p.state.NoReply {
				return nil, true
			}
			if p.state.PaperLow {
				return []byte{3}, true
			}
			return []byte{0}, true
		}
	case 'V':
		size := 3
		if b[2] >= 65 {
			size = 4
		}
		return size, func(c []byte) ([]byte, bool) {
			if len(c) == 4 && !p.feed(int(c[3])) {
				return nil, false
			}
			p.cut()
			return nil, true
		}
	case 'v':
		if len(b) < 8 {
			return 0, nil
		}
		width, height := int(b[4])|int(b[5])<<8, int(b[6])|int(b[7])<<8
		if b[2] == '0' && width > 0 && width <= 128 && height <= 2303 {
			return 8 + width*height, func(c []byte) ([]byte, bool) { return nil, p.raster(width, c[8:]) }
		}
	}
	return 1, p.unknown()
}

func (p *Printer) unknown() obedience {
	return func(c []byte) ([]byte, bool) {
		if len(p.strange) < 100 {
			p.strange = append(p.strange, fmt.Sprintf("%02X", c))
		}
		return nil, true
	}
}
