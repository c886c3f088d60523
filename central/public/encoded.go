package public

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/web"
)

// encoded is JSON written once for many requests, plain and gzipped, with its entity tag.
type encoded struct {
	body, gz []byte
	etag     string // with its quotes
}

func encode(v any) (encoded, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return encoded{}, fmt.Errorf("encode the answer: %w", err)
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(body); err != nil {
		return encoded{}, fmt.Errorf("pack the answer: %w", err)
	}
	if err := w.Close(); err != nil {
		return encoded{}, fmt.Errorf("pack the answer: %w", err)
	}
	sum := sha256.Sum256(body)
	return encoded{body, packed.Bytes(), `"` + hex.EncodeToString(sum[:12]) + `"`}, nil
}

// cacheBriefly lets caches hold an answer that changes with every booking: a second fresh, five more while they ask again.
const cacheBriefly = "public, max-age=1, stale-while-revalidate=5"

// The headers of these answers, whose values nobody changes in place.
var (
	briefly       = []string{cacheBriefly}
	byEncoding    = []string{"Accept-Encoding"} // not by language: the answer is the same in all of them
	gzipped       = []string{"gzip"}
	jsonInUnicode = []string{"application/json; charset=utf-8"}
)

// counted is how long a body may be for net/http to count it by itself. A ninth header makes the map of headers grow,
// which costs more than all else of a read.
const counted = 2048

// write answers with what the client can take, or with 304 when it has that already.
func (e encoded) write(c *gin.Context) {
	h := c.Writer.Header()
	h["Cache-Control"], h["Vary"] = briefly, byEncoding
	body, etag := e.body, e.etag
	packed := e.gz != nil && strings.Contains(c.GetHeader("Accept-Encoding"), "gzip")
	if packed {
		body, etag = e.gz, e.etag[:len(e.etag)-1]+`-gz"`
	}
	h["Etag"] = []string{etag}
	if c.GetHeader("If-None-Match") == etag {
		c.Status(http.StatusNotModified)
		return
	}
	if packed {
		h["Content-Encoding"] = gzipped
	}
	if len(body) > counted {
		h["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	h["Content-Type"] = jsonInUnicode
	_, _ = c.Writer.Write(body) // who left does not hear it
}

// shared serves what is the same for everybody. read gives the value and a pointer that changes whenever the value does;
// it is encoded again only then.
func shared(read func() (version, value any)) gin.HandlerFunc {
	var mu sync.Mutex
	var of any
	var now encoded
	return web.Handle(func(c *gin.Context) error {
		version, value := read()
		mu.Lock()
		if of == nil || of != version {
			e, err := encode(value)
			if err != nil {
				mu.Unlock()
				return err
			}
			of, now = version, e
		}
		e := now
		mu.Unlock()
		e.write(c)
		return nil
	})
}

// head tells one slice from another that was made later.
func head[T any](v []T) any {
	if len(v) == 0 {
		return "empty"
	}
	return &v[0]
}
