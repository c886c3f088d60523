// Command cardsim is a card reader without the reader: it serves an emulated
// GemPC Twin with an NHI card on a pseudo terminal, so that the clinic's
// programs can be shown and tried on any machine. 模擬健保卡讀卡機。
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"ezhitong.tw/drivers/emulator/control"
)

type commands struct {
	Serve  serve  `cmd:"" help:"開一台模擬讀卡機。Serve one emulated reader until it is told to quit."`
	Insert insert `cmd:"" help:"插入卡片。Insert a card into a running reader."`
	Remove remove `cmd:"" help:"抽出卡片。Take the card out."`
	Tell   tell   `cmd:"" help:"送一行指令給模擬讀卡機。Send one line to a running reader, such as 'fault delay=2s', 'cut', 'mend', 'help'."`
}

type socket struct {
	Control string `required:"" placeholder:"SOCKET" help:"控制用的 socket。The control socket of the running reader."`
}

type insert struct {
	socket
	Kind    string `enum:"nhi,new,t0,foreign,hpc,mute" default:"nhi" help:"卡片種類。Kind of card: ${enum}."`
	ID      string `name:"id" help:"身分證號或居留證號。National ID or resident certificate number."`
	Name    string `help:"姓名。Name."`
	Birth   string `placeholder:"YYYY-MM-DD" help:"西元出生日期。Date of birth."`
	Sex     string `placeholder:"M|F" help:"性別。Sex."`
	Number  string `help:"卡號十二碼，省略時由號碼產生。Card number, 12 digits; made from the ID if left out."`
	Issued  string `placeholder:"YYYY-MM-DD" help:"發卡日期。Date of issue."`
	Chip    string `help:"晶片。Chip: thcc10-n2 thcc10-n1 jcop21 c821 slj52-r slj52 jcop4."`
	Padding string `help:"姓名補字。Padding of the name: nul space full-width."`
}

func (c insert) Run(ctx context.Context, out io.Writer) error {
	p := control.Person{
		Kind: c.Kind, ID: c.ID, Name: c.Name, Birth: c.Birth, Sex: c.Sex,
		Number: c.Number, Issued: c.Issued, Chip: c.Chip, Padding: c.Padding,
	}
	if _, err := p.Card(); err != nil {
		return err
	}
	return c.send(ctx, out, p.Line())
}

type remove struct{ socket }

func (c remove) Run(ctx context.Context, out io.Writer) error { return c.send(ctx, out, "remove") }

type tell struct {
	socket
	Line string `arg:"" help:"指令。The line."`
}

func (c tell) Run(ctx context.Context, out io.Writer) error { return c.send(ctx, out, c.Line) }

func (s socket) send(ctx context.Context, out io.Writer, line string) error {
	answer, err := control.Send(ctx, s.Control, line)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, answer)
	return err
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "cardsim:", err)
		os.Exit(1)
	}
}

// run does what the command line args say; help and parse errors go through
// kong, which ends the process after --help.
func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	var c commands
	parser, err := kong.New(&c,
		kong.Name("cardsim"),
		kong.Description("模擬健保卡讀卡機。An emulated NHI card reader on a pseudo terminal. Every person on its cards is invented."),
		kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.BindTo(in, (*io.Reader)(nil)),
		kong.BindTo(out, (*io.Writer)(nil)))
	if err != nil {
		return fmt.Errorf("set up the command line: %w", err)
	}
	what, err := parser.Parse(args)
	if err != nil {
		return err
	}
	return what.Run()
}
