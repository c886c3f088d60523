package sqldb

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"strconv"
	"strings"
)

// InOrder checks that a statement's $1, $2, … first appear in that order. The
// SQLite driver binds by order of appearance, PostgreSQL by number: only in
// this order do both mean the same.
func InOrder(statement string) error {
	highest := 0
	for i := 0; i < len(statement); i++ {
		if statement[i] != '$' {
			continue
		}
		end := i + 1
		for end < len(statement) && statement[end] >= '0' && statement[end] <= '9' {
			end++
		}
		if end == i+1 {
			continue
		}
		n, err := strconv.Atoi(statement[i+1 : end])
		if err != nil {
			return fmt.Errorf("read %s: %w", statement[i:end], err)
		}
		if n > highest+1 || n == 0 {
			return fmt.Errorf("$%d comes before $%d in: %s", n, highest+1, strings.Join(strings.Fields(statement), " "))
		}
		highest = max(highest, n)
		i = end - 1
	}
	return nil
}

// CheckFolder applies InOrder to every string literal of the Go files directly
// in a folder and gives the faults with their positions, and how many literals
// with a $n it saw.
func CheckFolder(folder fs.FS) (faults []error, seen int, err error) {
	names, err := fs.Glob(folder, "*.go")
	if err != nil {
		return nil, 0, fmt.Errorf("list Go files: %w", err)
	}
	for _, name := range names {
		source, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, seen, fmt.Errorf("read %s: %w", name, err)
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, source, 0)
		if err != nil {
			return nil, seen, fmt.Errorf("parse %s: %w", name, err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING || !strings.Contains(lit.Value, "$1") {
				return true
			}
			seen++
			if err := InOrder(lit.Value); err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", set.Position(lit.Pos()), err))
			}
			return true
		})
	}
	return faults, seen, nil
}
