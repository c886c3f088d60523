package city

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/traditionalchinese"
)

func TestEveryFileIsJSONAndSaysWhereItComesFrom(t *testing.T) {
	err := fs.WalkDir(Files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := Files.ReadFile(path)
		if err != nil {
			return err
		}
		var content map[string]any
		if err := json.Unmarshal(raw, &content); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if _, ok := content["about"]; !ok && !strings.HasPrefix(path, "programmes/") {
			t.Errorf("%s does not say what is public in it", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEveryPersonFitsOnACard(t *testing.T) {
	people, err := People()
	if err != nil {
		t.Fatal(err)
	}
	if len(people) < 12 {
		t.Errorf("only %d people", len(people))
	}
	seen := map[string]bool{}
	for _, p := range people {
		name, err := traditionalchinese.Big5.NewEncoder().String(p.Name)
		if err != nil || len(name) > 20 {
			t.Errorf("%s: %d bytes of Big5, %v", p.Name, len(name), err)
		}
		for _, d := range []string{p.Birth, p.Issued} {
			if _, err := time.Parse(time.DateOnly, d); err != nil {
				t.Errorf("%s: %v", p.Name, err)
			}
		}
		if len(p.Card) != 12 || len(p.ID) != 10 || p.Sex != "M" && p.Sex != "F" {
			t.Errorf("%s: card %s, number %s, sex %s", p.Name, p.Card, p.ID, p.Sex)
		}
		if seen[p.ID] || seen[p.Card] {
			t.Errorf("%s shares a number with somebody", p.Name)
		}
		seen[p.ID], seen[p.Card] = true, true
	}
}
