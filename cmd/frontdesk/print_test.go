package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestWhatWasPrintedIsForgotten(t *testing.T) {
	data := t.TempDir()
	if err := forgetPrints(data); err != nil {
		t.Fatalf("where nothing was printed: %v", err)
	}
	if err := os.Mkdir(printFolder(data), 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(printFolder(data), "list.pdf")
	if err := create(file, func(w io.Writer) error { _, err := io.WriteString(w, "王小明"); return err }); err != nil {
		t.Fatal(err)
	}
	if err := forgetPrints(data); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the print-out is still there: %v", err)
	}
	if _, err := os.Stat(data); err != nil {
		t.Errorf("the device's folder: %v", err)
	}
}
