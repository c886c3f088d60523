package serialline

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Ports lists the serial ports of this machine that have hardware behind them.
func Ports() ([]Port, error) { return portsIn("/sys/class/tty", "/dev") }

func portsIn(class, dev string) ([]Port, error) {
	entries, err := os.ReadDir(class)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []Port
	for _, e := range entries {
		device, err := filepath.EvalSymlinks(filepath.Join(class, e.Name(), "device"))
		if err != nil {
			continue // a console or another terminal of the kernel's own
		}
		if word(filepath.Join(class, e.Name(), "type")) == "0" {
			continue // the kernel keeps a place for a port that is not there
		}
		out = append(out, Port{Path: filepath.Join(dev, e.Name()), Name: product(device)})
	}
	return out, nil
}

// product looks for the name that a USB adapter gives itself, in the folders above its port.
func product(device string) string {
	for range 3 {
		if name := word(filepath.Join(device, "product")); name != "" {
			return name
		}
		device = filepath.Dir(device)
	}
	return ""
}

func word(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
