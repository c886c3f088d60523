//go:build !windows && !(linux && cgo)

package pcsc

import "time"

// There is no binding for this system, or it was compiled without cgo: every attempt says so.

func establish() (uintptr, error)                       { return 0, ErrNoService }
func release(uintptr) error                             { return ErrNoService }
func listReaders(uintptr) ([]string, error)             { return nil, ErrNoService }
func cancelWait(uintptr) error                          { return ErrNoService }
func statusChange(uintptr, time.Duration, *state) error { return ErrNoService }
func connect(uintptr, string) (uintptr, uint32, error)  { return 0, 0, ErrNoService }
func reconnect(uintptr, bool) (uint32, error)           { return 0, ErrNoService }
func disconnect(uintptr) error                          { return ErrNoService }
func begin(uintptr) error                               { return ErrNoService }
func end(uintptr) error                                 { return ErrNoService }
func answerToReset(uintptr) ([]byte, error)             { return nil, ErrNoService }
func transmit(uintptr, uint32, []byte) ([]byte, error)  { return nil, ErrNoService }
