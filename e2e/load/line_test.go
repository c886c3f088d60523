package load

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"testing"
	"time"
)

func readOne(text []byte) (answer, bool, error) {
	return (&line{in: bufio.NewReader(bytes.NewReader(text))}).read()
}

func TestALineReadsAnAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		text   string
		status int
		body   string
		later  time.Duration
		last   bool
	}{
		"a booking":       {"HTTP/1.1 201 Created\r\nContent-Type: x: y\r\nContent-Length: 5\r\n\r\nhello", 201, "hello", 0, false},
		"come back later": {"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 3\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 503, "", 3 * time.Second, true},
		"chunks":          {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", 200, "hello!", 0, false},
		"unchanged":       {"HTTP/1.1 304 Not Modified\r\nEtag: \"a\"\r\n\r\n", 304, "", 0, false},
	} {
		a, last, err := readOne([]byte(c.text))
		if err != nil || a.status != c.status || string(a.body) != c.body || a.later != c.later || last != c.last {
			t.Errorf("%s: %d %q, later %s, last %t, %v", name, a.status, a.body, a.later, last, err)
		}
	}
	for _, text := range []string{
		"", "\r\n", "HTTP/1.1 201 Created\r\n", "HTTP/1.1 201 Created\r\n\r\nhello", "HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 201 Created\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 201 Created\r\nContent-Length: 6\r\n\r\nhello", "HTTP/1.1 201 Created\r\nwhat\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n",
	} {
		if a, _, err := readOne([]byte(text)); err == nil {
			t.Errorf("%q is taken for %d %q", text, a.status, a.body)
		}
	}
}

// What a line takes for an answer, net/http does too.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte("HTTP/1.1 201 Created\r\nContent-Length: 5\r\nRetry-After: 3\r\n\r\nhello"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		a, _, err := readOne(text)
		if err != nil || len(a.body) > 1<<16 {
			return
		}
		r, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(text)), nil)
		if err != nil {
			return // stricter about the names of headers
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err == nil && r.ContentLength == int64(len(a.body)) && (r.StatusCode != a.status || !bytes.Equal(body, a.body)) {
			t.Fatalf("%d %q and %d %q of %q", a.status, a.body, r.StatusCode, body, text)
		}
	})
}
