package main

import (
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
	"syscall"
	"time"
)

// profile notes until stop is called where the processors' time goes, into a file; an
// empty path notes nothing.
func profile(path string) (stop func() error, err error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("write the profile: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(fmt.Errorf("write the profile: %w", err), f.Close())
	}
	return func() error { pprof.StopCPUProfile(); return f.Close() }, nil
}

// processor is the processors' time that this program has cost so far.
func processor() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0 // it never is: the arguments are fine
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
