package control

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ezhitong.tw/drivers/pause"
)

// Script is a run of commands with pauses between them, a line each:
//
//	# a patient, and the next one
//	insert A123456789 王小明 1961-06-15 M
//	wait 3s
//	remove
//	wait 500ms
//	repeat 10
//
// wait lets time pass; repeat, the last line, runs everything again, so many times in all, or for ever without a number. All
// other lines are a Console's. The zero Script is empty.
type Script struct {
	steps   []step
	times   int
	forever bool
}

type step struct {
	number int // of its line
	line   string
	wait   time.Duration
}

// ParseScript reads a script. What a line says to the console is judged only when it runs.
func ParseScript(text string) (Script, error) {
	s := Script{times: 1}
	number, over := 0, false
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if over {
			return Script{}, fmt.Errorf("第 %d 行：repeat 之後不能再有指令。Line %d: nothing may follow repeat", number, number)
		}
		word, rest, _ := strings.Cut(line, " ")
		rest = strings.TrimSpace(rest)
		next := step{number: number, line: line}
		switch word {
		case "wait":
			d, err := time.ParseDuration(rest)
			if err != nil || d <= 0 {
				return Script{}, fmt.Errorf("第 %d 行：時間寫成 2s 或 300ms。Line %d: a time is written 2s or 300ms", number, number)
			}
			next = step{number: number, wait: d}
		case "repeat":
			n, err := strconv.Atoi(rest)
			if rest != "" && (err != nil || n < 1) {
				return Script{}, fmt.Errorf("第 %d 行：次數要從 1 起。Line %d: a count begins at 1", number, number)
			}
			s.times, s.forever, over = n, rest == "", true
			continue
		}
		s.steps = append(s.steps, next)
	}
	if s.forever && !s.pauses() {
		return Script{}, errors.New("一直重複的腳本要有 wait。A script that repeats for ever needs a wait")
	}
	return s, nil
}

func (s Script) pauses() bool {
	for _, st := range s.steps {
		if st.wait > 0 {
			return true
		}
	}
	return false
}

// Play runs a script to its end or until ctx ends. A command that is refused ends it, with the number of its line.
func (c *Console) Play(ctx context.Context, s Script) error {
	for round := 0; s.forever || round < s.times; round++ {
		for _, st := range s.steps {
			if err := c.play(ctx, st); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Console) play(ctx context.Context, st step) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if st.wait > 0 {
		return pause.For(ctx, st.wait)
	}
	if reason, refused := strings.CutPrefix(c.Do(st.line), Refused); refused {
		return fmt.Errorf("第 %d 行：%s / line %d", st.number, reason, st.number)
	}
	return nil
}
