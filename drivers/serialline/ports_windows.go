package serialline

import (
	"errors"

	"golang.org/x/sys/windows/registry"
)

// Ports lists the serial ports of this machine.
func Ports() (out []Port, err error) {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, `HARDWARE\DEVICEMAP\SERIALCOMM`, registry.QUERY_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, key.Close()) }()
	devices, err := key.ReadValueNames(0)
	if err != nil {
		return nil, err
	}
	for _, device := range devices {
		port, _, err := key.GetStringValue(device)
		if err != nil {
			return nil, err
		}
		out = append(out, Port{Path: port, Name: device})
	}
	return out, nil
}
