//go:build unix

package station

import (
	"os"
	"path/filepath"
	"strings"
)

// Drives are the folders of the sticks that are plugged in, as desktops mount them.
func Drives() []string { return drivesIn("/media/*/*", "/run/media/*/*") }

// drivesIn are the folders among what patterns find.
func drivesIn(patterns ...string) (drives []string) {
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		if err != nil {
			continue // of a pattern that is none
		}
		for _, f := range found {
			if info, err := os.Stat(f); err == nil && info.IsDir() {
				drives = append(drives, f)
			}
		}
	}
	return drives
}

// escapeGlob has a folder's name stand for itself in a pattern.
func escapeGlob(folder string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(folder)
}
