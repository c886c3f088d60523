package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strings"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/assets"
)

//go:embed static templates
var files embed.FS

// Static holds the files that pages load, under addresses that change with their content, so that browsers may keep
// them for a year. Add everything before the engine serves.
type Static struct{ files map[string]staticFile }

type staticFile struct {
	hash, kind    string
	plain, packed []byte
}

// NewStatic makes the files every door has: look.css (the look, the themes by the browser's wish, and what only pages
// need) and mark.svg (the project's sign).
func NewStatic() (*Static, error) {
	s := &Static{files: make(map[string]staticFile)}
	look, err := fs.ReadFile(assets.Web, "web/look.css")
	if err != nil {
		return nil, fmt.Errorf("read the look: %w", err)
	}
	own, err := fs.ReadFile(files, "static/web.css")
	if err != nil {
		return nil, fmt.Errorf("read the pages' style: %w", err)
	}
	mark, err := fs.ReadFile(assets.Icons, "icons/mark.svg")
	if err != nil {
		return nil, fmt.Errorf("read the sign: %w", err)
	}
	style := bytes.Join([][]byte{look, own}, []byte("\n"))
	if err := s.Add("look.css", append(style, wished(style)...)); err != nil {
		return nil, err
	}
	return s, s.Add("mark.svg", mark)
}

var themed = regexp.MustCompile(`[^{}]*\[data-theme=(dark|hc)\][^{}]*\{[^{}]*\}`)

// wished repeats the rules of the dark and the high-contrast theme for visitors who chose none, where their browser
// asks for it. So the colours stand in one place only.
func wished(style []byte) []byte {
	media := map[string]string{"dark": "(prefers-color-scheme:dark)", "hc": "(prefers-contrast:more)"}
	var out bytes.Buffer
	for _, theme := range []string{"dark", "hc"} {
		fmt.Fprintf(&out, "\n@media %s{", media[theme])
		for _, rule := range themed.FindAllSubmatch(style, -1) {
			if string(rule[1]) == theme {
				text := strings.ReplaceAll(string(rule[0]), "[data-theme="+theme+"]", ":root:not([data-theme])")
				out.WriteString(strings.TrimSpace(text))
			}
		}
		out.WriteString("}\n")
	}
	return out.Bytes()
}

// Add holds a file under a name such as "staff.css". Its kind comes from the name's ending.
func (s *Static) Add(name string, data []byte) error {
	kind := mime.TypeByExtension(path.Ext(name))
	if kind == "" {
		return fmt.Errorf("static file %s: unknown ending", name)
	}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(data); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	s.files[name] = staticFile{hash: hex.EncodeToString(sum[:8]), kind: kind, plain: data, packed: packed.Bytes()}
	return nil
}

// URL gives the address of a file; a name that was not added panics, because only templates name files.
func (s *Static) URL(name string) string {
	f, ok := s.files[name]
	if !ok {
		panic("no static file " + name)
	}
	return "/static/" + f.hash + "/" + name
}

func (s *Static) serve(c *gin.Context) error {
	f, ok := s.files[strings.TrimPrefix(c.Param("name"), "/")]
	if !ok {
		return ErrNotFound
	}
	h := c.Writer.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	if c.Param("hash") != f.hash {
		h.Set("Cache-Control", "no-cache") // a page of another version asks: give what there is, keep nothing
	}
	h.Set("ETag", `"`+f.hash+`"`)
	h.Set("Vary", "Accept-Encoding")
	if c.GetHeader("If-None-Match") == `"`+f.hash+`"` {
		c.Status(http.StatusNotModified)
		return nil
	}
	body := f.plain
	if strings.Contains(c.GetHeader("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.packed
	}
	c.Data(http.StatusOK, f.kind, body)
	return nil
}
