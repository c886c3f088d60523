package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"ezhitong.tw/drivers/pcsc"
	"ezhitong.tw/drivers/serialline"
)

// The JSON object of --list. Its names are stable: programs read it.
type (
	listJSON struct {
		Ports   []portJSON `json:"ports"`
		PCSC    []string   `json:"pcsc"`
		Trouble string     `json:"pcsc_trouble,omitempty"`
	}
	portJSON struct {
		Path string `json:"path"`
		Name string `json:"name,omitempty"`
	}
)

// list shows the serial ports and the readers of the PC/SC service. That there is no service is told, and no trouble.
func list(ctx context.Context, asJSON bool, stdout io.Writer) error {
	ports, err := serialline.Ports()
	if err != nil {
		return err
	}
	names, noService := pcsc.Readers(ctx)
	if asJSON {
		out := listJSON{Ports: []portJSON{}, PCSC: append([]string{}, names...)}
		for _, p := range ports {
			out.Ports = append(out.Ports, portJSON(p))
		}
		if noService != nil {
			out.Trouble = codeOf(noService, greeting)
		}
		return json.NewEncoder(stdout).Encode(out)
	}
	for _, p := range ports {
		if _, err := fmt.Fprintf(stdout, "--port %s  %s\n", p.Path, p.Name); err != nil {
			return err
		}
	}
	for _, n := range names {
		if _, err := fmt.Fprintf(stdout, "--pcsc=%q\n", n); err != nil {
			return err
		}
	}
	switch {
	case noService != nil:
		a := trouble(codeOf(noService, greeting))
		_, err = fmt.Fprintf(stdout, "%s\n%s\n", a.ZH, a.EN)
	case len(ports)+len(names) == 0:
		_, err = fmt.Fprintln(stdout, "這台電腦沒有序列埠，也沒有 PC/SC 讀卡機。This machine has no serial port and no PC/SC reader.")
	}
	return err
}
