package serialline

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestOnlyPortsWithHardwareAreListed(t *testing.T) {
	root := t.TempDir()
	class, usb := filepath.Join(root, "class"), filepath.Join(root, "devices", "usb1", "1-2", "1-2:1.0", "ttyUSB0")
	for path, text := range map[string]string{
		filepath.Join(class, "tty0", "dev"):                      "4:0", // a console: no device
		filepath.Join(class, "ttyS0", "type"):                    "4\n", // a port on the board
		filepath.Join(class, "ttyS1", "type"):                    "0\n", // a place for one
		filepath.Join(class, "ttyUSB0", "dev"):                   "188:0",
		filepath.Join(usb, "port_number"):                        "0",
		filepath.Join(root, "devices", "usb1", "1-2", "product"): "GemPC Twin\n",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, device := range map[string]string{"ttyS0": root, "ttyS1": root, "ttyUSB0": usb} {
		if err := os.Symlink(device, filepath.Join(class, name, "device")); err != nil {
			t.Fatal(err)
		}
	}
	got, err := portsIn(class, "/dev")
	if want := []Port{{Path: "/dev/ttyS0"}, {Path: "/dev/ttyUSB0", Name: "GemPC Twin"}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := portsIn(filepath.Join(root, "none"), "/dev"); err != nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
}
