// Package control drives a running reader emulator by lines of text, one
// command a line, one line back: from a keyboard, or over a Unix socket.
package control

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"ezhitong.tw/drivers/emulator"
)

// Answers of a Console. A failed command is answered by Refused and a reason.
const (
	OK      = "ok"
	Refused = "error: "
)

const help = OK + ` insert [nhi|new|t0] ID NAME YYYY-MM-DD M|F [chip=…] [padding=…] [number=…] [issued=…]; ` +
	`insert foreign|hpc|mute; remove; fault NAME=VALUE; fault none; cut; mend; ` +
	`scan TEXT; printer NAME=VALUE; printer ok; quit; help. ` +
	`指令一行一個；姓名有空白時請加雙引號。One command a line; quote a name that has spaces.`

// Console gives commands to one reader, and to a scanner and a printer if there are some. It may be used from any goroutine.
type Console struct {
	Scanner *emulator.Scanner
	Printer *emulator.Printer

	reader *emulator.Reader
	quit   func()
	mu     sync.Mutex // one fault is changed at a time
}

// New returns a console for r; quit is called by the command quit.
func New(r *emulator.Reader, quit func()) *Console {
	return &Console{reader: r, quit: quit}
}

// Do obeys one line and returns the one-line answer: OK, perhaps with more
// words, or Refused and why.
func (c *Console) Do(line string) string {
	answer, after := c.do(line)
	after()
	return answer
}

// do obeys a line; after is what must wait until the answer is out.
func (c *Console) do(line string) (answer string, after func()) {
	after = func() {}
	words, err := split(line)
	if err == nil && len(words) == 0 {
		err = errors.New("請輸入指令，help 可列出全部。Type a command; help lists them")
	}
	if err == nil {
		answer, err = c.obey(words[0], words[1:])
	}
	if err != nil {
		return Refused + strings.Join(strings.Fields(err.Error()), " "), after
	}
	if words[0] == "quit" {
		after = c.quit
	}
	return answer, after
}

func (c *Console) obey(command string, args []string) (string, error) {
	takes := command == "insert" || command == "fault" || command == "scan" || command == "printer"
	if !takes && len(args) > 0 {
		return "", fmt.Errorf("%s 後面不接其他字。Nothing may follow %s", command, command)
	}
	switch command {
	case "insert":
		card, err := ParseCard(args)
		if err != nil {
			return "", err
		}
		c.reader.Insert(card)
	case "remove":
		c.reader.Remove()
	case "fault":
		return OK, c.fault(args)
	case "scan":
		return OK, c.scan(args)
	case "printer":
		return OK, c.printer(args)
	case "cut":
		return OK, c.reader.Cut()
	case "mend":
		return OK, c.reader.Mend()
	case "quit":
	case "help":
		return help, nil
	default:
		return "", fmt.Errorf("沒有這個指令，help 可列出全部。No command is called %q; help lists them", command)
	}
	return OK, nil
}

// fault changes one fault or, with none, takes all of them away.
func (c *Console) fault(args []string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(args) != 1 {
		return errors.New("寫法：fault 名稱=值，或 fault none。Write fault NAME=VALUE, or fault none")
	}
	if args[0] == "none" {
		return c.reader.SetFaults(emulator.Faults{})
	}
	name, value, ok := strings.Cut(args[0], "=")
	if !ok {
		value = "on"
	}
	f := c.reader.Faults()
	if err := f.Set(name, value); err != nil {
		return err
	}
	return c.reader.SetFaults(f)
}

// scan has the scanner read a code.
func (c *Console) scan(args []string) error {
	switch {
	case c.Scanner == nil:
		return errors.New("沒有掃描器，請加 --scanner。There is no scanner; start with --scanner")
	case len(args) != 1:
		return errors.New("寫法：scan 內容，有空白時請加雙引號。Write scan TEXT; quote a text that has spaces")
	}
	return c.Scanner.Scan(args[0])
}

// printer changes what is wrong with the printer or, with ok, mends all of it.
func (c *Console) printer(args []string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.Printer == nil:
		return errors.New("沒有印表機，請加 --printer。There is no printer; start with --printer")
	case len(args) != 1:
		return errors.New("寫法：printer 名稱=值，或 printer ok。Write printer NAME=VALUE, or printer ok")
	}
	state := emulator.PrinterState{}
	if args[0] != "ok" {
		name, value, ok := strings.Cut(args[0], "=")
		if !ok {
			value = "on"
		}
		state = c.Printer.State()
		if err := state.Set(name, value); err != nil {
			return err
		}
	}
	c.Printer.SetState(state)
	return nil
}

// Run obeys lines from in until it ends, the answers going to out. It ends
// only with in, so a caller that must stop sooner closes that.
func (c *Console) Run(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		answer, after := c.do(lines.Text())
		_, err := fmt.Fprintln(out, answer)
		after()
		if err != nil {
			return fmt.Errorf("answer a command: %w", err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read commands: %w", err)
	}
	return nil
}

// split cuts a line at spaces; double quotes keep a word with spaces together.
func split(line string) ([]string, error) {
	r := csv.NewReader(strings.NewReader(line))
	r.Comma = ' '
	fields, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, errors.New("請檢查雙引號。The quotes do not match")
	}
	words := fields[:0]
	for _, f := range fields {
		if f != "" {
			words = append(words, f)
		}
	}
	return words, nil
}

// Send gives one line to the console listening on socket and waits for its
// answer; a refusal is an error with the console's words.
func Send(ctx context.Context, socket, line string) (string, error) {
	if strings.ContainsAny(line, "\r\n") {
		return "", errors.New("一次一行。One line at a time")
	}
	conn, err := dial(ctx, socket)
	if err != nil {
		return "", fmt.Errorf("沒有讀卡機在 %s，請先執行 cardsim serve。No reader listens there; start cardsim serve first: %w", socket, err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // ends the read below
	defer stop()
	defer func() { _ = conn.Close() }() // nothing is lost: the answer has come
	if _, err := fmt.Fprintln(conn, line); err != nil {
		return "", fmt.Errorf("send a command: %w", err)
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("wait for the answer: %w", errors.Join(ctx.Err(), err))
	}
	answer = strings.TrimSuffix(answer, "\n")
	if reason, refused := strings.CutPrefix(answer, Refused); refused {
		return "", errors.New(reason)
	}
	return answer, nil
}
