package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

var (
	errSurvived = errors.New("a planted bug was not caught")
	errEndless  = fmt.Errorf("it goes in circles: not caught within %s", patience)
)

// patience is how long a bug may take to be caught.
const patience = 10 * time.Minute

type mutantsCommand struct {
	Root  string `help:"原始碼的資料夾 / folder of the source" default:"." type:"existingdir"`
	Seeds int    `help:"每個錯誤最多幾座城 / at most so many worlds for each bug" default:"150"`
	Only  string `help:"只放名稱裡有這段文字的 / only those whose name holds this text"`
}

// Run plants one bug after the other. It fails when one survives, and when the text
// that a bug takes the place of is no longer there.
func (c *mutantsCommand) Run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "ezhitong-mutants-*")
	if err != nil {
		return fmt.Errorf("make a folder for the mutants: %w", err)
	}
	var wrong []error
	planted := 0
	for _, m := range mutants() {
		if !strings.Contains(m.name, c.Only) || ctx.Err() != nil {
			continue
		}
		planted++
		began := time.Now()
		said, err := c.plant(ctx, dir, m)
		fmt.Printf("%-75s %5.1fs  %s\n", m.name, time.Since(began).Seconds(), said)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", m.name, err))
		}
	}
	fmt.Printf("放了 %d 個錯誤，抓到 %d 個 / planted, caught\n", planted, planted-len(wrong))
	return errors.Join(append(wrong, context.Cause(ctx), os.RemoveAll(dir))...)
}

// plant builds a simulator with a bug in it, runs it until the bug is caught, and
// tells which promise it broke.
func (c *mutantsCommand) plant(ctx context.Context, dir string, m mutant) (string, error) {
	overlay, err := m.overlay(c.Root, dir)
	if err != nil {
		return "", err
	}
	program := filepath.Join(dir, "sim")
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-overlay", overlay, "-o", program, "./e2e/sim")
	build.Dir = c.Root
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, said)
	}
	arguments := []string{"run", "--quiet", "--seeds", strconv.Itoa(c.Seeds)}
	if m.with != "" {
		arguments = append(arguments, "--with", m.with)
	}
	within, stop := context.WithTimeoutCause(ctx, patience, errEndless)
	defer stop()
	said, err := exec.CommandContext(within, program, arguments...).CombinedOutput()
	if err == nil {
		return "", errSurvived
	}
	if cause := context.Cause(within); cause != nil {
		return "", cause
	}
	_, promise, ok := bytes.Cut(said, []byte(errBroken.Error()+": "))
	if !ok {
		return "", fmt.Errorf("it fell over instead of being caught: %w\n%s", err, said)
	}
	promise, _, _ = bytes.Cut(promise, []byte("\n"))
	return string(promise), nil
}

// overlay writes the changed files and what tells the compiler of it.
func (m mutant) overlay(root, dir string) (string, error) {
	replace := make(map[string]string)
	for i, e := range m.edits() {
		path, err := filepath.Abs(filepath.Join(root, e.file))
		if err != nil {
			return "", err
		}
		text, err := e.apply(path)
		if err != nil {
			return "", err
		}
		replace[path] = filepath.Join(dir, fmt.Sprintf("changed%d.go", i))
		if err := os.WriteFile(replace[path], text, 0o600); err != nil {
			return "", err
		}
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, list, 0o600)
}

// apply gives a file's text with the bug in it.
func (e edit) apply(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if n := bytes.Count(text, []byte(e.old)); n != 1 {
		return nil, fmt.Errorf("%s holds the text to change %d times, not once", e.file, n)
	}
	return bytes.Replace(text, []byte(e.old), []byte(e.new), 1), nil
}
