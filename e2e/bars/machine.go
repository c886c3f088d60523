package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// machine is what a figure depends on.
type machine struct {
	CPU    string
	Cores  int
	Memory string
	Kernel string
	System string
	Go     string
	Load   string // averages over 1, 5 and 15 minutes before the run
}

// thisMachine describes the machine we run on, from what Linux tells in /proc.
func thisMachine() (machine, error) {
	m := machine{Cores: runtime.NumCPU(), Go: runtime.Version(), CPU: runtime.GOARCH}
	cpu, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return m, err
	}
	if name := valueOf(string(cpu), "model name", ":"); name != "" {
		m.CPU = name
	}
	memory, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return m, err
	}
	m.Memory = valueOf(string(memory), "MemTotal", ":")
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return m, err
	}
	m.Kernel = strings.TrimSpace(string(kernel))
	system, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return m, err
	}
	m.System = strings.Trim(valueOf(string(system), "PRETTY_NAME", "="), `"`)
	load, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return m, err
	}
	m.Load = strings.Join(strings.Fields(string(load))[:3], " ")
	return m, nil
}

// valueOf finds the value after a name in lines of 'name = value'.
func valueOf(text, name, sign string) string {
	for line := range strings.Lines(text) {
		key, value, found := strings.Cut(line, sign)
		if found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// String is a line for people.
func (m machine) String() string {
	return fmt.Sprintf("%s, %d cores, %s, Linux %s, %s, %s, load %s", m.CPU, m.Cores, m.Memory, m.Kernel, m.System, m.Go, m.Load)
}
