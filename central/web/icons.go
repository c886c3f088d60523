package web

import (
	"bytes"
	"html/template"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// icons are the look's pictures as stroked symbols, name → <symbol id="i-name" …>, read once from a file that holds one
// a line.
var icons = sync.OnceValue(func() map[string]string {
	data, err := files.ReadFile("static/symbols.svgs")
	if err != nil {
		panic(err) // it is embedded
	}
	m := make(map[string]string)
	for line := range strings.Lines(string(data)) {
		if name := symbolName.FindStringSubmatch(line); name != nil {
			m[name[1]] = strings.TrimSpace(line)
		}
	}
	return m
})

var (
	symbolName = regexp.MustCompile(`^<symbol id="i-([a-z-]+)"`)
	symbolUse  = regexp.MustCompile(`href="#i-([a-z-]+)"`)
	// layoutIcons are those that a layout itself shows, beside what the page's content uses.
	layoutIcons = []string{"globe", "contrast", "alert"}
)

// Icons names the pictures that templates can show with {{icon "name"}}.
func Icons() []string {
	var names []string
	for n := range icons() {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// icon draws a picture that says nothing a word beside it does not say.
func icon(name string) template.HTML {
	if _, ok := icons()[name]; !ok {
		panic("no icon " + name)
	}
	return template.HTML(`<svg class="i" aria-hidden="true"><use href="#i-` + name + `"/></svg>`) //nolint:gosec // a known name
}

// symbols gives the symbols of the pictures used in a page's content and the layout.
func symbols(content []byte, more []string) template.HTML {
	names := slices.Clone(more)
	for _, use := range symbolUse.FindAllSubmatch(content, -1) {
		names = append(names, string(use[1]))
	}
	slices.Sort(names)
	var out bytes.Buffer
	for _, n := range slices.Compact(names) {
		out.WriteString(icons()[n])
	}
	return template.HTML(out.String()) //nolint:gosec // our own pictures
}
