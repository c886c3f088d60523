package main

import (
	"fmt"
	"os"
	"os/exec"
)

// replace starts the program again; this one has closed everything and ends.
func replace() error {
	path, err := os.Executable()
	if err != nil {
		return fmt.Errorf("start again: %w", err)
	}
	if err := exec.Command(path, os.Args[1:]...).Start(); err != nil {
		return fmt.Errorf("start again: %w", err)
	}
	return nil
}
