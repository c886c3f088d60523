//go:build !linux

package serialline

// checkPort leaves the judgement to the serial library: elsewhere a port is no file.
func checkPort(string) error { return nil }

// dropRTS has no second way to the port here; readers work without it.
func dropRTS(string) error { return nil }
