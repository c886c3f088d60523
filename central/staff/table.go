package staff

import (
	"encoding/csv"
	"io"
	"net/url"
	"strconv"
	"strings"
)

// pager is the foot of a table.
type pager struct {
	Page, Pages, From, To, Total int
	Earlier, Later               string // addresses, empty at the ends
}

// pageOf cuts page n of so many rows; path and query are of the page shown.
func pageOf(path string, query url.Values, n, total, size int) pager {
	p := pager{Total: total, Pages: max(1, (total+size-1)/size)}
	p.Page = min(max(1, n), p.Pages)
	p.From, p.To = min(total, (p.Page-1)*size+1), min(total, p.Page*size)
	turn := func(to int) string {
		q := url.Values{}
		for k, v := range query {
			q[k] = v
		}
		q.Set("page", strconv.Itoa(to))
		return path + "?" + q.Encode()
	}
	if p.Page > 1 {
		p.Earlier = turn(p.Page - 1)
	}
	if p.Page < p.Pages {
		p.Later = turn(p.Page + 1)
	}
	return p
}

// query makes an address of pairs of name and value, without the empty ones.
func query(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// sheet writes CSV for a spreadsheet program: UTF-8 with the mark by which Excel knows it, lines ended by CR LF, and no
// cell that it would take for a formula (OWASP, CSV Injection).
type sheet struct{ w *csv.Writer }

func newSheet(w io.Writer) (*sheet, error) {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return nil, err
	}
	s := &sheet{csv.NewWriter(w)}
	s.w.UseCRLF = true
	return s, nil
}

func (s *sheet) row(cells ...string) error {
	safe := make([]string, len(cells))
	for i, c := range cells {
		safe[i] = plain(c)
	}
	return s.w.Write(safe)
}

func (s *sheet) close() error {
	s.w.Flush()
	return s.w.Error()
}

// plain keeps a text from being taken for a formula. A number stays a number.
func plain(cell string) string {
	if cell == "" || !strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(cell)[0]) {
		return cell
	}
	if _, err := strconv.ParseFloat(cell, 64); err == nil && cell[0] == '-' {
		return cell
	}
	return "'" + cell
}
