package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"

	"ezhitong.tw/drivers/emulator"
	"ezhitong.tw/drivers/emulator/control"
)

type serve struct {
	Link     string          `placeholder:"PATH" help:"固定的裝置路徑（符號連結）。A symbolic link that always leads to the reader."`
	Control  string          `placeholder:"SOCKET" help:"開一個控制用的 socket。Take commands on this Unix socket as well as on standard input."`
	Card     string          `type:"existingfile" xor:"card" placeholder:"FILE" help:"開始時插著的卡片（JSON 檔）。A card that is in the reader from the start, as a JSON file."`
	Holder   string          `xor:"card" placeholder:"ID,NAME,YYYY-MM-DD,SEX" help:"開始時插著的健保卡。The holder of an NHI card that is in the reader from the start."`
	Firmware string          `help:"讀卡機韌體名稱。The firmware name the reader gives."`
	Script   string          `type:"existingfile" placeholder:"FILE" help:"照腳本插卡與抽卡，每行一個指令，另有 wait 與 repeat。Play a script of card movements: commands, wait 2s, repeat 10."`
	Trace    bool            `help:"在標準輸出印出兩端的位元組，包含卡片內容。Print the bytes of both ends, what is on the card included."`
	Faults   emulator.Faults `embed:"" group:"Faults 模擬異常"`
	Others   others          `embed:"" group:"Scanner and printer 掃描器與印表機"`
}

// Run serves one reader until ctx ends or somebody says quit. The first line
// it prints is the terminal's path.
func (c serve) Run(ctx context.Context, in io.Reader, out io.Writer) (err error) {
	card, err := c.card()
	if err != nil {
		return err
	}
	script, err := c.script()
	if err != nil {
		return err
	}
	out = &lineWriter{to: out}
	ctx, quit := context.WithCancel(ctx)
	defer quit()
	var l net.Listener
	if c.Control != "" {
		if l, err = control.Listen(ctx, c.Control); err != nil {
			return err
		}
		defer func() {
			if e := l.Close(); !errors.Is(e, net.ErrClosed) {
				err = errors.Join(err, e)
			}
		}()
	}
	config := emulator.Config{Link: c.Link, Card: card, Faults: c.Faults, Firmware: c.Firmware}
	if c.Trace {
		config.Watch = func(p emulator.Piece) {
			_, _ = fmt.Fprintln(out, p) // a lost trace line must not stop the reader
		}
	}
	r, err := emulator.Start(context.WithoutCancel(ctx), config)
	if err != nil {
		return fmt.Errorf("模擬讀卡機沒有開成。The reader did not start: %w", err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if _, err := fmt.Fprintln(out, r.Path()); err != nil {
		return fmt.Errorf("print the path: %w", err)
	}
	console := control.New(r, quit)
	finish, err := c.Others.start(ctx, console, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, finish()) }()
	played := make(chan error, 1)
	go func() {
		played <- console.Play(ctx, script)
	}()
	defer func() {
		quit()
		if e := <-played; e != nil && !errors.Is(e, context.Canceled) {
			err = errors.Join(err, e)
		}
	}()
	go func() { _ = console.Run(in, out) }() // standard input may end long before the reader does
	if l != nil {
		return console.Serve(ctx, l)
	}
	<-ctx.Done()
	return nil
}

// script reads the script; none is an empty one.
func (c serve) script() (control.Script, error) {
	if c.Script == "" {
		return control.Script{}, nil
	}
	text, err := os.ReadFile(c.Script)
	if err != nil {
		return control.Script{}, fmt.Errorf("讀不到腳本。The script can not be read: %w", err)
	}
	return control.ParseScript(string(text))
}

func (c serve) card() (emulator.Card, error) {
	switch {
	case c.Holder != "":
		return control.ParseHolder(c.Holder)
	case c.Card != "":
		text, err := os.ReadFile(c.Card)
		if err != nil {
			return emulator.Card{}, fmt.Errorf("讀不到卡片檔。The card file can not be read: %w", err)
		}
		return control.ParseFile(text)
	}
	return emulator.Card{}, nil
}

// lineWriter lets the console and the trace print whole lines side by side.
type lineWriter struct {
	mu sync.Mutex
	to io.Writer
}

func (w *lineWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(b)
}
