package web

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/gin-gonic/gin"
)

const keyPages = "web.pages"

// Pages are the templates of one door. A page is a file that defines "main" and gets data that embeds Page; it may use
// the partials of this package ("field", "problem" and so on) and the door's own files whose names begin with "_".
// Beside the methods of Page, templates have:
//
//	icon "check"        an inline picture, hidden from screen readers; see Icons
//	asset "look.css"    the address of a static file
//	pairs "a" 1 "b" 2   a map, to hand several things to a partial
type Pages struct {
	layout *template.Template
	pages  map[string]*template.Template
}

// NewPages reads the templates of a door from the top of fsys. layout is the file in fsys that draws the document around
// a page: it gets a Shell. An empty layout means the public one.
func NewPages(fsys fs.FS, layout string, static *Static) (*Pages, error) {
	base, err := sharedTemplates(static)
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(fsys, "*.html")
	if err != nil {
		return nil, err
	}
	partial := func(n string) bool { return n == layout || strings.HasPrefix(n, "_") }
	for _, n := range names {
		if partial(n) {
			if base, err = base.ParseFS(fsys, n); err != nil {
				return nil, fmt.Errorf("parse %s: %w", n, err)
			}
		}
	}
	p := &Pages{pages: make(map[string]*template.Template)}
	for _, n := range names {
		if !partial(n) {
			if err := p.add(base, fsys, n); err != nil {
				return nil, err
			}
		}
	}
	if p.layout = base.Lookup(cmp.Or(layout, "layout.html")); p.layout == nil {
		return nil, fmt.Errorf("there is no layout %s", layout)
	}
	return p, p.addErrorPage(base)
}

// sharedTemplates reads the partials and the public layout.
func sharedTemplates(static *Static) (*template.Template, error) {
	own, err := fs.Sub(files, "templates")
	if err != nil {
		return nil, err
	}
	base, err := template.New("").Funcs(template.FuncMap{"icon": icon, "asset": static.URL, "pairs": pairs}).ParseFS(own, "*.html")
	if err != nil {
		return nil, fmt.Errorf("parse shared templates: %w", err)
	}
	return base, nil
}

// addErrorPage gives a door that has no "error" page of its own the shared one.
func (p *Pages) addErrorPage(base *template.Template) error {
	if _, ok := p.pages["error"]; ok {
		return nil
	}
	t, err := base.Clone()
	if err != nil {
		return err
	}
	p.pages["error"], err = t.Parse(`{{define "main"}}{{template "error-main" .}}{{end}}`)
	return err
}

func (p *Pages) add(base *template.Template, fsys fs.FS, name string) error {
	t, err := base.Clone()
	if err != nil {
		return err
	}
	if t, err = t.ParseFS(fsys, name); err != nil {
		return fmt.Errorf("parse %s: %w", name, err)
	}
	p.pages[strings.TrimSuffix(name, path.Ext(name))] = t
	return nil
}

// ownPages are the pages of requests that no door answers.
func ownPages(static *Static) (*Pages, error) {
	none, err := fs.Sub(files, "static")
	if err != nil {
		return nil, err
	}
	return NewPages(none, "", static)
}

// Use makes these pages the ones that errors of a group of routes are shown in.
func (p *Pages) Use() gin.HandlerFunc {
	return func(c *gin.Context) { c.Set(keyPages, p) }
}

// Shell is what a layout draws: the page's data, its finished content and the symbols of the icons in it.
type Shell struct {
	*Page
	Content template.HTML
	Symbols template.HTML
}

// PageData is what a template shows: a pointer to a struct that embeds Page.
type PageData interface{ base() *Page }

// Render answers with a page. Nothing is written when a template fails.
func (p *Pages) Render(c *gin.Context, status int, name string, data PageData) error {
	t, ok := p.pages[name]
	if !ok {
		return fmt.Errorf("there is no page %q", name)
	}
	var main, whole bytes.Buffer
	if err := t.ExecuteTemplate(&main, "main", data); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	page := data.base()
	shell := Shell{Page: page, Content: template.HTML(main.String())} //nolint:gosec // html/template made it
	shell.Symbols = symbols(main.Bytes(), layoutIcons)
	if err := p.layout.Execute(&whole, shell); err != nil {
		return fmt.Errorf("render the layout of %s: %w", name, err)
	}
	if status == http.StatusServiceUnavailable && c.Writer.Header().Get("Retry-After") == "" {
		c.Header("Retry-After", "2")
	}
	c.Header("Content-Language", page.Locale)
	c.Data(status, "text/html; charset=utf-8", whole.Bytes())
	return nil
}

func pairs(args ...any) (map[string]any, error) {
	if len(args)%2 != 0 {
		return nil, fmt.Errorf("pairs: %d values", len(args))
	}
	m := make(map[string]any, len(args)/2)
	for i := 0; i < len(args); i += 2 {
		key, ok := args[i].(string)
		if !ok {
			return nil, fmt.Errorf("pairs: a key is a %T", args[i])
		}
		m[key] = args[i+1]
	}
	return m, nil
}
