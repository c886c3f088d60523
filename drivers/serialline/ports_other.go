//go:build !linux && !windows

package serialline

import "errors"

// Ports says that this system's ports cannot be listed.
func Ports() ([]Port, error) { return nil, errors.New("serial ports cannot be listed on this system") }
