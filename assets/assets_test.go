package assets_test

import (
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	"ezhitong.tw/assets"
)

func TestEveryIconIsWellFormedAndFitsTheGrid(t *testing.T) {
	pictures := map[string]bool{"icons/mark.svg": true, "icons/card-in.svg": true, "icons/card-go.svg": true, "icons/card-bad.svg": true}
	names, err := fs.Glob(assets.Icons, "icons/*.svg")
	if err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		t.Fatal("no icons are embedded")
	}
	for _, name := range names {
		data, err := fs.ReadFile(assets.Icons, name)
		if err != nil {
			t.Fatal(err)
		}
		if !pictures[name] && !strings.Contains(string(data), `viewBox="0 0 24 24"`) {
			t.Errorf("%s: viewBox is not 0 0 24 24", name)
		}
		for d := xml.NewDecoder(strings.NewReader(string(data))); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
		}
	}
}

func TestTheStyleSheetLoadsNothingFromElsewhere(t *testing.T) {
	css, err := fs.ReadFile(assets.Web, "web/look.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"url(", "@import", "http"} {
		if strings.Contains(string(css), word) {
			t.Errorf("look.css contains %q: the page's policy allows nothing from elsewhere", word)
		}
	}
}
