// Package rules reads programme files and says what is wrong with them, by line, in zh-TW and English.
//
// A programme file is the JSON of one clinic.Programme. docs/rules.md tells what each field does. What Check lets pass
// can be booked by: every text is there, every code is one of a kind, and somebody can have every dose.
package rules

import (
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"

	"ezhitong.tw/clinic"
)

// MaxBytes is the size of the longest file that is read; the city's longest has 6,000.
const MaxBytes = 256 << 10

// mostFindings is how much is said about one file: nobody reads more at a time.
const mostFindings = 200

// File is a programme file; Name is only shown.
type File struct {
	Name string
	Data []byte
}

// Finding is one thing that is wrong with a file, and what to do about it. It is an error.
type Finding struct {
	File    string
	Line    int // from 1
	Column  int // from 1, in characters
	Chinese string
	English string
}

// Error gives file:line:column and the words in both languages.
func (f Finding) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s / %s", f.File, f.Line, f.Column, f.Chinese, f.English)
}

// Check reads files that are to be installed together. It gives their programmes, in order, or everything that is
// wrong, in the order of the files and their lines.
func Check(files ...File) ([]clinic.Programme, []Finding) {
	var (
		programmes []clinic.Programme
		findings   []Finding
	)
	all := seen{programmes: make(map[string]place), vaccines: make(map[string]place)}
	for _, f := range files {
		c := checker{file: f, starts: lineStarts(f.Data), seen: all}
		p := c.read()
		slices.SortStableFunc(c.findings, func(a, b Finding) int {
			if a.Line != b.Line {
				return a.Line - b.Line
			}
			return a.Column - b.Column
		})
		programmes, findings = append(programmes, p), append(findings, c.findings...)
	}
	if len(findings) > 0 {
		return nil, findings
	}
	return programmes, nil
}

// place is where something stands.
type place struct {
	file string
	line int
}

// seen is what there can be only one of in all files.
type seen struct{ programmes, vaccines map[string]place }

// checker goes through one file.
type checker struct {
	file     File
	starts   []int // of its lines
	seen     seen
	findings []Finding
}

// read gives the programme of a file, which counts only when nothing was found.
func (c *checker) read() clinic.Programme {
	var p clinic.Programme
	root := c.parse()
	if root == nil {
		return p
	}
	c.programme(root)
	if len(c.findings) > 0 {
		return p
	}
	if err := json.Unmarshal(c.file.Data, &p); err != nil {
		c.say(root.at, "這個檔案讀不出疫苗計畫：%v", "no programme can be read from this file: %v", err)
	}
	return p
}

// say notes what is wrong at an offset. Both texts take the same arguments.
func (c *checker) say(at int, chinese, english string, args ...any) {
	switch {
	case c.full():
		return
	case len(c.findings) == mostFindings-1:
		chinese, english, args = "後面還有，請先改前面這些", "there is more: change these first", nil
	}
	line := c.line(at)
	column := 1 + utf8.RuneCount(c.file.Data[c.starts[line-1]:at])
	c.findings = append(c.findings, Finding{
		File: c.file.Name, Line: line, Column: column, Chinese: fmt.Sprintf(chinese, args...), English: fmt.Sprintf(english, args...),
	})
}

// full reports whether enough was said.
func (c *checker) full() bool { return len(c.findings) >= mostFindings }

// line gives the line, from 1, that an offset lies in.
func (c *checker) line(at int) int {
	line, begins := slices.BinarySearch(c.starts, at)
	if begins {
		line++
	}
	return line
}

// first reports whether something is met for the first time; where it was met before otherwise.
func (c *checker) first(known map[string]place, code string, at int) (place, bool) {
	if p, ok := known[code]; ok {
		return p, false
	}
	known[code] = place{c.file.Name, c.line(at)}
	return place{}, true
}
