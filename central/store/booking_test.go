package store

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestWhoeverStampsABookingSaysWhoseChangeItIs: a device is told in short of rows that
// it alone has changed (writer), so every other change has to take its name off.
func TestWhoeverStampsABookingSaysWhoseChangeItIs(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	statement := regexp.MustCompile("(?s)[\"`]UPDATE booking SET .*?[\"`]")
	found := 0
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range statement.FindAllString(string(text), -1) {
			if !strings.Contains(s, "stamp = ") {
				continue
			}
			found++
			if !strings.Contains(s, "writer = ") {
				t.Errorf("%s does not say whose change it is: %s", path, s)
			}
		}
	}
	if found < 6 {
		t.Errorf("%d statements were found", found)
	}
}
