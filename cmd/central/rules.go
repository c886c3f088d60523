package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"ezhitong.tw/central/console"
	"ezhitong.tw/central/rules"
)

// rulesCommands are those about programme files; docs/rules.md is their manual.
type rulesCommands struct {
	Check rulesCheckCommand `cmd:"" help:"檢查疫苗計畫檔，逐行說明要改什麼 / check programme files and say by line what to change"`
}

type programmeCommands struct {
	Add programmeAddCommand `cmd:"" help:"把檢查過的疫苗計畫裝進執行中的伺服器 / check a programme file and install it into the running server"`
}

type rulesCheckCommand struct {
	Files []string `arg:"" name:"file" help:"疫苗計畫檔，一起檢查 / programme files, checked together"`
}

// Run says one line when all files are good, else everything to change.
func (c *rulesCheckCommand) Run() error { return checkRules(os.Stdout, c.Files) }

func checkRules(out io.Writer, paths []string) error {
	var files []rules.File
	for _, path := range paths {
		f, err := readRules(path)
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	programmes, findings := rules.Check(files...)
	if len(findings) > 0 {
		return tell(out, findings)
	}
	var codes []string
	for _, p := range programmes {
		codes = append(codes, p.Code)
	}
	fmt.Fprintf(out, "可以使用 / good: %s\n", strings.Join(codes, ", "))
	return nil
}

// readRules reads a file, but not more of it than tells that it is too long.
func readRules(path string) (f rules.File, err error) {
	file, err := os.Open(path)
	if err != nil {
		return rules.File{}, fmt.Errorf("讀不到檔案 / can't read the file: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	data, err := io.ReadAll(io.LimitReader(file, rules.MaxBytes+1))
	if err != nil {
		return rules.File{}, fmt.Errorf("讀不到檔案 / can't read the file: %w", err)
	}
	return rules.File{Name: path, Data: data}, nil
}

// tell prints findings, one a line; its error counts them.
func tell(out io.Writer, findings []rules.Finding) error {
	for _, f := range findings {
		fmt.Fprintln(out, f.Error())
	}
	return fmt.Errorf("有 %d 處要改 / %d things to change", len(findings), len(findings))
}

type programmeAddCommand struct {
	File string `arg:"" help:"疫苗計畫檔 / programme file"`
}

// Run installs the file and says what comes next.
func (c *programmeAddCommand) Run(ctx context.Context, opt *options) error {
	return addProgramme(ctx, os.Stdout, opt.Data, c.File)
}

func addProgramme(ctx context.Context, out io.Writer, data, path string) error {
	f, err := readRules(path)
	if err != nil {
		return err
	}
	if _, findings := rules.Check(f); len(findings) > 0 {
		return tell(out, findings)
	}
	answer, err := console.AddProgramme(ctx, data, f)
	switch {
	case err != nil:
		return err
	case len(answer.Findings) > 0:
		return tell(out, answer.Findings)
	case !answer.Changed:
		fmt.Fprintf(out, "%s 已經是這樣，沒有更動 / is like this already, nothing was changed\n", answer.Code)
	default:
		fmt.Fprintf(out, "%s 已加入。接著請在後台開期別、匯入量能 / is installed. Next, open a period and import capacity in the staff pages\n", answer.Code)
	}
	return nil
}
