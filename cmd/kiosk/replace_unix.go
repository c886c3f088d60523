//go:build unix

package main

import (
	"fmt"
	"os"
	"syscall"
)

// replace starts the program again in the place of this one, so that whatever
// watches over it sees no end.
func replace() error {
	path, err := os.Executable()
	if err != nil {
		return fmt.Errorf("start again: %w", err)
	}
	return fmt.Errorf("start again: %w", syscall.Exec(path, os.Args, os.Environ()))
}
