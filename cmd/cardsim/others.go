package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"io"
	"os"
	"path/filepath"

	"ezhitong.tw/drivers/emulator"
	"ezhitong.tw/drivers/emulator/control"
)

// others are what may stand beside the card reader.
type others struct {
	Scanner string `placeholder:"PATH" help:"另開一台模擬條碼掃描器，scan 指令讓它掃描。Also a code scanner at this symbolic link; the command scan has it read."`
	Prefix  string `name:"scanner-prefix" help:"掃描器加在前面的字。What the scanner writes before a code."`
	Suffix  string `name:"scanner-suffix" help:"掃描器加在後面的字，預設為 CR。What it writes after a code; CR unless told."`
	Printer string `placeholder:"PATH" help:"另開一台模擬 ESC/POS 印表機。Also an ESC/POS printer at this symbolic link."`
	Dots    int    `name:"printer-dots" default:"576" help:"印表機每列點數，576 或 384。Dots in a row of the printer."`
	Slips   string `type:"existingdir" placeholder:"FOLDER" help:"印出的每一張存成 PNG 的資料夾。Folder where every printed slip is kept as a PNG."`
}

// start starts what was asked for; finish takes it away again.
func (o others) start(ctx context.Context, console *control.Console, out io.Writer) (finish func() error, err error) {
	var ends []func() error
	finish = func() (err error) {
		for _, end := range ends {
			err = errors.Join(err, end())
		}
		return err
	}
	if o.Scanner != "" {
		s, err := emulator.StartScanner(context.WithoutCancel(ctx), emulator.ScannerConfig{Link: o.Scanner, Prefix: o.Prefix, Suffix: o.Suffix})
		if err != nil {
			return nil, fmt.Errorf("模擬掃描器沒有開成。The scanner did not start: %w", err)
		}
		console.Scanner = s
		ends = append(ends, s.Close)
	}
	if o.Printer == "" {
		return finish, nil
	}
	p, err := emulator.StartPrinter(context.WithoutCancel(ctx), emulator.PrinterConfig{Link: o.Printer, Dots: o.Dots})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("模擬印表機沒有開成。The printer did not start: %w", err), finish())
	}
	console.Printer = p
	ends = append(ends, p.Close)
	if o.Slips == "" {
		return finish, nil
	}
	ctx, stop := context.WithCancel(ctx)
	kept := make(chan error, 1)
	go func() { kept <- o.keep(ctx, p, out) }()
	ends = append(ends, func() error {
		stop()
		return <-kept
	})
	return finish, nil
}

// keep writes every slip that comes out into the folder, until ctx ends.
func (o others) keep(ctx context.Context, p *emulator.Printer, out io.Writer) error {
	for n := 1; p.Await(ctx, n) == nil; n++ {
		slip := p.Slips()[n-1]
		if slip == nil || slip.Rect.Empty() {
			continue // longer ago than the printer remembers, or nothing but a cut
		}
		var file bytes.Buffer
		if err := png.Encode(&file, slip); err != nil {
			return fmt.Errorf("draw a slip: %w", err)
		}
		name := filepath.Join(o.Slips, fmt.Sprintf("slip-%03d.png", n))
		if err := os.WriteFile(name, file.Bytes(), 0o600); err != nil {
			return fmt.Errorf("keep a slip: %w", err)
		}
		if _, err := fmt.Fprintln(out, "slip", name); err != nil {
			return fmt.Errorf("tell of a slip: %w", err)
		}
	}
	return nil
}
