package town

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"ezhitong.tw/clinic"
)

// Start starts everything afresh: central, cable, readers, and both devices,
// enrolled.
func (t *Town) Start(ctx context.Context) error {
	if err := t.StartCentral(ctx); err != nil {
		return err
	}
	if err := t.AddStaff(ctx); err != nil {
		return err
	}
	if err := t.LayCable(); err != nil {
		return err
	}
	for _, d := range []struct{ name, label string }{{"desk", "櫃檯"}, {"kiosk", "報到機"}} {
		if err := t.Enrol(ctx, d.name, d.label); err != nil {
			return err
		}
	}
	t.Desk, t.Kiosk = t.programs["desk"], t.programs["kiosk"]
	return nil
}

// Enrol starts a device of a name that begins with desk or kiosk, with a reader of its own,
// and has it let in.
func (t *Town) Enrol(ctx context.Context, device, label string) error {
	if err := t.StartReader(ctx, device); err != nil {
		return err
	}
	role := strings.TrimRight(device, "0123456789")
	code, err := t.Code(ctx, role, label)
	if err != nil {
		return err
	}
	if err := t.Open(ctx, device, code); err != nil {
		return err
	}
	p := t.programs[device]
	if err := t.Approve(ctx, p); err != nil {
		return err
	}
	_, err = p.Expect(ctx, 0, synced, "standing", "state=live")
	return err
}

// Run starts everything and obeys what is typed, until the context ends or the
// person quits.
func (t *Town) Run(ctx context.Context, typed io.Reader) error {
	if err := t.Start(ctx); err != nil {
		return err
	}
	t.welcome(ctx)
	lines := make(chan string)
	go func() {
		defer close(lines)
		in := bufio.NewScanner(typed)
		for in.Scan() {
			select {
			case lines <- in.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case line, open := <-lines:
			if !open {
				<-ctx.Done() // nobody types: run until stopped
				return nil
			}
			switch err := t.obey(ctx, strings.Fields(line)); {
			case errors.Is(err, errQuit):
				return nil
			case err != nil:
				t.say("  %v", err)
			}
		}
	}
}

func (t *Town) say(format string, args ...any) { _, _ = fmt.Fprintf(t.Out, format+"\n", args...) }

func (t *Town) welcome(ctx context.Context) {
	t.say("")
	t.say("疫苗E指通 執行中 / E-Zhitong is running")
	t.say("  民眾預約 / citizens    %s", t.Address)
	t.say("  後台 / staff           %s/staff   帳號 account %s   密碼 password %s", t.Address, t.Login.Account, t.Login.Password)
	t.say("  接種站 / site          %s", t.Site.Name+"，"+t.Site.Address)
	t.say("  資料與紀錄 / data, log %s", t.Dir)
	for _, name := range []string{"desk", "kiosk"} {
		if d := t.screens[name]; d != nil && d.own {
			if path, err := t.Picture(ctx, d, name); err == nil {
				t.say("  沒有螢幕，%s 的畫面 / no display; picture of the %s: %s", deviceName(name), name, path)
			}
		}
	}
	t.help()
}

func (t *Town) help() {
	t.say("")
	t.say("可以輸入 / you can type:")
	t.say("  card 1            把 1 號的健保卡插進櫃檯的讀卡機（card 1 kiosk 插進報到機）/ insert card 1 at the desk (or kiosk)")
	t.say("  remove            抽出卡片 / take the card out (remove kiosk)")
	t.say("  cut, mend         拔掉網路線、插回去 / pull the network cable, plug it back")
	t.say("  day 2026-12-01    把所有時鐘調到那天早上 9:00（day +1、day today）/ move every clock to 9:00 that day")
	t.say("  picture           拍下畫面 / take screenshots (where there is no display)")
	t.say("  quit              結束 / stop everything (or Ctrl-C)")
	t.say("卡片 / cards:")
	for i, p := range t.people {
		t.say("  %2d  %s  %s  %s", i+1, p.ID, p.Birth, p.Name)
	}
}

func deviceName(name string) string {
	if name == "kiosk" {
		return "報到機"
	}
	return "櫃檯"
}

var errQuit = errors.New("quit")

func (t *Town) obey(ctx context.Context, words []string) error {
	if len(words) == 0 {
		return nil
	}
	device := "desk"
	if slices.Contains(words[1:], "kiosk") {
		device = "kiosk"
	}
	switch words[0] {
	case "card":
		if len(words) < 2 {
			return errors.New("哪一張卡？例如 card 1 / which card? card 1")
		}
		people := t.people
		n, err := strconv.Atoi(words[1])
		if err != nil || n < 1 || n > len(people) {
			return fmt.Errorf("卡片是 1 到 %d 號 / cards are numbered 1 to %d", len(people), len(people))
		}
		return t.InsertCard(ctx, device, people[n-1])
	case "remove":
		return t.RemoveCard(ctx, device)
	case "cut":
		t.Cable.Cut()
		t.say("  網路線已拔掉，院所照常報到 / the cable is out; the clinic works on")
	case "mend":
		t.say("  網路線已插回 / the cable is in again")
		return t.Cable.Mend()
	case "day":
		return t.moveDay(words[1:])
	case "picture":
		for name, d := range t.screens {
			path, err := t.Picture(ctx, d, name)
			if err != nil {
				return err
			}
			t.say("  %s", path)
		}
	case "quit", "exit":
		return errQuit
	default:
		t.help()
	}
	return nil
}

func (t *Town) moveDay(words []string) error {
	if len(words) != 1 {
		return errors.New("哪一天？例如 day +1 / which day? day +1")
	}
	today := clinic.DateOf(now())
	if words[0] == "today" {
		return t.SetClock(0)
	}
	if n, err := strconv.Atoi(words[0]); err == nil {
		return t.MoveTo(today.AddDays(n), 9*60)
	}
	day, err := clinic.ParseDate(words[0])
	if err != nil {
		return fmt.Errorf("日期請寫 2026-12-01 / write the date as 2026-12-01: %w", err)
	}
	return t.MoveTo(day, 9*60)
}
